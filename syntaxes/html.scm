; Headings, elements with an id, and the files a page loads.
(element (start_tag (tag_name) @_tag) . (text) @name (#any-of? @_tag "h1" "h2" "h3" "h4" "h5" "h6" "H1" "H2" "H3" "title")) @definition.section
(element (start_tag (tag_name) @_tag) . (element (start_tag) . (text) @name) (#any-of? @_tag "h1" "h2" "h3" "h4" "h5" "h6" "H1" "H2" "H3")) @definition.section
(element (start_tag (attribute (attribute_name) @_id [(attribute_value) @name (quoted_attribute_value (attribute_value) @name)])) . (_) @body (#eq? @_id "id")) @definition.section
(element (self_closing_tag (attribute (attribute_name) @_id [(attribute_value) @name (quoted_attribute_value (attribute_value) @name)])) (#eq? @_id "id")) @definition.section
(element . (start_tag (attribute (attribute_name) @_id [(attribute_value) @name (quoted_attribute_value (attribute_value) @name)])) . (#eq? @_id "id")) @definition.section
(script_element (start_tag (attribute (attribute_name) @_id [(attribute_value) @name (quoted_attribute_value (attribute_value) @name)])) . (_) @body (#eq? @_id "id")) @definition.section

(script_element (start_tag (attribute (attribute_name) @_src [(attribute_value) @reference.import (quoted_attribute_value (attribute_value) @reference.import)])) (#eq? @_src "src"))
(element [(start_tag (tag_name) @_tag (attribute (attribute_name) @_href [(attribute_value) @reference.import (quoted_attribute_value (attribute_value) @reference.import)])) (self_closing_tag (tag_name) @_tag (attribute (attribute_name) @_href [(attribute_value) @reference.import (quoted_attribute_value (attribute_value) @reference.import)]))] (#eq? @_tag "link") (#eq? @_href "href"))
