(stylesheet (rule_set (selectors) @name (block) @body) @definition.section)
(media_statement (block (rule_set (selectors) @name (block) @body) @definition.section))
(keyframes_statement (keyframes_name) @name) @definition.section
(declaration (property_name) @name (#match? @name "^--")) @definition.variable

(import_statement (string_value) @reference.import)
(import_statement (call_expression (arguments (_) @reference.import)))
