(function_declaration name: (_) @name body: (_) @body) @definition.function
(method_declaration name: (_) @name body: (_) @body) @definition.method
(type_spec name: (_) @name type: (struct_type (field_declaration_list) @body)) @definition.struct
(type_spec name: (_) @name type: (interface_type)) @definition.interface
(type_spec name: (_) @name type: [(type_identifier) (function_type) (map_type) (slice_type) (pointer_type) (array_type) (channel_type) (qualified_type) (generic_type)]) @definition.type
(type_alias name: (_) @name) @definition.type
(method_elem name: (_) @name) @definition.method
(source_file (const_declaration (const_spec name: (_) @name) @definition.constant))
(source_file (var_declaration (var_spec name: (_) @name) @definition.variable))
(source_file (var_declaration (var_spec_list (var_spec name: (_) @name) @definition.variable)))

(call_expression function: (identifier) @reference.call)
(call_expression function: (selector_expression field: (_) @reference.call))
(composite_literal type: (type_identifier) @reference.reference)
(composite_literal type: (qualified_type name: (_) @reference.reference))
(import_spec path: (_) @reference.import)
(parameter_declaration type: (type_identifier) @reference.reference)
(parameter_declaration type: (pointer_type (type_identifier) @reference.reference))
(field_declaration type: (type_identifier) @reference.reference)
(field_declaration !name type: (type_identifier) @reference.extends)
(call_expression function: (index_expression operand: (identifier) @reference.call))
(type_conversion_expression type: (generic_type type: (type_identifier) @reference.call))
(interface_type (type_elem . (type_identifier) @reference.extends .))
(field_declaration !name type: (generic_type type: (type_identifier) @reference.extends))
