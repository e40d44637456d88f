/**
 * Clusters of the last run → clusters of this one, when little changed: new chunks join the nearest fine cluster, and
 * only clusters that gained or lost members are recomputed. Ids and labels stay, so that views stay stable.
 */

import type { ClusterInput } from '../../ports.ts'
import { unit } from '../../text/embedding.ts'
import type { Cluster } from '../../types/cluster.ts'
import { fineTarget } from './kmeans.ts'

/** If a larger share changed, clusters are refitted. */
const REFIT_SHARE = 0.1

type ChunkColumns = Pick<ClusterInput, 'ids' | 'paths' | 'lines' | 'names' | 'dimensions'>

/** Unit vectors of the rows, concatenated. */
type VectorsOf = (rows: readonly number[]) => Float32Array | Promise<Float32Array>

/** null when the previous clusters no longer fit. */
export async function carryOverClusters(
  previous: readonly Cluster[],
  columns: ChunkColumns,
  vectorsOf: VectorsOf,
): Promise<readonly Cluster[] | null> {
  const d = columns.dimensions
  // Copies share an id and count once.
  const rows = new Map<string, number>()
  columns.ids.forEach((id, row) => {
    if (!rows.has(id)) rows.set(id, row)
  })
  const fine = previous.filter(({ level }) => level === 1)
  const target = fineTarget(rows.size)
  if (fine.length * 2 < target || fine.length > target * 2) return null
  if (previous.some(({ centroid }) => centroid.length !== d)) return null
  const members = new Map(fine.map((cluster) => [cluster, cluster.members.filter((id) => rows.has(id))] as const))
  const touched = new Set(fine.filter((cluster) => members.get(cluster)!.length < cluster.members.length))
  const known = new Set(fine.flatMap((cluster) => cluster.members))
  const fresh = [...rows.keys()].filter((id) => !known.has(id))
  const remaining = [...members.values()].reduce((sum, { length }) => sum + length, 0)
  if (fresh.length + known.size - remaining > REFIT_SHARE * rows.size) return null

  const vectors = await vectorsOf(fresh.map((id) => rows.get(id)!))
  fresh.forEach((id, i) => {
    const vector = vectors.subarray(i * d, (i + 1) * d)
    const nearness = fine.map(({ centroid }) => dot(centroid, vector))
    const nearest = fine[nearness.indexOf(Math.max(...nearness))]!
    members.get(nearest)!.push(id)
    touched.add(nearest)
  })
  const recomputed = await recomputeClusters(
    [...touched].map((cluster) => members.get(cluster)!),
    rows,
    vectorsOf,
    d,
  )
  const fineNow = new Map(fine.map((cluster) => [cluster, recomputed.get(members.get(cluster)!) ?? cluster] as const))
  return previous.flatMap((cluster): Cluster[] => {
    const now = cluster.level === 1 ? fineNow.get(cluster)! : mergeFine(cluster, fine, fineNow, d)
    const row = rows.get(now.members[0] ?? '')
    if (row === undefined) return []
    return [
      {
        ...cluster,
        ...{ members: now.members, centroid: now.centroid },
        medoid: { path: columns.paths[row]!, line: columns.lines[row]!, name: columns.names[row]! },
        folders: foldersOf(now.members.map((id) => columns.paths[rows.get(id)!]!)),
      },
    ]
  })
}

type ClusterMembers = Pick<Cluster, 'members' | 'centroid'>

/**
 * Each group with its mean direction, nearest members first. All vectors at once, because those of a file are adjacent.
 */
async function recomputeClusters(
  groups: readonly (readonly string[])[],
  rows: ReadonlyMap<string, number>,
  vectorsOf: VectorsOf,
  d: number,
): Promise<ReadonlyMap<readonly string[], ClusterMembers>> {
  const ids = groups.flat().sort((a, b) => rows.get(a)! - rows.get(b)!)
  const vectors = await vectorsOf(ids.map((id) => rows.get(id)!))
  const offsets = new Map(ids.map((id, i) => [id, i * d] as const))
  const vectorOf = (id: string) => vectors.subarray(offsets.get(id)!, offsets.get(id)! + d)
  return new Map(
    groups.map((group) => {
      const centroid = new Float32Array(d)
      for (const id of group) {
        const vector = vectorOf(id)
        for (let i = 0; i < d; i++) centroid[i]! += vector[i]!
      }
      unit(centroid)
      const nearness = new Map(group.map((id) => [id, dot(centroid, vectorOf(id))] as const))
      return [group, { centroid, members: [...group].sort((a, b) => nearness.get(b)! - nearness.get(a)!) }]
    }),
  )
}

/** A coarse cluster from its fine ones: those that remain keep their order, and its direction is their mean. */
function mergeFine(
  cluster: Cluster,
  fine: readonly Cluster[],
  now: ReadonlyMap<Cluster, ClusterMembers>,
  d: number,
): ClusterMembers {
  const parts = fine.filter(({ parent }) => parent === cluster.id).map((one) => now.get(one)!)
  const added = new Set(parts.flatMap(({ members }) => members))
  const stays = cluster.members.filter((id) => added.has(id))
  if (stays.length === cluster.members.length && added.size === stays.length) return cluster
  for (const id of stays) added.delete(id)
  const centroid = new Float32Array(d)
  for (const part of parts) for (let i = 0; i < d; i++) centroid[i]! += part.members.length * part.centroid[i]!
  unit(centroid)
  return { centroid, members: [...stays, ...added] }
}

/** Folders with the number of paths in them, most frequent first. */
export function foldersOf(paths: readonly string[]): [string, number][] {
  const counts = new Map<string, number>()
  for (const path of paths) {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
