(class_declaration "interface" name: (_) @name (class_body)? @body) @definition.interface
(class_declaration (modifiers (class_modifier "enum")) name: (_) @name (enum_class_body)? @body) @definition.enum
(class_declaration name: (_) @name (class_body)? @body) @definition.class
(object_declaration name: (_) @name (class_body)? @body) @definition.class
(function_declaration name: (_) @name (function_body)? @body) @definition.function
(type_alias type: (_) @name) @definition.type
(class_parameter ["val" "var"] (identifier) @name) @definition.variable
(source_file (property_declaration (variable_declaration (identifier) @name)) @definition.variable)
(class_body (property_declaration (variable_declaration (identifier) @name)) @definition.variable)

(call_expression (identifier) @reference.call)
(call_expression (navigation_expression (identifier) @reference.call .))
(import (qualified_identifier) @reference.import)
(delegation_specifier (constructor_invocation (user_type (identifier) @reference.extends)))
(delegation_specifier (user_type (identifier) @reference.implements))
(parameter (user_type (identifier) @reference.reference))
