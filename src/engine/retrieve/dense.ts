/**
 * Meaning, for questions that share hardly a word with the code: centroids first, then the exact cosine of the members
 * of the nearest clusters, embedded as they are looked at. Where words match it is not asked: there it was measured to
 * add next to nothing (ranking notes §2.3).
 */
import type { Embedding } from '../text/embedding.ts'
import type { QueryPlan } from '../types/query.ts'
import type { Corpus } from './corpus.ts'
import { planQuery } from './plan-query.ts'

/** With so many chunks that share a word with the question, words decide. */
const ENOUGH_LEXICAL_MATCHES = 20
/** So many chunks of the nearest clusters are embedded: some tens of milliseconds. */
const MAX_EMBEDDED_CHUNKS = 3000

/** Search by meaning in its steps, for programs that measure it. */
export interface DenseIndex {
  /** Their numbers; the fine clusters. */
  readonly chunks: number
  readonly clusters: number
  /** Of each chunk, as they are held in memory. */
  readonly vectors: readonly Float32Array[]
  embed(question: string): Float32Array
  /** At most so many chunks, of the clusters nearest to the question. */
  nearest(query: Float32Array, limit: number): Uint32Array
  /** The cosine of each of these chunks, embedded as it is looked at: what a question does. */
  cosines(query: Float32Array, chunks: Uint32Array): Float32Array
  /** The same of vectors that are in memory. */
  heldCosines(query: Float32Array, chunks: Uint32Array): Float32Array
}

/** `vectors` has a row for each chunk of the corpus. */
export function openDense(corpus: Corpus, embedding: Embedding, vectors: Float32Array): DenseIndex {
  const { dimensions: d } = embedding
  const rows = corpus.chunks.map((_, i) => vectors.subarray(i * d, (i + 1) * d))
  return {
    chunks: corpus.chunks.length,
    clusters: corpus.clusters.length,
    vectors: rows,
    embed: (question) => embedPlan(embedding, planQuery(question)),
    nearest: (query, limit) => nearestChunks(corpus, query, limit),
    cosines: (query, chunks) => cosines(corpus, query, chunks, embedder(corpus, embedding)),
    heldCosines: (query, chunks) => cosines(corpus, query, chunks, (chunk) => rows[chunk]!),
  }
}

/** Per chunk the cosine to the question, 0 where it was not looked at; null where words suffice or cannot be embedded. */
export function similarChunks(
  corpus: Corpus,
  plan: QueryPlan,
  embedding: Embedding | null,
  text: Float32Array,
): Float32Array | null {
  if (embedding?.id !== corpus.tree.embedder) return null
  if (text.reduce((n, score) => n + (score > 0 ? 1 : 0), 0) >= ENOUGH_LEXICAL_MATCHES) return null
  const query = embedPlan(embedding, plan)
  return cosines(corpus, query, nearestChunks(corpus, query, MAX_EMBEDDED_CHUNKS), embedder(corpus, embedding))
}

function embedPlan(embedding: Embedding, plan: QueryPlan): Float32Array {
  const terms = [...plan.terms].filter(([term]) => !term.startsWith('='))
  return embedding.embedQuery(
    terms.map(([term]) => term),
    terms.map(([, weight]) => weight),
  )
}

/** At most so many chunks, in their order: all when they are no more, else those of the clusters nearest to the query. */
function nearestChunks({ chunks, clusters }: Corpus, query: Float32Array, limit: number): Uint32Array {
  if (chunks.length <= limit) return new Uint32Array(chunks.length).map((_, chunk) => chunk)
  const nearest = clusters
    .map(({ centroid, members }) => ({ members, score: dot(query, centroid) }))
    .sort((a, b) => b.score - a.score)
  const found = new Uint32Array(limit)
  let size = 0
  for (const { members } of nearest) {
    const room = members.subarray(0, limit - size)
    found.set(room, size)
    size += room.length
    if (size === limit) break
  }
  return found.subarray(0, size).sort()
}

function cosines(
  { chunks }: Corpus,
  query: Float32Array,
  wanted: Uint32Array,
  vectorOf: (chunk: number) => Float32Array,
): Float32Array {
  const scores = new Float32Array(chunks.length)
  for (const chunk of wanted) scores[chunk] = Math.max(0, dot(query, vectorOf(chunk)))
  return scores
}

/** Embeds one chunk after the other into the same vector; chunks of one file, asked for in a row, share its terms. */
function embedder({ chunks, records, fileOf }: Corpus, embedding: Embedding): (chunk: number) => Float32Array {
  const vector = new Float32Array(embedding.dimensions)
  let file = -1
  let resolved = embedding.resolve([])
  return (chunk) => {
    if (file !== fileOf[chunk]) {
      file = fileOf[chunk]!
      resolved = embedding.resolve(records[file]!.terms)
    }
    const { terms, counts } = chunks[chunk]!
    embedding.embedCode(resolved, terms, counts, vector)
    return vector
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
