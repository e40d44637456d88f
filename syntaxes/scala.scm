(class_definition name: (_) @name) @definition.class
(object_definition name: (_) @name) @definition.class
(trait_definition name: (_) @name) @definition.trait
(enum_definition name: (_) @name) @definition.enum
(function_definition name: (_) @name body: (_) @body) @definition.function
(function_declaration name: (_) @name) @definition.method
(type_definition name: (_) @name) @definition.type
(given_definition name: (_) @name) @definition.variable
(template_body (val_definition pattern: (identifier) @name) @definition.variable)

(call_expression function: (identifier) @reference.call)
(call_expression function: (field_expression field: (_) @reference.call))
(instance_expression (type_identifier) @reference.call)
(import_declaration) @reference.import
(extends_clause type: (type_identifier) @reference.extends)
(extends_clause type: (generic_type type: (type_identifier) @reference.extends))
(parameter type: (type_identifier) @reference.reference)
