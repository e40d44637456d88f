(element (start_tag (attribute (attribute_name) @_a (quoted_attribute_value (attribute_value) @name))) (#eq? @_a "id")) @definition.section
(element (start_tag (tag_name) @_t) . (text) @name (#match? @_t "^(h[1-4]|title)$")) @definition.section
(script_element (start_tag (attribute (attribute_name) @_a (quoted_attribute_value (attribute_value) @reference.import))) (#eq? @_a "src"))
(element (start_tag (tag_name) @_t (attribute (attribute_name) @_a (quoted_attribute_value (attribute_value) @reference.import))) (#eq? @_t "link") (#eq? @_a "href"))
