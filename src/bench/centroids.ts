/**
 * `fovea bench centroids`: compares dense search over only the clusters whose centroids are nearest to the query with
 * exact search over all chunks and with LanceDB's own vector indexes (IVF_FLAT, IVF_PQ) on the same vectors, in one
 * run. The queries are the first sentences of the repository's own documentation.
 */

import { join } from 'node:path'
import type { Engine } from '../engine/engine.ts'
import {
  buildVectorIndex,
  type DenseIndex,
  denseIndexOf,
  symbolTableOf,
  type VectorIndexKind,
} from '../engine/measure.ts'
import { EngineError } from '../engine/types/run.ts'
import { quantile } from './cost.ts'
import { documentedSymbols } from './documentation.ts'
import { sample } from './questions.ts'
import { logProgress } from './setting.ts'

/** Percentages of the chunks that are skipped; 0 is exact search. */
const PRUNED = [0, 50, 70, 80, 90, 95] as const
const QUESTIONS = 300
/** Questions timed with embedding included: embedding is slow, so only some of them are. */
const EMBEDDED_QUESTIONS = 30
/** Questions for which LanceDB's query plan is read, to learn how many vectors it scans. */
const EXPLAINED_QUESTIONS = 30
/** Values of k for recall@k. */
const DEPTHS = [10, 100] as const
const SEED = 1
/** Vectors LanceDB needs to train product quantisation; below this IVF_PQ is not measured. */
const MIN_PQ_VECTORS = 256

interface MeasuredPruning {
  /** Percent of the chunks that are skipped. */
  readonly pruned: number
  /** Chunks scanned. */
  readonly chunks: number
  /** In-memory size of the vectors and centroids scanned. */
  readonly bytes: number
  /** Recall@10 and recall@100 against exact search, mean over the questions. */
  readonly recall: readonly number[]
  /** Median milliseconds of a search over vectors in memory. */
  readonly held: number
}

interface CentroidRow extends MeasuredPruning {
  /** Median milliseconds of a search that embeds chunks while it scans them. */
  readonly embedded: number
}

interface NeighbourRow extends MeasuredPruning {
  readonly kind: VectorIndexKind
  readonly probes: number
  readonly partitions: number
}

interface CentroidReport {
  readonly chunks: number
  readonly clusters: number
  readonly questions: number
  readonly seed: number
  readonly rows: readonly CentroidRow[]
  readonly lancedb: readonly NeighbourRow[]
  /** One sentence per comparison that is missing, with the reason. */
  readonly notes: readonly string[]
}

/**
 * Measures the engine's index as it is. LanceDB's indexes are written to the temporary `folder`. Throws an `input`
 * error when the clusters were made by another embedder, or when nothing is documented.
 */
export async function benchCentroids(engine: Engine, folder: string, signal: AbortSignal): Promise<CentroidReport> {
  const dense = await denseIndexOf(engine)
  if (!dense)
    throw new EngineError(
      'input',
      'The clusters were not made by the built-in embedder: unset FOVEA_EMBED_URL, index again and retry.',
    )
  const documented = documentedSymbols(await symbolTableOf(engine))
  if (documented.length === 0)
    throw new EngineError(
      'input',
      'No function or class has documentation to make questions from: choose another folder.',
    )
  const queries = sample(documented, QUESTIONS, SEED).map(({ text }) => dense.embed(text))
  const nearest = queries.map((query) => nearestOf(dense, query))
  const { store, storeReason } = await engine.status()
  const lancedb: NeighbourRow[] = []
  const notes: string[] = []
  const kinds: VectorIndexKind[] = dense.chunks < MIN_PQ_VECTORS ? ['IVF_FLAT'] : ['IVF_FLAT', 'IVF_PQ']
  if (store === 'files') notes.push(`LanceDB does not run here (${storeReason}): it is not compared.`)
  else
    for (const kind of kinds)
      lancedb.push(...(await measureNeighbours({ kind, dense, queries, nearest, folder }, signal)))
  return {
    ...{ chunks: dense.chunks, clusters: dense.clusters, questions: queries.length, seed: SEED },
    rows: measurePruning(dense, queries, nearest, signal),
    ...{ lancedb, notes },
  }
}

const limitOf = (chunks: number, pruned: number): number => Math.ceil((chunks * (100 - pruned)) / 100)

/** The exact nearest chunks, best first, down to the largest k of recall@k. */
function nearestOf(dense: DenseIndex, query: Float32Array): readonly number[] {
  const exact = dense.heldCosines(query, dense.nearest(query, dense.chunks))
  return [...exact.keys()]
    .filter((chunk) => exact[chunk]! > 0)
    .sort((a, b) => exact[b]! - exact[a]! || a - b)
    .slice(0, Math.max(...DEPTHS))
}

/** Recall at each depth. */
const recallOf = (nearest: readonly number[], found: (chunk: number, depth: number) => boolean): number[] =>
  DEPTHS.map((depth) => {
    const best = nearest.slice(0, depth)
    return best.length ? best.filter((chunk) => found(chunk, depth)).length / best.length : 1
  })

const meanOfEach = (all: readonly (readonly number[])[]): number[] =>
  DEPTHS.map((_, d) => all.reduce((sum, one) => sum + one[d]!, 0) / all.length)

const median = (values: readonly number[]): number => quantile(values, 0.5)

