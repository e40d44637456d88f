(declarations (function name: (_) @name) @definition.function)
(declarations (bind name: (_) @name) @definition.function)
(declarations (signature name: (_) @name) @definition.function)
(data_type name: (_) @name) @definition.type
(newtype name: (_) @name) @definition.type
(type_synomym name: (_) @name) @definition.type
(class name: (_) @name) @definition.interface
(instance name: (_) @name) @definition.class
(class_declarations (signature name: (_) @name) @definition.method)

(apply function: (variable) @reference.call)
(apply function: (qualified id: (variable) @reference.call))
(import module: (_) @reference.import)
(instance name: (_) @reference.implements)
(signature type: (function parameter: (name) @reference.reference))
