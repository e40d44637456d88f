(value_specification (value_name) @name) @definition.function
(module_definition (module_binding (module_name) @name)) @definition.module
(module_type_definition (module_type_name) @name) @definition.interface
(type_definition (type_binding name: (_) @name)) @definition.type
(exception_definition (constructor_declaration (constructor_name) @name)) @definition.type
(external (value_name) @name) @definition.function

(open_module module: (_) @reference.import)
(type_constructor_path (type_constructor) @reference.reference)