function measurePruning(
  dense: DenseIndex,
  queries: readonly Float32Array[],
  nearest: readonly (readonly number[])[],
  signal: AbortSignal,
): readonly CentroidRow[] {
  const bytesOf = 4 * (queries[0]?.length ?? 0)
  return PRUNED.map((pruned) => {
    const limit = limitOf(dense.chunks, pruned)
    const [held, embedded]: [number[], number[]] = [[], []]
    let most = 0
    const search = (query: Float32Array, cosines: DenseIndex['cosines'], times: number[]) => {
      const began = performance.now()
      const looked = dense.nearest(query, limit)
      const scores = cosines(query, looked)
      times.push(performance.now() - began)
      most = Math.max(most, looked.length)
      return scores
    }
    const recall = queries.map((query, i) => {
      signal.throwIfAborted()
      const scores = search(query, dense.heldCosines, held)
      if (i < EMBEDDED_QUESTIONS) search(query, dense.cosines, embedded)
      return recallOf(nearest[i]!, (chunk) => scores[chunk]! > 0)
    })
    // Exact search reads no centroids.
    const bytes = bytesOf * (most + (pruned > 0 ? dense.clusters : 0))
    return {
      ...{ pruned, chunks: most, bytes, recall: meanOfEach(recall) },
      ...{ held: median(held), embedded: median(embedded) },
    }
  })
}

interface NeighbourSetting {
  readonly kind: VectorIndexKind
  readonly dense: DenseIndex
  readonly queries: readonly Float32Array[]
  /** The exact nearest chunks of each query. */
  readonly nearest: readonly (readonly number[])[]
  readonly folder: string
}

/** Measures LanceDB's index, probing as many partitions as hold about the unpruned share of the chunks. */
async function measureNeighbours(
  { kind, dense, queries, nearest, folder }: NeighbourSetting,
  signal: AbortSignal,
): Promise<readonly NeighbourRow[]> {
  logProgress(`indexing ${dense.chunks} vectors in LanceDB, ${kind}`)
  const dimensions = queries[0]?.length ?? 0
  // A zero vector has no direction, hence no meaningful neighbours.
  const rows = dense.vectors.flatMap((vector, row) => (vector.some((x) => x !== 0) ? [[row, vector] as const] : []))
  const index = await buildVectorIndex(join(folder, 'neighbours'), kind, rows, dimensions)
  const { partitions, bytesOf } = index
  const limit = Math.max(...DEPTHS)
  try {
    const found: NeighbourRow[] = []
    for (const pruned of PRUNED.slice(1)) {
      const probes = Math.max(1, Math.round((partitions * (100 - pruned)) / 100))
      const times: number[] = []
      const recall: (readonly number[])[] = []
      const looked: number[] = []
      for (const [i, query] of queries.entries()) {
        signal.throwIfAborted()
        // Runs once before the timing, so that LanceDB's cache is warm, as the clusters are.
        if (i < EXPLAINED_QUESTIONS) looked.push(await index.looked(query, limit, probes))
        const began = performance.now()
        const chunks = await index.nearest(query, limit, probes)
        times.push(performance.now() - began)
        const places = new Map(chunks.map((chunk, place) => [chunk, place]))
        recall.push(recallOf(nearest[i]!, (chunk, depth) => (places.get(chunk) ?? depth) < depth))
      }
      const chunks = Math.round(looked.reduce((a, b) => a + b, 0) / looked.length)
      const bytes = bytesOf * chunks + 4 * dimensions * partitions
      found.push({ kind, pruned, probes, partitions, chunks, bytes, recall: meanOfEach(recall), held: median(times) })
    }
    return found
  } finally {
    index.close()
  }
}

export function centroidsText({ chunks, clusters, questions, seed, rows, lancedb, notes }: CentroidReport): string {
  const [exact] = rows
  const time = (ms: number, whole = 0) => `${ms.toFixed(2).padStart(8)} ${(ms / whole).toFixed(2).padStart(6)}`
  const shares = ({ recall }: MeasuredPruning) => recall.map((share) => share.toFixed(3).padStart(9)).join('  ')
  const row = ({ pruned, chunks: looked, bytes, ...rest }: MeasuredPruning) =>
    `${`${pruned} %`.padStart(6)}  ${String(looked).padStart(9)}  ${(bytes / 1e6).toFixed(2).padStart(7)}  ${shares({ pruned, chunks: looked, bytes, ...rest })}  ${time(rest.held, exact?.held)}`
  const head = 'pruned  looked at  MB read  recall@10 recall@100        ms  ratio'
  const kinds = [...new Set(lancedb.map(({ kind }) => kind))]
  return [
    `${chunks} chunks, ${clusters} clusters, ${questions} questions, seed ${seed}. Recall is of the exact nearest chunks; ms are`,
    `medians. Questions embed chunks as they look at them (timed with ${Math.min(questions, EMBEDDED_QUESTIONS)}); the other times are of vectors held in memory.`,
    'MB read: the vectors and centroids that are looked at, as they are held.',
    ...notes.map((note) => `! ${note}`),
    '',
    `${' '.repeat(50)}   vectors held      as embedded`,
    `${head}        ms  ratio`,
    ...rows.map((one) => `${row(one)}  ${time(one.embedded, exact?.embedded)}`),
    ...kinds.flatMap((kind) => {
      const its = lancedb.filter((one) => one.kind === kind)
      return [
        '',
        `LanceDB ${kind}, ${its[0]?.partitions} partitions; looked at: as LanceDB reports, mean of ${Math.min(questions, EXPLAINED_QUESTIONS)} questions; the 100 nearest, what it reads held in its cache`,
        `${head}  partitions looked at`,
        ...its.map((one) => `${row(one)}  ${String(one.probes).padStart(20)}`),
      ]
    }),
  ].join('\n')
}
