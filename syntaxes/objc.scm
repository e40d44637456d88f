(class_interface . "@interface" . (identifier) @name) @definition.interface
(class_implementation . "@implementation" . (identifier) @name) @definition.class
(protocol_declaration . "@protocol" . (identifier) @name) @definition.interface
(method_declaration (identifier) @name) @definition.method
(method_definition (identifier) @name (compound_statement) @body) @definition.method
(property_declaration (struct_declaration (struct_declarator (_) @name))) @definition.variable
(function_definition declarator: (function_declarator declarator: (identifier) @name) body: (_) @body) @definition.function
(function_definition declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name)) body: (_) @body) @definition.function
(struct_specifier name: (_) @name body: (_) @body) @definition.struct
(type_definition declarator: (type_identifier) @name) @definition.type
(preproc_def name: (_) @name value: (_)) @definition.macro
(preproc_function_def name: (_) @name) @definition.macro

(message_expression method: (identifier) @reference.call)
(call_expression function: (identifier) @reference.call)
(preproc_include path: (_) @reference.import)
(class_interface superclass: (identifier) @reference.extends)
