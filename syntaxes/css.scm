; Rules by their selector, at-rules by their condition, custom properties.
(rule_set (selectors) @name (block) @body) @definition.section
(media_statement . (_) @name (block) @body) @definition.section
(supports_statement . (_) @name (block) @body) @definition.section
(keyframes_statement (keyframes_name) @name (keyframe_block_list) @body) @definition.function
(at_rule (at_keyword) @_mixin . (keyword_query) @name (block) @body (#any-of? @_mixin "@mixin" "@function")) @definition.function
(at_rule (at_keyword) @_layer . (_) @name (block) @body (#any-of? @_layer "@layer" "@container" "@page" "@property" "@scope" "@theme" "@utility")) @definition.section
(at_rule (at_keyword) @name . (block) @body) @definition.section
(declaration (property_name) @name (#match? @name "^--")) @definition.constant

(import_statement (string_value) @reference.import)
(import_statement (call_expression (arguments [(string_value) (plain_value)] @reference.import)))
(call_expression (function_name) @_var (arguments . (plain_value) @reference.reference) (#eq? @_var "var"))
