(module_definition name: (_) @name) @definition.module
(function_definition (signature (call_expression . (_) @name))) @definition.function
(function_definition (signature (where_expression . (call_expression . (_) @name)))) @definition.function
(function_definition (signature (typed_expression . (call_expression . (_) @name)))) @definition.function
(assignment . (call_expression . (_) @name)) @definition.function
(macro_definition (signature (call_expression . (_) @name))) @definition.macro
(struct_definition (type_head (identifier) @name)) @definition.struct
(struct_definition (type_head (binary_expression . (identifier) @name))) @definition.struct
(struct_definition (type_head (parametrized_type_expression . (identifier) @name))) @definition.struct
(struct_definition (type_head (binary_expression . (parametrized_type_expression . (identifier) @name)))) @definition.struct
(abstract_definition (type_head (_) @name)) @definition.type
(const_statement (assignment . (identifier) @name)) @definition.constant

(call_expression . (identifier) @reference.call)
(call_expression . (field_expression (identifier) @reference.call .))
(import_statement (identifier) @reference.import)
(using_statement (identifier) @reference.import)
(import_statement (selected_import . (_) @reference.import))
(using_statement (selected_import . (_) @reference.import))
