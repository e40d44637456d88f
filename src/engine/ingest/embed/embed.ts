/**
 * Chunks → vectors: by the built-in embedder's weights or any embedder of the port. Without either (`embedder.bin` is
 * missing, truncated, damaged or of another version), by a sparse random projection of idf-weighted sub-tokens
 * (Achlioptas 2003; feature hashing, Weinberger et al. 2009), which needs no training and knows no synonyms.
 */

import type { Clock, Embedder } from '../../ports.ts'
import type { StoreWriter } from '../../store/store.ts'
import { type Embedding, type ResolvedTerms, unit } from '../../text/embedding.ts'
import type { Chunk, FileRecord } from '../../types/chunk.ts'
import type { Run } from '../../types/run.ts'

export const HASHED_EMBEDDER = 'fovea-hash-256'
export const DIMENSIONS = 256
/** Signed positions per term. */
const NONZEROS = 8

export interface Bag {
  readonly terms: readonly string[]
  readonly counts: ArrayLike<number>
}

/** Row i is the unit vector of bag i; zero for a bag without terms. Whole identifiers (`=name`) are left out. */
export function embedHashed(n: number, idf: (term: string) => number, bag: (i: number) => Bag): Float32Array {
  const vectors = new Float32Array(n * DIMENSIONS)
  const cache = new Map<string, Int16Array>()
  for (let i = 0; i < n; i++) {
    const row = vectors.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS)
    const { terms, counts } = bag(i)
    terms.forEach((term, t) => {
      if (term.startsWith('=')) return
      let positions = cache.get(term)
      if (!positions) {
        positions = hashTerm(term)
        cache.set(term, positions)
      }
      const weight = idf(term) * (1 + Math.log(Math.max(1, counts[t] ?? 1)))
      for (const position of positions) row[position >> 1]! += position & 1 ? -weight : weight
    })
    unit(row)
  }
  return vectors
}

/** Signed positions of a term: the position in the upper bits, the sign in the lowest. */
function hashTerm(term: string): Int16Array {
  let hash = 0x811c9dc5
  for (let i = 0; i < term.length; i++) hash = Math.imul(hash ^ term.charCodeAt(i), 0x01000193)
  return Int16Array.from({ length: NONZEROS }, (_, i) => {
    let h = hash ^ Math.imul(i + 1, 0x9e3779b1)
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    return (h ^ (h >>> 16)) & (2 * DIMENSIONS - 1)
  })
}

/** Chunks embedded before yielding to other work. */
const CHUNKS_PER_TURN = 1000

/** One vector per chunk; chunks of a file are processed together, since their terms are looked up once. */
export async function embedChunks(
  embedding: Embedding,
  rows: readonly { readonly chunk: Chunk; readonly record: FileRecord }[],
  clock: Pick<Clock, 'yieldTurn'>,
): Promise<Float32Array> {
  const { dimensions } = embedding
  const vectors = new Float32Array(rows.length * dimensions)
  let current: FileRecord | null = null
  let terms: ResolvedTerms = embedding.resolve([])
  for (const [i, { chunk, record }] of rows.entries()) {
    if (i % CHUNKS_PER_TURN === CHUNKS_PER_TURN - 1) await clock.yieldTurn()
    if (current !== record) terms = embedding.resolve(record.terms)
    current = record
    embedding.embedCode(terms, chunk.terms, chunk.counts, vectors.subarray(i * dimensions, (i + 1) * dimensions))
  }
  return vectors
}

export interface EmbedItem {
  readonly id: string
  readonly text: string
}

interface EmbedOptions {
  readonly embedder: Embedder
  readonly store: Pick<StoreWriter, 'vectors' | 'putVectors'>
  /** Texts per request. */
  readonly batchTexts: number
}

/**
 * Embeds the chunks the store has no vectors of. Each batch is stored as it arrives, so that a failure costs one batch.
 */
export async function embedMissing(
  run: Run,
  { embedder, store, batchTexts }: EmbedOptions,
  items: readonly EmbedItem[],
): Promise<Map<string, Float32Array>> {
  const vectors = await store.vectors(
    embedder.id,
    items.map(({ id }) => id),
  )
  const missing = [...new Map(items.filter(({ id }) => !vectors.has(id)).map((item) => [item.id, item])).values()]
  for (let i = 0; i < missing.length; i += batchTexts) {
    run.signal.throwIfAborted()
    run.report({ stage: 'embed', done: i, total: missing.length })
    const part = missing.slice(i, i + batchTexts)
    const embedded = await embedder.embed(
      run,
      part.map(({ text }) => text),
    )
    const added = new Map(part.map(({ id }, j) => [id, embedded[j]!]))
    await store.putVectors(embedder.id, added)
    for (const [id, vector] of added) vectors.set(id, vector)
  }
  run.report({ stage: 'embed', done: missing.length, total: missing.length })
  return vectors
}
