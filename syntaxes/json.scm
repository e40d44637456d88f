; Keys of the first two levels.
(document (object (pair key: (_) @name value: [(object) (array)] @body) @definition.key))
(document (object (pair key: (_) @name value: [(string) (number) (true) (false) (null)]) @definition.key))
(document (object (pair value: (object (pair key: (_) @name value: [(object) (array)] @body) @definition.key))))
(document (object (pair value: (object (pair key: (_) @name value: [(string) (number) (true) (false) (null)]) @definition.key))))
