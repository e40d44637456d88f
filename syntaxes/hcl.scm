(body (block (identifier) @_k . (string_lit (template_literal) @name) . (block_start)) @definition.section)
(body (block (identifier) @_k (string_lit) . (string_lit (template_literal) @name) . (block_start)) @definition.section)
(body (block . (identifier) @name . (block_start)) @definition.section)
(config_file (body (attribute (identifier) @name) @definition.key))
