(function_definition name: (_) @name body: (_) @body) @definition.function
(class_definition name: (_) @name body: (_) @body) @definition.class
(module (expression_statement (assignment left: (identifier) @name right: (_)) @definition.constant))
(type_alias_statement left: (type) @name) @definition.type

(call function: (identifier) @reference.call)
(call function: (attribute attribute: (identifier) @reference.call))
(decorator (identifier) @reference.call)
(decorator (attribute attribute: (identifier) @reference.call))
(import_statement name: (dotted_name) @reference.import)
(import_statement name: (aliased_import name: (dotted_name) @reference.import))
(import_from_statement module_name: (_) @reference.import)
(class_definition superclasses: (argument_list (identifier) @reference.extends))
(class_definition superclasses: (argument_list (attribute attribute: (identifier) @reference.extends)))
(type (identifier) @reference.reference)
(class_definition superclasses: (argument_list (subscript value: (identifier) @reference.extends)))
(class_definition superclasses: (argument_list (subscript value: (attribute attribute: (identifier) @reference.extends))))
