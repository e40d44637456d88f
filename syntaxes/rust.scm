(function_item name: (_) @name body: (_) @body) @definition.function
(function_signature_item name: (_) @name) @definition.method
(struct_item name: (_) @name) @definition.struct
(union_item name: (_) @name) @definition.struct
(enum_item name: (_) @name body: (_) @body) @definition.enum
(trait_item name: (_) @name body: (_) @body) @definition.trait
(impl_item type: (_) @name body: (_) @body) @definition.class
(mod_item name: (_) @name body: (_) @body) @definition.module
(type_item name: (_) @name) @definition.type
(const_item name: (_) @name) @definition.constant
(static_item name: (_) @name) @definition.constant
(macro_definition name: (_) @name) @definition.macro

(call_expression function: (identifier) @reference.call)
(call_expression function: (field_expression field: (_) @reference.call))
(call_expression function: (scoped_identifier name: (_) @reference.call))
(macro_invocation macro: (identifier) @reference.call)
(use_declaration argument: (_) @reference.import)
(mod_item name: (identifier) @reference.import !body)
(impl_item trait: (type_identifier) @reference.implements)
(impl_item trait: (generic_type type: (type_identifier) @reference.implements))
(impl_item trait: (scoped_type_identifier name: (_) @reference.implements))
(parameter type: (type_identifier) @reference.reference)
(parameter type: (reference_type type: (type_identifier) @reference.reference))
(field_declaration type: (type_identifier) @reference.reference)
(struct_expression name: (type_identifier) @reference.reference)
