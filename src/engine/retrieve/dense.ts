/**
 * Meaning, for questions that share hardly a word with the code: centroids first, then the exact cosine of the members
 * of the nearest clusters, embedded as they are looked at. Where words match it is not asked: there it was measured to
 * add next to nothing (ranking notes §2.3).
 */
import type { Embedding } from '../model/embedding.ts'
import type { Plan } from '../model/query.ts'
import type { Corpus } from './corpus.ts'

/** With so many chunks that share a word with the question, words decide. */
const ENOUGH_MATCHES = 20
/** So many chunks of the nearest clusters are embedded: some tens of milliseconds. */
const LOOKED_AT = 3000

/** Per chunk the cosine to the question, 0 where it was not looked at; null where words suffice or cannot be embedded. */
export function alikeChunks(
  corpus: Corpus,
  plan: Plan,
  embedding: Embedding | null,
  text: Float32Array,
): Float32Array | null {
  const { clusters, embedder } = corpus.tree
  if (embedding?.id !== embedder || text.reduce((n, score) => n + (score > 0 ? 1 : 0), 0) >= ENOUGH_MATCHES) return null
  const terms = [...plan.terms].filter(([term]) => !term.startsWith('='))
  const query = embedding.embedQuery(
    terms.map(([term]) => term),
    terms.map(([, weight]) => weight),
  )
  const nearest = clusters
    .filter(({ level }) => level === 1)
    .map(({ centroid, members }) => ({ members, score: dot(query, centroid) }))
    .sort((a, b) => b.score - a.score)
  const wanted = new Set<string>()
  for (const { members } of nearest) {
    if (wanted.size >= LOOKED_AT) break
    for (const id of members) wanted.add(id)
  }
  return cosines(corpus, embedding, query, wanted)
}

function cosines(corpus: Corpus, embedding: Embedding, query: Float32Array, wanted: ReadonlySet<string>) {
  const scores = new Float32Array(corpus.chunks.length)
  const row = new Float32Array(embedding.dimensions)
  corpus.records.forEach((record, file) => {
    if (!record.chunks.some(({ id }) => wanted.has(id))) return
    const resolved = embedding.resolve(record.terms)
    record.chunks.forEach(({ id, terms, counts }, i) => {
      if (!wanted.has(id)) return
      embedding.embedCode(resolved, terms, counts, row.fill(0))
      scores[corpus.firstChunk[file]! + i] = Math.max(0, dot(query, row))
    })
  })
  return scores
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
