(method name: (_) @name) @definition.method
(singleton_method name: (_) @name) @definition.method
(class name: (_) @name) @definition.class
(module name: (_) @name) @definition.module
(assignment left: (constant) @name) @definition.constant
(call method: (identifier) @_m arguments: (argument_list . (simple_symbol) @name) (#any-of? @_m "attr_accessor" "attr_reader" "attr_writer" "scope" "has_many" "belongs_to" "has_one" "define_method" "delegate")) @definition.variable

(call method: (identifier) @reference.call (#not-any-of? @reference.call "require" "require_relative" "include" "extend" "attr_reader" "attr_accessor" "attr_writer"))
(call method: (identifier) @_m arguments: (argument_list . (string (string_content) @reference.import)) (#any-of? @_m "require" "require_relative" "load" "autoload"))
(superclass (constant) @reference.extends)
(superclass (scope_resolution name: (constant) @reference.extends))
(call method: (identifier) @_m arguments: (argument_list (constant) @reference.implements) (#any-of? @_m "include" "extend" "prepend"))
(call receiver: (constant) @reference.reference)
