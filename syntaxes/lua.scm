(function_declaration name: (_) @name body: (_) @body) @definition.function
(function_declaration name: (_) @name !body) @definition.function
(assignment_statement (variable_list . name: (_) @name) (expression_list . value: (function_definition body: (_)? @body))) @definition.function
(field name: (_) @name value: (function_definition)) @definition.function
(chunk (variable_declaration (assignment_statement (variable_list . name: (identifier) @name) (expression_list . value: (table_constructor)))) @definition.variable)

(function_call name: (identifier) @reference.call)
(function_call name: (dot_index_expression field: (_) @reference.call))
(function_call name: (method_index_expression method: (_) @reference.call))
(function_call name: (identifier) @_f arguments: (arguments . (string content: (_) @reference.import)) (#eq? @_f "require"))
