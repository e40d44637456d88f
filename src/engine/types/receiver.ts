/**
 * The receiver of a member access, in a notation that `ingest/link` evaluates without the text: `Reference.on`,
 * `SourceSymbol.result` and `Field.type`.
 *
 * '' a plain name · `.` (`OWN_FILE`) a plain name that means a symbol of its file, followed by its index where several
 * have the name · `@module` a name imported from there, or a member of it. Otherwise a root and steps, joined by `|`:
 * the root is `this`, `super`, `=Type` (`=Type[]` a collection of it, `=` alone a type that no repository defines),
 * `>n` the result of the file's reference n, `@module`, a name as written, or `?` for anything else; a step is the name
 * of a field, or `[]` for an element.
 */

export const UNKNOWN = '?'
/** A type that no repository defines: its members are of no interest. */
export const NOWHERE = '='
export const STEP = '|'
export const ELEMENT = '[]'
/** A plain name that means a symbol of its own file; followed by the symbol's index where several have it. */
export const OWN_FILE = '.'

/** `Field.owner` of the names that a file exports though they are not defined by those names. */
export const EXPORTS = ''
/** `Field.owner` of the names that a file imports. */
export const IMPORTS = '@'
/** Name of the default export among a module's exports. */
export const DEFAULT = 'default'
/** Go's import of all names of a package, among a file's imports. */
export const DOT_IMPORT = '.'
/** Before the number of each module that a file hands on whole, among its imports. */
export const STAR = '*'
/** Name under which a file's package is kept among its exports. */
export const PACKAGE_NAME = 'package'
