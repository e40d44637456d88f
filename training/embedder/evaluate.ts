/**
 * Mean reciprocal ranks of embedders that search the code of a text among all code of a repository they were not
 * trained on.
 */
import { embedHashed } from '../../src/engine/ingest/embed/embed.ts'
import { unit } from '../../src/engine/text/embedding.ts'
import type { Bag, Data, Example } from './data.ts'
import type { PairKind } from './pairs.ts'
import { seededRandom, shuffle } from './random.ts'

/** Maximum and minimum number of pairs in a pool. */
const POOL = 1000
const MIN_POOL = 60
const SEED = 1
const [K1, B] = [1.2, 0.75]

/** Rows of unit vectors. */
export type Embed = (bags: readonly Bag[], side: 'query' | 'code') => Float32Array

export interface Pool {
  readonly repository: string
  readonly kind: PairKind
  readonly examples: readonly Example[]
}

/** One pool per held-out repository and kind: the text of each pair searches for its own code among the code of all. */
export function poolsOf({ heldOut }: Data): Pool[] {
  const names = [...new Set(heldOut.map(({ repository }) => repository))].sort()
  const kinds: readonly PairKind[] = ['doc', 'commit']
  return kinds.flatMap((kind) =>
    names.flatMap((repository) => {
      const all = heldOut.filter((one) => one.repository === repository && one.kind === kind)
      const examples = shuffle(all, seededRandom(SEED)).slice(0, POOL)
      return examples.length < MIN_POOL ? [] : [{ repository, kind, examples }]
    }),
  )
}

/** n × n: row i holds the scores of query i. */
type Scores = Float64Array

export function denseScores({ examples }: Pool, embed: Embed): Scores {
  const n = examples.length
  const queries = embed(
    examples.map(({ query }) => query),
    'query',
  )
  const codes = embed(
    examples.map(({ code }) => code),
    'code',
  )
  const d = queries.length / n
  return Float64Array.from({ length: n * n }, (_, k) => {
    const a = Math.floor(k / n) * d
    const b = (k % n) * d
    let sum = 0
    for (let t = 0; t < d; t++) sum += queries[a + t]! * codes[b + t]!
    return sum
  })
}

export function bm25Scores({ examples }: Pool): Scores {
  const n = examples.length
  const postings = new Map<number, [at: number, count: number][]>()
  const lengths = examples.map(({ code }) => code.counts.reduce((a, b) => a + b, 0))
  const mean = lengths.reduce((a, b) => a + b, 0) / n
  examples.forEach(({ code }, at) => {
    code.terms.forEach((term, t) => {
      const list = postings.get(term) ?? []
      list.push([at, code.counts[t]!])
      postings.set(term, list)
    })
  })
  const scores = new Float64Array(n * n)
  examples.forEach(({ query }, i) => {
    for (const term of query.terms) {
      const list = postings.get(term) ?? []
      const idf = Math.log(1 + (n - list.length + 0.5) / (list.length + 0.5))
      for (const [j, count] of list)
        scores[i * n + j]! += (idf * count * (K1 + 1)) / (count + K1 * (1 - B + (B * lengths[j]!) / mean))
    }
  })
  return scores
}

/** The untrained baseline: hashed sub-tokens with the pool's own idf. */
export function hashedEmbed({ examples }: Pool, terms: readonly string[]): Embed {
  const frequency = new Map<string, number>()
  for (const { code } of examples)
    for (const term of code.terms) frequency.set(terms[term]!, (frequency.get(terms[term]!) ?? 0) + 1)
  const idf = (term: string) => Math.log(1 + examples.length / (1 + (frequency.get(term) ?? 0)))
  return (bags) =>
    embedHashed(bags.length, idf, (i) => ({
      terms: Array.from(bags[i]!.terms, (term) => terms[term]!),
      counts: bags[i]!.counts,
    }))
}

/** Sum of both after normalising each query's scores to mean 0 and unit deviation. */
export function zSum(a: Scores, b: Scores): Scores {
  const n = Math.sqrt(a.length)
  const out = new Float64Array(a.length)
  for (const scores of [a, b])
    for (let i = 0; i < n; i++) {
      const row = Float32Array.from(scores.subarray(i * n, (i + 1) * n))
      const mean = row.reduce((x, y) => x + y, 0) / n
      for (let j = 0; j < n; j++) row[j]! -= mean
      unit(row)
      for (let j = 0; j < n; j++) out[i * n + j]! += row[j]!
    }
  return out
}

/** Mean reciprocal rank of each query's own code; ties count half. */
export function mrr(scores: Scores): number {
  const n = Math.sqrt(scores.length)
  let sum = 0
  for (let i = 0; i < n; i++) {
    const correct = scores[i * n + i]!
    let rank = 0.5
    for (let j = i * n; j < (i + 1) * n; j++) rank += scores[j]! > correct ? 1 : scores[j] === correct ? 0.5 : 0
    sum += 1 / rank
  }
  return sum / n
}

/** Means over the repositories, by kind. */
export function meanMrr(pools: readonly Pool[], score: (pool: Pool) => Scores): Record<string, number> {
  const result: Record<string, number> = {}
  for (const kind of new Set(pools.map(({ kind }) => kind))) {
    const ofKind = pools.filter((pool) => pool.kind === kind)
    result[kind] = ofKind.reduce((sum, pool) => sum + mrr(score(pool)), 0) / ofKind.length
  }
  return result
}
