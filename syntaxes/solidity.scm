(contract_declaration name: (_) @name body: (_) @body) @definition.class
(interface_declaration name: (_) @name body: (_) @body) @definition.interface
(library_declaration name: (_) @name body: (_) @body) @definition.module
(function_definition name: (_) @name) @definition.function
(modifier_definition name: (_) @name) @definition.function
(constructor_definition "constructor" @name) @definition.method
(event_definition name: (_) @name) @definition.type
(error_declaration name: (_) @name) @definition.type
(struct_declaration name: (_) @name) @definition.struct
(enum_declaration name: (_) @name) @definition.enum
(state_variable_declaration name: (_) @name) @definition.variable

(call_expression function: (expression (identifier) @reference.call))
(call_expression function: (expression (member_expression property: (_) @reference.call)))
(import_directive source: (_) @reference.import)
(inheritance_specifier ancestor: (_) @reference.extends)
(emit_statement name: (expression (identifier) @reference.call))
