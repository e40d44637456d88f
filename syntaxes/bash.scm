(function_definition name: (_) @name body: (_) @body) @definition.function
(program (variable_assignment name: (_) @name) @definition.variable)
(program (declaration_command (variable_assignment name: (_) @name)) @definition.variable)

(command name: (command_name (word) @reference.call) (#not-any-of? @reference.call "source" "." "set" "echo" "cd" "exit" "rm" "test" "printf" "export"))
(command name: (command_name) @_c . argument: (_) @reference.import (#any-of? @_c "source" "."))
