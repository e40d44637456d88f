; Keys of the first two levels; of a document that is a list, the named items.
(document (block_node (block_mapping (block_mapping_pair key: (flow_node [(plain_scalar) (double_quote_scalar) (single_quote_scalar)] @name) value: (block_node [(block_mapping) (block_sequence)])? @body) @definition.key)))
(document (block_node (block_mapping (block_mapping_pair value: (block_node (block_mapping (block_mapping_pair key: (flow_node [(plain_scalar) (double_quote_scalar) (single_quote_scalar)] @name) value: (block_node [(block_mapping) (block_sequence)])? @body) @definition.key))))))
(document (block_node (block_mapping (block_mapping_pair value: (flow_node (flow_mapping (flow_pair key: (flow_node [(plain_scalar) (double_quote_scalar) (single_quote_scalar)] @name)) @definition.key))))))
(document (flow_node (flow_mapping (flow_pair key: (flow_node [(plain_scalar) (double_quote_scalar) (single_quote_scalar)] @name)) @definition.key)))
(document (block_node (block_sequence (block_sequence_item (block_node (block_mapping (block_mapping_pair key: (flow_node) @_key value: (flow_node) @name (#any-of? @_key "name" "id"))))) @definition.section)))
