(program (binary_operator lhs: [(identifier) (string)] @name operator: ["<-" "=" "<<-"] rhs: (function_definition body: (_) @body)) @definition.function)
(program (binary_operator lhs: (identifier) @name operator: ["<-" "="] rhs: (call)) @definition.variable)
(call function: (identifier) @_f arguments: (arguments . (argument value: (string) @name)) (#any-of? @_f "setClass" "setRefClass" "R6Class")) @definition.class
(call function: (identifier) @_f arguments: (arguments . (argument value: (string) @name)) (#any-of? @_f "setGeneric" "setMethod")) @definition.method

(call function: (identifier) @reference.call)
(call function: (namespace_operator rhs: (identifier) @reference.call))
(call function: (extract_operator rhs: (identifier) @reference.call))
(call function: (identifier) @_f arguments: (arguments . (argument value: (_) @reference.import)) (#any-of? @_f "library" "require" "source" "requireNamespace"))
