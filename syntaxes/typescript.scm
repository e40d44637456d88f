; Functions, classes, types, and what is assigned to a name.
(function_declaration name: (_) @name body: (_) @body) @definition.function
(function_signature name: (_) @name) @definition.function
(generator_function_declaration name: (_) @name body: (_) @body) @definition.function
(class_declaration name: (_) @name body: (_) @body) @definition.class
(abstract_class_declaration name: (_) @name body: (_) @body) @definition.class
(interface_declaration name: (_) @name body: (_) @body) @definition.interface
(type_alias_declaration name: (_) @name) @definition.type
(enum_declaration name: (_) @name body: (_) @body) @definition.enum
(internal_module name: (_) @name body: (_) @body) @definition.module
(module name: (_) @name body: (_) @body) @definition.module
(method_definition name: (_) @name body: (_) @body) @definition.method
(abstract_method_signature name: (_) @name) @definition.method
(class_body (method_signature name: (_) @name) @definition.method)
(interface_body (method_signature name: (_) @name) @definition.method)
(variable_declarator name: (identifier) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]) @definition.function
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @definition.class
(public_field_definition name: (_) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method
(assignment_expression left: (_) @name right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.function
(pair key: (_) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.function
(program (lexical_declaration (variable_declarator name: (identifier) @name value: [(object) (array) (new_expression) (call_expression) (as_expression) (satisfies_expression)]) @definition.constant))
(program (export_statement (lexical_declaration (variable_declarator name: (identifier) @name value: [(object) (array) (new_expression) (call_expression) (as_expression) (satisfies_expression) (number) (string) (template_string) (regex)]) @definition.constant)))

(call_expression function: (identifier) @reference.call)
(call_expression function: (member_expression property: (_) @reference.call))
(new_expression constructor: (identifier) @reference.call)
(import_statement source: (string) @reference.import)
(export_statement source: (string) @reference.import)
(call_expression function: [(identifier) (import)] @_f arguments: (arguments . (string) @reference.import) (#any-of? @_f "require" "import"))
(extends_clause value: (identifier) @reference.extends)
(extends_type_clause type: (type_identifier) @reference.extends)
(implements_clause (type_identifier) @reference.implements)
(implements_clause (generic_type name: (type_identifier) @reference.implements))
(type_annotation (type_identifier) @reference.reference)
(type_annotation (generic_type name: (type_identifier) @reference.reference))
(extends_type_clause type: (generic_type name: (type_identifier) @reference.extends))
(extends_type_clause type: (nested_type_identifier name: (type_identifier) @reference.extends))
(extends_clause value: (member_expression property: (property_identifier) @reference.extends))
(implements_clause (nested_type_identifier name: (type_identifier) @reference.implements))
(decorator (identifier) @reference.call)
(decorator (member_expression property: (_) @reference.call))
(new_expression constructor: (member_expression property: (_) @reference.call))
(class name: (type_identifier) @name body: (_) @body) @definition.class

; Functions with a name of their own that are handed over or given back.
(arguments (function_expression name: (identifier) @name body: (_) @body) @definition.function)
(binary_expression right: (function_expression name: (identifier) @name body: (_) @body) @definition.function)
(return_statement (function_expression name: (identifier) @name body: (_) @body) @definition.function)
(parenthesized_expression (function_expression name: (identifier) @name body: (_) @body) @definition.function)
