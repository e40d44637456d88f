; Functions, and what is assigned outside them.
(function_definition name: (_) @name body: (_) @body) @definition.function
(program (variable_assignment name: (variable_name) @name) @definition.variable)
(program (declaration_command ["readonly"] (variable_assignment name: (variable_name) @name)) @definition.constant)
(program (declaration_command ["declare" "typeset"] (word) @_flag (variable_assignment name: (variable_name) @name) (#match? @_flag "^-\\w*r")) @definition.constant)
(program (declaration_command ["export" "declare" "typeset"] (variable_assignment name: (variable_name) @name)) @definition.variable)
(program (list (variable_assignment name: (variable_name) @name) @definition.variable))
(command name: (command_name) @_alias . argument: (concatenation . (word) @name) (#eq? @_alias "alias") (#match? @name "=$")) @definition.macro

(command name: (command_name (word) @reference.call) (#not-any-of? @reference.call "echo" "printf" "cd" "test" "[" "exit" "return" "set" "shift" "source" "." "alias" "eval" "exec" "true" "false" "read" "trap" "cat" "grep" "sed" "awk" "rm" "mkdir" "cp" "mv" "ls" "local" "wait" "break" "continue" "sleep"))
(command name: (command_name) @_source . argument: [(word) (string) (raw_string) (concatenation)] @reference.import (#any-of? @_source "source" "."))
(command name: (command_name) @_trap . argument: (word) @reference.reference (#eq? @_trap "trap"))
