(table . [(bare_key) (dotted_key) (quoted_key)] @name) @definition.section
(table_array_element . [(bare_key) (dotted_key) (quoted_key)] @name) @definition.section
(document (pair . (_) @name) @definition.key)
(table (pair . (_) @name) @definition.key)
