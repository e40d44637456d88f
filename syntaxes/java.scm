(class_declaration name: (_) @name body: (_) @body) @definition.class
(record_declaration name: (_) @name body: (_) @body) @definition.class
(interface_declaration name: (_) @name body: (_) @body) @definition.interface
(annotation_type_declaration name: (_) @name body: (_) @body) @definition.interface
(enum_declaration name: (_) @name body: (_) @body) @definition.enum
(method_declaration name: (_) @name) @definition.method
(constructor_declaration name: (_) @name body: (_) @body) @definition.method
(compact_constructor_declaration name: (_) @name body: (_) @body) @definition.method
(annotation_type_element_declaration name: (_) @name) @definition.method
(record_declaration parameters: (formal_parameters (formal_parameter name: (_) @name) @definition.variable))
(enum_constant name: (_) @name) @definition.constant
(interface_body (constant_declaration declarator: (variable_declarator name: (_) @name)) @definition.constant)
(field_declaration (modifiers "static") declarator: (variable_declarator name: (_) @name)) @definition.constant

(method_invocation name: (_) @reference.call)
(object_creation_expression type: (type_identifier) @reference.call)
(object_creation_expression type: (generic_type (type_identifier) @reference.call))
(import_declaration (scoped_identifier) @reference.import)
(superclass (type_identifier) @reference.extends)
(superclass (generic_type (type_identifier) @reference.extends))
(super_interfaces (type_list (type_identifier) @reference.implements))
(super_interfaces (type_list (generic_type (type_identifier) @reference.implements)))
(extends_interfaces (type_list (type_identifier) @reference.extends))
(formal_parameter type: (type_identifier) @reference.reference)
(field_declaration type: (type_identifier) @reference.reference)
