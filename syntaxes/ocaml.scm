(structure (value_definition (let_binding pattern: (value_name) @name)) @definition.function)
(compilation_unit (value_definition (let_binding pattern: (value_name) @name)) @definition.function)
(module_definition (module_binding (module_name) @name body: (_) @body)) @definition.module
(module_type_definition (module_type_name) @name) @definition.interface
(type_definition (type_binding name: (_) @name)) @definition.type
(exception_definition (constructor_declaration (constructor_name) @name)) @definition.type
(class_definition (class_binding (class_name) @name)) @definition.class
(method_definition (method_name) @name) @definition.method
(external (value_name) @name) @definition.function

(application_expression function: (value_path (value_name) @reference.call))
(open_module module: (_) @reference.import)
(include_module module: (_) @reference.import)
(type_constructor_path (type_constructor) @reference.reference)
