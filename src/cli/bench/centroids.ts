/**
 * `fovea bench centroids`: dense search that looks only at the clusters nearest to the question, against exact search
 * over all chunks, in one run. The questions are first sentences of the tree's own documentation.
 */
import type { DenseIndex, Engine } from '../../engine/engine.ts'
import { EngineError } from '../../engine/model/run.ts'
import { documentedSymbols } from './documentation.ts'
import { sample } from './questions.ts'

/** Percent of the chunks that are not looked at; the first is exact search. */
const PRUNED = [0, 50, 70, 80, 90, 95] as const
const QUESTIONS = 300
/** Embedding takes so long that fewer questions must do for its time. */
const EMBEDDED_QUESTIONS = 30
const DEPTHS = [10, 100] as const
const SEED = 1

interface CentroidRow {
  /** Percent of the chunks. */
  readonly pruned: number
  /** Chunks looked at. */
  readonly chunks: number
  /** Of the exact 10 and 100 nearest chunks the share that is found, mean over the questions. */
  readonly recall: readonly number[]
  /** Median milliseconds of a search over vectors in memory, and of one that embeds chunks as it looks at them. */
  readonly held: number
  readonly embedded: number
}

interface CentroidReport {
  readonly chunks: number
  readonly clusters: number
  readonly questions: number
  readonly seed: number
  readonly rows: readonly CentroidRow[]
}

export async function benchCentroids(engine: Engine, signal: AbortSignal): Promise<CentroidReport> {
  const dense = await engine.dense()
  if (!dense)
    throw new EngineError(
      'input',
      'The clusters are not of the built-in embedder: unset FOVEA_EMBED_URL and try again.',
    )
  const documented = documentedSymbols(await engine.symbols())
  if (documented.length === 0)
    throw new EngineError('input', 'Nothing can be asked: no function or class has documentation of its own.')
  const queries = sample(documented, QUESTIONS, SEED).map(({ text }) => dense.embed(text))
  return measurePruning(dense, queries, signal)
}

function measurePruning(dense: DenseIndex, queries: readonly Float32Array[], signal: AbortSignal): CentroidReport {
  const { chunks, clusters } = dense
  const limits = PRUNED.map((pruned) => Math.ceil((chunks * (100 - pruned)) / 100))
  const runs = limits.map(() => ({
    looked: 0,
    recall: DEPTHS.map(() => 0),
    held: [] as number[],
    embedded: [] as number[],
  }))
  queries.forEach((query, i) => {
    signal.throwIfAborted()
    const exact = dense.heldCosines(query, dense.nearest(query, chunks))
    const nearest = [...exact.keys()]
      .filter((chunk) => exact[chunk]! > 0)
      .sort((a, b) => exact[b]! - exact[a]! || a - b)
    runs.forEach((run, j) => {
      const search = (cosines: DenseIndex['cosines'], times: number[]) => {
        const began = performance.now()
        const looked = dense.nearest(query, limits[j]!)
        const scores = cosines(query, looked)
        times.push(performance.now() - began)
        run.looked = Math.max(run.looked, looked.length)
        return scores
      }
      const scores = search(dense.heldCosines, run.held)
      if (i < EMBEDDED_QUESTIONS) search(dense.cosines, run.embedded)
      DEPTHS.forEach((depth, d) => {
        const best = nearest.slice(0, depth)
        run.recall[d]! += best.length ? best.filter((chunk) => scores[chunk]! > 0).length / best.length : 1
      })
    })
  })
  const rows = runs.map(({ looked, recall, held, embedded }, j) => ({
    pruned: PRUNED[j]!,
    chunks: looked,
    recall: recall.map((sum) => sum / queries.length),
    held: median(held),
    embedded: median(embedded),
  }))
  return { chunks, clusters, questions: queries.length, seed: SEED, rows }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

export function centroidsText({ chunks, clusters, questions, seed, rows }: CentroidReport): string {
  const [exact] = rows
  const time = (ms: number, whole = 0) => `${ms.toFixed(2).padStart(8)} ${(ms / whole).toFixed(2).padStart(6)}`
  return [
    `${chunks} chunks, ${clusters} clusters, ${questions} questions, seed ${seed}. Recall is of the exact nearest chunks; ms are`,
    `medians. Questions embed chunks as they look at them (timed with ${Math.min(questions, EMBEDDED_QUESTIONS)}); the other times are of vectors held in memory.`,
    '',
    `${' '.repeat(41)}   vectors held      as embedded`,
    'pruned  looked at  recall@10 recall@100        ms  ratio        ms  ratio',
    ...rows.map(
      ({ pruned, chunks: looked, recall, held, embedded }) =>
        `${`${pruned} %`.padStart(6)}  ${String(looked).padStart(9)}  ${recall.map((share) => share.toFixed(3).padStart(9)).join('  ')}  ${time(held, exact?.held)}  ${time(embedded, exact?.embedded)}`,
    ),
  ].join('\n')
}
