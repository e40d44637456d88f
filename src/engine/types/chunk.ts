/** The unit of retrieval: a range of lines that holds whole small symbols or part of a long one. */
import type { LineRange } from './source.ts'
import type { Field, References, SourceSymbol } from './symbol.ts'

export type ChunkKind = 'function' | 'class' | 'gap' | 'window'

export interface Chunk extends LineRange {
  /** Hash of language and text: equal text has an equal id in every branch and copy. */
  readonly id: string
  readonly startOffset: number
  readonly endOffset: number
  readonly kind: ChunkKind
  /** Names of the symbols in it, then of those that enclose it. */
  readonly names: readonly string[]
  readonly scope: readonly string[]
  /** First symbol in it (index into the file's symbols), -1 for text between symbols. */
  readonly symbol: number
  /** 0 for the first part of a symbol, 1… for the following parts. */
  readonly part: number
  /** Distinct terms: indices into the file's `terms`. */
  readonly terms: Uint16Array | Uint32Array
  /** `terms.length × FIELDS` counts, each at most 255. */
  readonly counts: Uint8Array
  /** Number of terms in names, signature, comments, body. */
  readonly lengths: readonly [number, number, number, number]
}

/** Number of fields whose terms are counted separately: names, signature, comments, body. */
export const FIELDS = 4

/** A record in its transfer and storage form (`store/record-codec.ts`). */
export interface PackedRecord {
  readonly key: string
  readonly bytes: Uint8Array
}

/** Everything known about one file's text, in its language. Files of equal text share it, whatever their names. */
export interface FileRecord {
  /** Hash of the index's version, the language, the screening rules and the bytes. */
  readonly key: string
  readonly language: string
  readonly lines: number
  readonly bytes: number
  /** Its text is indexed as it is on disk: nothing in it was redacted or replaced. */
  readonly plain: boolean
  readonly symbols: readonly SourceSymbol[]
  /** By line. Decoded on iteration: there are many, and few are read. */
  readonly references: References
  readonly fields: readonly Field[]
  readonly terms: readonly string[]
  readonly chunks: readonly Chunk[]
  /** Why the file is not indexed although it was read. */
  readonly skipped?: import('./source.ts').SkipReason
}
