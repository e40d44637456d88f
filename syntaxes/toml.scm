; Tables, and the keys of the root and of each table.
(table . [(bare_key) (dotted_key) (quoted_key)] @name . (_)? @body) @definition.section
(table_array_element . [(bare_key) (dotted_key) (quoted_key)] @name . (_)? @body) @definition.section
(document (pair . [(bare_key) (dotted_key) (quoted_key)] @name) @definition.key)
(table (pair . [(bare_key) (dotted_key) (quoted_key)] @name) @definition.key)
(table_array_element (pair . [(bare_key) (dotted_key) (quoted_key)] @name) @definition.key)
