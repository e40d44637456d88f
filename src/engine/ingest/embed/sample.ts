/**
 * Clusters very many chunks in bounded memory: a sample is clustered, since k-means fits no more anyway, and the other
 * chunks join the nearest cluster batch by batch. Starts above 100,000 chunks (`MAX_CLUSTERED_CHUNKS`).
 */

import type { Workers } from '../../ports.ts'
import type { Cluster } from '../../types/cluster.ts'
import type { Run } from '../../types/run.ts'
import { foldersOf } from './carry-over.ts'

/** Chunks clustered at once; about 300 MB in this process and in the clustering one. */
export const MAX_CLUSTERED_CHUNKS = 100_000
/** Chunks assigned at once. */
const BATCH_CHUNKS = 16_384

interface AssignRestInput {
  readonly dimensions: number
  readonly ids: readonly string[]
  readonly paths: readonly string[]
  /** Unit vectors of the rows, concatenated. */
  readonly vectorsOf: (rows: readonly number[]) => Float32Array | Promise<Float32Array>
}

/** Evenly spaced rows: equal input gives an equal sample. */
export function sampleRows(count: number, limit: number): readonly number[] {
  return Array.from({ length: Math.min(count, limit) }, (_, i) => Math.floor((i * count) / Math.min(count, limit)))
}

/** Assigns every row to its nearest cluster, nearest rows first; labels stay. */
export async function assignRest(
  run: Run,
  workers: Workers,
  clusters: readonly Cluster[],
  { dimensions, ids, paths, vectorsOf }: AssignRestInput,
): Promise<readonly Cluster[]> {
  const coarse = clusters.filter(({ level }) => level === 0)
  const fine = coarse.flatMap(({ id }) => clusters.filter(({ level, parent }) => level === 1 && parent === id))
  const below = coarse.map(({ id }) => fine.filter(({ parent }) => parent === id).length)
  const index = {
    dimensions,
    routes: concatCentroids(coarse, dimensions),
    below,
    centroids: concatCentroids(fine, dimensions),
  }
  const first = new Map<string, number>()
  ids.forEach((id, row) => {
    if (!first.has(id)) first.set(id, row)
  })
  const rows = [...first.values()]
  const nearness = new Float32Array(ids.length)
  const members = fine.map((): number[] => [])
  for (let from = 0; from < rows.length; from += BATCH_CHUNKS) {
    run.report({ stage: 'cluster', done: from, total: rows.length })
    const batch = rows.slice(from, from + BATCH_CHUNKS)
    const found = await workers.assign(run, { ...index, vectors: await vectorsOf(batch) })
    batch.forEach((row, i) => {
      nearness[row] = found.nearness[i]!
      members[found.labels[i]!]!.push(row)
    })
  }
  const sorted = members.map((group) => group.sort((a, b) => nearness[b]! - nearness[a]! || a - b))
  const rowsOf = new Map(fine.map((cluster, i) => [cluster.id, sorted[i]!]))
  for (const { id } of coarse)
    rowsOf.set(
      id,
      fine.flatMap((one) => (one.parent === id ? rowsOf.get(one.id)! : [])),
    )
  return clusters.flatMap((cluster): Cluster[] => {
    const group = rowsOf.get(cluster.id)!
    if (group.length === 0) return []
    return [{ ...cluster, members: group.map((row) => ids[row]!), folders: foldersOf(group.map((row) => paths[row]!)) }]
  })
}

function concatCentroids(clusters: readonly Cluster[], dimensions: number): Float32Array {
  const all = new Float32Array(clusters.length * dimensions)
  clusters.forEach(({ centroid }, i) => {
    all.set(centroid, i * dimensions)
  })
  return all
}
