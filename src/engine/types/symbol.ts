/** What a file defines and refers to. Offsets are UTF-16 code units into the decoded text, ends exclusive. */
import type { LineRange } from './source.ts'

export type SymbolKind =
  | 'function'
  | 'method'
  | 'class'
  | 'interface'
  | 'struct'
  | 'enum'
  | 'trait'
  | 'module'
  | 'type'
  | 'constant'
  | 'variable'
  | 'macro'
  | 'section'
  | 'key'

export interface SourceSymbol extends LineRange {
  readonly name: string
  readonly kind: SymbolKind
  /** Index of the enclosing symbol in the same file, -1 at top level. */
  readonly parent: number
  readonly startOffset: number
  readonly endOffset: number
  /** First line of the doc comment, decorators and attributes above the symbol; `firstLine` when there are none. */
  readonly docFirstLine: number
  /** Line on which the body starts; `lastLine` when there is none. */
  readonly bodyLine: number
  /** Declaration without its body, on one line, at most 200 characters. */
  readonly signature: string
  /** First sentence of its documentation, at most 200 characters, or ''. */
  readonly doc: string
  /** What a call of it returns, or a variable holds, as a receiver (`types/receiver.ts`); '' when unknown. */
  readonly result: string
  /** Number of its parameters, without the receiver; null where the text does not tell. */
  readonly parameters: number | null
}

export const REFERENCE_KINDS = ['call', 'import', 'extends', 'implements', 'reference'] as const
export type ReferenceKind = (typeof REFERENCE_KINDS)[number]

export interface Reference {
  readonly kind: ReferenceKind
  /** Name referred to; for an import the module path as written, without quotes. */
  readonly name: string
  readonly line: number
  /** Index of the symbol that contains the reference, -1 at top level. */
  readonly within: number
  /** The receiver of a member access (`types/receiver.ts`); '' for a plain name. */
  readonly on: string
}

/** The references of a file, in the order of the text. */
export interface References extends Iterable<Reference> {
  readonly length: number
  at(i: number): Reference | undefined
}

/** A field of a type, or with a special owner a name that a file exports or imports (`types/receiver.ts`). */
export interface Field {
  readonly owner: string
  readonly name: string
  /** Its type, or the expression it is initialised with, as a receiver (`types/receiver.ts`). */
  readonly type: string
}

export const EDGE_KINDS = ['call', 'import', 'extends', 'implements', 'tests', 'reference'] as const
export type EdgeKind = (typeof EDGE_KINDS)[number]

/**
 * The resolved references of a tree, as columns: row i says that `fromFile[i]` (index into the tree's entries) at
 * `fromSymbol[i]` (index into that file's symbols, -1 for the file itself) refers to `toFile[i]`, `toSymbol[i]`. An
 * uncertain reference has one row per candidate, each with a weight below 1; overloads of one type have weight 1 each.
 * Containment is in a symbol's `parent`, not here.
 */
export interface Edges {
  /** Index into EDGE_KINDS. */
  readonly kind: Uint8Array
  readonly fromFile: Uint32Array
  readonly fromSymbol: Int32Array
  readonly toFile: Uint32Array
  readonly toSymbol: Int32Array
  readonly weight: Float32Array
  /** Line of the reference; 0 where there is none, as with Go's interfaces. */
  readonly line: Uint32Array
}
