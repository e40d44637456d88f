(function_definition name: (_) @name body: (_) @body) @definition.function
(method_declaration name: (_) @name) @definition.method
(class_declaration name: (_) @name body: (_) @body) @definition.class
(interface_declaration name: (_) @name body: (_) @body) @definition.interface
(trait_declaration name: (_) @name body: (_) @body) @definition.trait
(enum_declaration name: (_) @name body: (_) @body) @definition.enum
(const_declaration (const_element (name) @name)) @definition.constant

(function_call_expression function: (name) @reference.call)
(function_call_expression function: (qualified_name (name) @reference.call))
(member_call_expression name: (name) @reference.call)
(nullsafe_member_call_expression name: (name) @reference.call)
(scoped_call_expression name: (name) @reference.call)
(object_creation_expression (name) @reference.call)
(namespace_use_clause (qualified_name) @reference.import)
(require_once_expression (string) @reference.import)
(require_expression (string) @reference.import)
(base_clause (name) @reference.extends)
(class_interface_clause (name) @reference.implements)
(use_declaration (name) @reference.implements)
(simple_parameter type: (named_type (name) @reference.reference))
