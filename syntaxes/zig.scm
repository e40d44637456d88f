(function_declaration name: (_) @name body: (_) @body) @definition.function
(function_declaration name: (_) @name !body) @definition.function
(variable_declaration (identifier) @name (struct_declaration)) @definition.struct
(variable_declaration (identifier) @name (union_declaration)) @definition.struct
(variable_declaration (identifier) @name (enum_declaration)) @definition.enum
(variable_declaration (identifier) @name (error_set_declaration)) @definition.enum
(source_file (variable_declaration (identifier) @name) @definition.constant)
(test_declaration (string) @name) @definition.function

(call_expression function: (identifier) @reference.call)
(call_expression function: (field_expression member: (_) @reference.call))
(builtin_function (builtin_identifier) @_b (arguments (string) @reference.import) (#eq? @_b "@import"))
