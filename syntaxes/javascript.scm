; Functions, classes and what is assigned to a name.
(function_declaration name: (_) @name body: (_) @body) @definition.function
(generator_function_declaration name: (_) @name body: (_) @body) @definition.function
(class_declaration name: (_) @name body: (_) @body) @definition.class
(method_definition name: (_) @name body: (_) @body) @definition.method
(variable_declarator name: (identifier) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]) @definition.function
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @definition.class
(field_definition property: (_) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method
(assignment_expression left: (_) @name right: [(arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]) @definition.function
(assignment_expression left: (_) @name right: (class body: (_) @body)) @definition.class
(pair key: (_) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.function
(program (lexical_declaration (variable_declarator name: (identifier) @name value: [(object) (array) (new_expression) (call_expression)]) @definition.constant))
(program (export_statement (lexical_declaration (variable_declarator name: (identifier) @name value: [(object) (array) (new_expression) (call_expression) (number) (string)]) @definition.constant)))

(call_expression function: (identifier) @reference.call)
(call_expression function: (member_expression property: (property_identifier) @reference.call))
(new_expression constructor: (identifier) @reference.call)
(import_statement source: (string) @reference.import)
(export_statement source: (string) @reference.import)
(call_expression function: [(identifier) (import)] @_f arguments: (arguments . (string) @reference.import) (#any-of? @_f "require" "import"))
(class_heritage (identifier) @reference.extends)

; Functions with a name of their own that are handed over or given back.
(arguments (function_expression name: (identifier) @name body: (_) @body) @definition.function)
(binary_expression right: (function_expression name: (identifier) @name body: (_) @body) @definition.function)
(return_statement (function_expression name: (identifier) @name body: (_) @body) @definition.function)
(parenthesized_expression (function_expression name: (identifier) @name body: (_) @body) @definition.function)
