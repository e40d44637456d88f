/**
 * Semantic search, for questions that share hardly any word with the code: compares cluster centroids first, then
 * computes the exact cosine for the members of the nearest clusters, embedding each chunk on the fly. Skipped when at
 * least 20 chunks match lexically: there it was measured to add next to nothing.
 */
import type { Embedding } from '../text/embedding.ts'
import type { QueryPlan } from '../types/query.ts'
import type { Corpus } from './corpus.ts'
import { planQuery } from './plan-query.ts'

/** With this many lexical matches, semantic search is skipped. */
const ENOUGH_LEXICAL_MATCHES = 20
/** Chunks embedded per question, from the nearest clusters: some tens of milliseconds. */
const MAX_EMBEDDED_CHUNKS = 3000

/** The individual steps of semantic search, exposed for benchmarks. */
export interface DenseIndex {
  /** Number of chunks, and of fine clusters. */
  readonly chunks: number
  readonly clusters: number
  /** In-memory vector of each chunk. */
  readonly vectors: readonly Float32Array[]
  embed(question: string): Float32Array
  /** At most `limit` chunks, from the clusters nearest to the query. */
  nearest(query: Float32Array, limit: number): Uint32Array
  /** Cosines of these chunks, embedded on the fly as a real question does. */
  cosines(query: Float32Array, chunks: Uint32Array): Float32Array
  /** Same as `cosines`, from the vectors in memory. */
  heldCosines(query: Float32Array, chunks: Uint32Array): Float32Array
}

/** Opens the measurable index; `vectors` has one row per chunk of the corpus. */
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

/**
 * Cosine to the question per chunk, 0 for chunks that weren't compared. Null when lexical matches suffice or the tree
 * was clustered with another embedding.
 */
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

/** At most `limit` chunks in ascending order, taken from the clusters nearest to the query; all chunks if they fit. */
function nearestChunks({ chunks, clusters }: Corpus, query: Float32Array, limit: number): Uint32Array {
  if (chunks.length <= limit) return new Uint32Array(chunks.length).map((_, chunk) => chunk)
  const nearest = clusters
    .map(({ centroid, members }) => ({ members, score: dot(query, centroid) }))
    .sort((a, b) => b.score - a.score)
  const found = new Uint32Array(limit)
  let size = 0
  for (const { members } of nearest) {
    const taken = members.subarray(0, limit - size)
    found.set(taken, size)
    size += taken.length
    if (size === limit) break
  }
  return found.subarray(0, size).sort()
}

function cosines(
  { chunks }: Corpus,
  query: Float32Array,
  compared: Uint32Array,
  vectorOf: (chunk: number) => Float32Array,
): Float32Array {
  const scores = new Float32Array(chunks.length)
  for (const chunk of compared) scores[chunk] = Math.max(0, dot(query, vectorOf(chunk)))
  return scores
}

/** Embeds chunks into one reused vector; consecutive chunks of the same file share its resolved terms. */
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
