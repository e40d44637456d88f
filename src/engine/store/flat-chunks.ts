/**
 * Chunks and references in their in-memory form. Terms, counts and lengths of a file's chunks share flat arrays, and
 * views are created on access: one view per chunk would take more memory than what it shows. `...chunk` does not copy
 * the views. References are decoded on iteration.
 */
import { type Chunk, type ChunkKind, FIELDS } from '../types/chunk.ts'
import { REFERENCE_KINDS, type Reference } from '../types/symbol.ts'

/** The arrays shared by the chunks of one file. */
export interface Postings {
  /** Rows of chunk c: `offsets[c]` … `offsets[c + 1]`. */
  readonly offsets: Uint32Array
  readonly terms: Chunk['terms']
  /** FIELDS per row. */
  readonly counts: Uint8Array
  /** FIELDS per chunk. */
  readonly lengths: Uint32Array
}

type ChunkFields = Omit<Chunk, 'terms' | 'counts' | 'lengths'>

export class FlatChunk implements Chunk {
  readonly id: string
  readonly firstLine: number
  readonly lastLine: number
  readonly startOffset: number
  readonly endOffset: number
  readonly kind: ChunkKind
  readonly names: readonly string[]
  readonly scope: readonly string[]
  readonly symbol: number
  readonly part: number
  private readonly postings: Postings
  private readonly index: number

  constructor(
    { id, firstLine, lastLine, startOffset, endOffset, kind, names, scope, symbol, part }: ChunkFields,
    postings: Postings,
    index: number,
  ) {
    this.id = id
    this.firstLine = firstLine
    this.lastLine = lastLine
    this.startOffset = startOffset
    this.endOffset = endOffset
    this.kind = kind
    this.names = names
    this.scope = scope
    this.symbol = symbol
    this.part = part
    this.postings = postings
    this.index = index
  }

  get terms(): Chunk['terms'] {
    const { offsets, terms } = this.postings
    return terms.subarray(offsets[this.index]!, offsets[this.index + 1]!)
  }

  get counts(): Uint8Array {
    const { offsets, counts } = this.postings
    return counts.subarray(FIELDS * offsets[this.index]!, FIELDS * offsets[this.index + 1]!)
  }

  get lengths(): Chunk['lengths'] {
    const { lengths } = this.postings
    const at = FIELDS * this.index
    return [lengths[at]!, lengths[at + 1]!, lengths[at + 2]!, lengths[at + 3]!]
  }
}

/** Numbers of a reference: its kind, its line, the symbol that contains it. */
export const NUMBERS = 3
/** Strings of a reference: name, receiver. */
export const TEXTS = 2

/** The references of one file. */
export class FlatReferences implements Iterable<Reference> {
  private readonly numbers: Int32Array
  private readonly texts: readonly string[]

  /** NUMBERS and TEXTS per reference; a kind is an index into REFERENCE_KINDS. */
  constructor(numbers: Int32Array, texts: readonly string[]) {
    this.numbers = numbers
    this.texts = texts
  }

  get length(): number {
    return this.numbers.length / NUMBERS
  }

  at(i: number): Reference | undefined {
    const { numbers, texts } = this
    const [n, t] = [NUMBERS * i, TEXTS * i]
    const kind = REFERENCE_KINDS[numbers[n] ?? -1]
    return kind && { kind, name: texts[t]!, line: numbers[n + 1]!, within: numbers[n + 2]!, on: texts[t + 1]! }
  }

  *[Symbol.iterator](): Generator<Reference> {
    for (let i = 0; i < this.length; i++) yield this.at(i)!
  }
}
