/**
 * Phrase signal: adjacent words of the question that are also adjacent in the code. The index stores no positions, so
 * only the chunks with the best lexical scores are read; all others score 0. Measured: MRR .787 → .797 (training
 * notes).
 */
import type { QueryPlan } from '../types/query.ts'
import type { ReadLines } from '../types/source.ts'
import type { Corpus } from './corpus.ts'
import { termRarity, topIndices } from './lexical.ts'
import { contentOf } from './plan-query.ts'

/** Chunks read per question. */
const MAX_CHUNKS_READ = 200
const MAX_LINE_CHARS = 400

/** First term → second term → weight. */
type PairWeights = ReadonlyMap<string, ReadonlyMap<string, number>>

/**
 * Total weight of the question's word pairs in each chunk's text; `text` holds the lexical scores that pick the chunks.
 */
export async function matchPhrases(
  corpus: Corpus,
  plan: QueryPlan,
  text: Float32Array,
  read: ReadLines,
): Promise<Float32Array> {
  const scores = new Float32Array(corpus.chunks.length)
  const pairs = weighPairs(corpus, plan)
  if (pairs.size === 0) return scores
  const chosen = topIndices(text, MAX_CHUNKS_READ)
  const sources = await Promise.all(chosen.map((chunk) => read(corpus.fileOf[chunk]!)))
  chosen.forEach((chunk, i) => {
    const source = sources[i]!
    if ('reason' in source) return
    const { firstLine, lastLine } = corpus.chunks[chunk]!
    scores[chunk] = countPairs(source.lines.slice(firstLine - 1, lastLine), pairs)
  })
  return scores
}

/** Weighs each pair by the idf of its more common word. */
function weighPairs(corpus: Corpus, { pairs }: QueryPlan): PairWeights {
  const weights = new Map<string, Map<string, number>>()
  for (const [pair, weight] of pairs) {
    const [first = '', second = ''] = pair.split(' ')
    const value = weight * Math.min(termRarity(corpus, first, 0), termRarity(corpus, second, 0))
    if (value > 0) weights.set(first, (weights.get(first) ?? new Map()).set(second, value))
  }
  return weights
}

function countPairs(lines: readonly string[], pairs: PairWeights): number {
  const seen = new Set<string>()
  let sum = 0
  for (const line of lines) {
    let continuations: ReadonlyMap<string, number> | undefined
    let before = ''
    for (const term of contentOf(line.slice(0, MAX_LINE_CHARS))) {
      const value = continuations?.get(term)
      if (value !== undefined && !seen.has(`${before} ${term}`)) {
        seen.add(`${before} ${term}`)
        sum += value
      }
      continuations = pairs.get(term)
      before = term
    }
  }
  return sum
}
