(namespace_declaration name: (_) @name body: (_) @body) @definition.module
(class_declaration name: (_) @name body: (_) @body) @definition.class
(record_declaration name: (_) @name) @definition.class
(struct_declaration name: (_) @name body: (_) @body) @definition.struct
(interface_declaration name: (_) @name body: (_) @body) @definition.interface
(enum_declaration name: (_) @name body: (_) @body) @definition.enum
(delegate_declaration name: (_) @name) @definition.type
(method_declaration name: (_) @name) @definition.method
(constructor_declaration name: (_) @name) @definition.method
(property_declaration name: (_) @name) @definition.variable
(record_declaration (parameter_list (parameter name: (_) @name) @definition.variable))
(enum_member_declaration name: (_) @name) @definition.constant
(event_declaration name: (_) @name) @definition.variable
(local_function_statement name: (_) @name) @definition.function

(invocation_expression function: (identifier) @reference.call)
(invocation_expression function: (generic_name (identifier) @reference.call))
(invocation_expression function: (member_access_expression name: (identifier) @reference.call))
(invocation_expression function: (member_access_expression name: (generic_name (identifier) @reference.call)))
(object_creation_expression type: (identifier) @reference.call)
(object_creation_expression type: (generic_name (identifier) @reference.call))
(using_directive (qualified_name) @reference.import)
(using_directive (identifier) @reference.import)
(base_list (identifier) @reference.extends)
(base_list (generic_name (identifier) @reference.extends))
(parameter type: (identifier) @reference.reference)
