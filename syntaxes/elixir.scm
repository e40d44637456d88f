(call target: (identifier) @_k (arguments . (alias) @name) (do_block) @body (#any-of? @_k "defmodule" "defprotocol")) @definition.module
(call target: (identifier) @_k (arguments . (alias) @name) (do_block) @body (#eq? @_k "defimpl")) @definition.class
(call target: (identifier) @_k (arguments . [(call target: (identifier) @name) (identifier) @name (binary_operator left: (call target: (identifier) @name) operator: "when")]) (do_block)? @body (#any-of? @_k "def" "defp" "defdelegate" "defguard")) @definition.function
(call target: (identifier) @_k (arguments . [(call target: (identifier) @name) (identifier) @name]) (do_block)? @body (#any-of? @_k "defmacro" "defmacrop")) @definition.macro
(call target: (identifier) @name (do_block) @body (#any-of? @name "schema" "embedded_schema")) @definition.struct
(unary_operator operator: "@" operand: (call target: (identifier) @_k (arguments . (binary_operator left: [(call target: (identifier) @name) (identifier) @name])) (#any-of? @_k "type" "typep" "opaque"))) @definition.type

(call target: (identifier) @reference.call (#not-any-of? @reference.call "def" "defp" "defmodule" "defmacro" "defmacrop" "defimpl" "defprotocol" "defdelegate" "defguard" "defstruct" "use" "alias" "import" "require" "moduledoc" "doc" "spec" "type" "typep" "opaque" "behaviour" "callback" "quote" "unquote"))
(call target: (dot right: (identifier) @reference.call))
(call target: (identifier) @_k (arguments . (alias) @reference.import) (#any-of? @_k "alias" "import" "require" "use"))
(unary_operator operator: "@" operand: (call target: (identifier) @_k (arguments . (alias) @reference.implements) (#eq? @_k "behaviour")))
