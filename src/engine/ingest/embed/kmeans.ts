/**
 * Chunk vectors → two levels of clusters with cards, by spherical k-means (Dhillon & Modha 2001) started by k-means++
 * (Arthur & Vassilvitskii 2007). Large numbers of centroids are fitted and searched below a few routes (vocabulary
 * tree, Nistér & Stewénius 2006). Pure, deterministic arithmetic for a worker; it embeds and stores nothing.
 */

import type { AssignInput, Assignments, ClusterInput } from '../../ports.ts'
import type { Cluster } from '../../types/cluster.ts'
import type { Run } from '../../types/run.ts'

/** Fine clusters per chunk (5 %), and the most there are. */
const FINE_SHARE = 0.05
const FINE_LIMIT = 4096
/** Fine clusters per coarse one, so that coarse ones are 1 % of the chunks. */
const FAN = 5
const ITERATIONS = 6
/** Passes across neighbouring routes after each route was fitted by itself. */
const REFINEMENTS = 1
/** Iteration stops when no larger share of the rows moves. */
const STEADY_SHARE = 0.02
/** Rows fitted per centroid, and per route; the others are only assigned. */
const ROWS_PER_CENTROID = 16
const ROWS_PER_ROUTE = 64
/** Up to this many centroids, every row is compared with each. */
const FLAT_LIMIT = 128
/** Nearest routes searched for a row. */
const PROBES = 3
const LABEL_WORDS = 5

type Rows = ArrayLike<number>

interface Points {
  readonly run: Run
  /** Unit vectors of `d` components, concatenated. */
  readonly x: Float32Array
  readonly d: number
  readonly random: () => number
}

/** Centroids grouped by route: those of route r are `starts[r]` … `starts[r + 1]`. */
interface Index {
  readonly routes: Float32Array
  readonly starts: readonly number[]
  readonly centroids: Float32Array
}

/** The fine cluster of every row, the coarse cluster of every fine one, and their ids. */
interface Structure {
  readonly labels: Int32Array
  readonly parents: Rows
  readonly fineIds: readonly number[]
  readonly coarseIds: readonly number[]
}

/** Coarse clusters, then fine ones; empty when there are no chunks. */
export function clusterChunks(run: Run, input: ClusterInput): readonly Cluster[] {
  const points = { run, x: input.vectors, d: input.dimensions, random: seededRandom(input.seed) }
  const rows = distinctRows(input.ids)
  if (rows.length === 0) return []
  run.report({ stage: 'cluster', done: 0, total: rows.length })
  const { labels, parents, fineIds, coarseIds } = fitLevels(points, rows)
  const coarseLabels = labels.map((label) => parents[label] ?? -1)
  const coarse = describeClusters(points, input, {
    rows,
    labels: coarseLabels,
    placeOf: (i) => ({ id: coarseIds[i]!, level: 0, parent: -1 }),
  })
  const parentOf = (i: number) => coarseIds[parents[i]!]!
  const fine = describeClusters(points, input, {
    rows,
    labels,
    placeOf: (i) => ({ id: fineIds[i]!, level: 1, parent: parentOf(i) }),
  })
  run.report({ stage: 'cluster', done: rows.length, total: rows.length })
  return [...coarse, ...fine]
}

/** Searches below the nearest routes only. */
export function assignVectors(
  run: Run,
  { dimensions: d, vectors: x, routes, below, centroids }: AssignInput,
): Assignments {
  const labels = new Int32Array(x.length / d).fill(-1)
  const rows = labels.map((_, row) => row)
  assignRows({ run, x, d }, { routes, starts: prefixSums(below), centroids }, rows, labels)
  return { labels, nearness: Float32Array.from(rows, (row) => dot(x, row, centroids, labels[row]!, d)) }
}

/** mulberry32: a small seeded generator of numbers in [0, 1). */
function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** First row of each id: copies share an id and count once. */
function distinctRows(ids: readonly string[]): number[] {
  const seen = new Set<string>()
  return ids.flatMap((id, row) => (seen.size === seen.add(id).size ? [] : [row]))
}

/** Number of fine clusters for this many chunks. */
export const fineTarget = (chunks: number): number => Math.min(FINE_LIMIT, Math.ceil(FINE_SHARE * chunks))

function fitLevels(points: Points, rows: readonly number[]): Structure {
  const { d, x } = points
  const k = fineTarget(rows.length)
  const index = fitFine(points, drawRows(rows, ROWS_PER_CENTROID * k, points.random), k)
  const labels = new Int32Array(x.length / d).fill(-1)
  assignRows(points, index, rows, labels)
  const all = Int32Array.from({ length: index.centroids.length / d }, (_, i) => i)
  const fine = { ...points, x: index.centroids }
  const coarse = kMeans(fine, all, Math.ceil(all.length / FAN))
  const parents = new Int32Array(all.length)
  assignRows(fine, flatIndex(coarse, d), all, parents)
  const coarseIds = Array.from({ length: coarse.length / d }, (_, i) => i)
  return { labels, parents, coarseIds, fineIds: Array.from(all, (i) => coarseIds.length + i) }
}

/** Few centroids: k-means over all rows. Many: routes, k-means below each, then passes across neighbouring routes. */
function fitFine(points: Points, rows: readonly number[], k: number): Index {
  const { x, d } = points
  if (k <= FLAT_LIMIT) return flatIndex(kMeans(points, rows, k), d)
  const routeCount = Math.round(Math.sqrt(k))
  const routes = kMeans(points, drawRows(rows, ROWS_PER_ROUTE * routeCount, points.random), routeCount)
  const labels = new Int32Array(x.length / d).fill(-1)
  assignRows(points, flatIndex(routes, d), rows, labels)
  const groups = Array.from({ length: routes.length / d }, (): number[] => [])
  for (const row of rows) groups[labels[row]!]!.push(row)
  const parts = groups.map((group) => kMeans(points, group, Math.round((k * group.length) / rows.length)))
  const index = { routes, starts: prefixSums(parts.map(({ length }) => length / d)), centroids: concat(parts) }
  for (let pass = 0; pass < REFINEMENTS; pass++) {
    assignRows(points, index, rows, labels)
    moveCentroids(points, rows, labels, index.centroids)
  }
  return index
}

/** Unit centroids of at most k clusters, none empty; fewer when the rows have fewer directions. */
function kMeans(points: Points, rows: Rows, k: number): Float32Array {
  const { x, d } = points
  const centroids = firstCentroids(points, rows, k)
  const labels = new Int32Array(x.length / d).fill(-1)
  let counts: readonly number[] = []
  for (let pass = 0; pass < ITERATIONS; pass++) {
    if (assignRows(points, flatIndex(centroids, d), rows, labels) <= STEADY_SHARE * rows.length) break
    counts = moveCentroids(points, rows, labels, centroids)
  }
  return concat(counts.flatMap((count, i) => (count > 0 ? [centroids.subarray(i * d, (i + 1) * d)] : [])))
}

/** k-means++: draws a row with a probability proportional to its distance from the rows drawn before. */
function firstCentroids({ x, d, random, run }: Points, rows: Rows, k: number): Float32Array {
  const centroids = new Float32Array(Math.min(k, rows.length) * d)
  const distance = Float64Array.from(rows, (row) => (dot(x, row, x, row, d) > 0 ? 1 : 0))
  for (let count = 0; count * d < centroids.length; count++) {
    run.signal.throwIfAborted()
    const total = distance.reduce((a, b) => a + b, 0)
    if (total === 0 && count > 0) return centroids.slice(0, count * d)
    let left = random() * total
    let pick = distance.findIndex((far) => {
      left -= far
      return far > 0 && left < 0
    })
    if (pick < 0)
      pick = Math.max(
        0,
        distance.findLastIndex((far) => far > 0),
      )
    centroids.set(x.subarray(rows[pick]! * d, (rows[pick]! + 1) * d), count * d)
    normalise(centroids, count, d)
    for (let i = 0; i < rows.length; i++) {
      const far = 1 - dot(x, rows[i]!, centroids, count, d)
      distance[i] = far < 1e-6 ? 0 : Math.min(distance[i]!, far)
    }
  }
  return centroids
}

/** Writes the nearest centroid of each row, searched below its nearest routes, and returns how many labels changed. */
function assignRows(
  { run, x, d }: Omit<Points, 'random'>,
  { routes, starts, centroids }: Index,
  rows: Rows,
  labels: Int32Array,
): number {
  const count = starts.length - 1
  const scores = new Float64Array(centroids.length / d)
  const routeScores = new Float64Array(count)
  let changed = 0
  for (let i = 0; i < rows.length; i++) {
    if (i % 1024 === 0) run.signal.throwIfAborted()
    const row = rows[i]!
    if (count > 1) dots(x, row, routes, 0, count, d, routeScores)
    let label = -1
    for (let probe = 0; probe < count && (probe < PROBES || label < 0); probe++) {
      const route = count > 1 ? indexOfMax(routeScores, 0, count) : 0
      const [from, to] = [starts[route]!, starts[route + 1]!]
      routeScores[route] = -Infinity
      dots(x, row, centroids, from, to, d, scores)
      const at = indexOfMax(scores, from, to)
      if (from < to && (label < 0 || scores[at]! > scores[label]!)) label = at
    }
    if (labels[row] !== label) changed++
    labels[row] = label
  }
  return changed
}

/** Moves each centroid to the mean direction of its rows; one without rows or mean stays. */
function moveCentroids({ x, d }: Points, rows: Rows, labels: Int32Array, centroids: Float32Array): number[] {
  const means = new Float32Array(centroids.length)
  const counts = new Array<number>(centroids.length / d).fill(0)
  for (let i = 0; i < rows.length; i++) {
    const [from, to] = [rows[i]! * d, labels[rows[i]!]! * d]
    for (let t = 0; t < d; t++) means[to + t]! += x[from + t]!
    counts[to / d]!++
  }
  for (let i = 0; i < counts.length; i++)
    if (normalise(means, i, d)) centroids.set(means.subarray(i * d, (i + 1) * d), i * d)
  return counts
}

type Place = Pick<Cluster, 'id' | 'level' | 'parent'>

interface Labelling {
  readonly rows: readonly number[]
  /** Cluster of each row. */
  readonly labels: Int32Array
  readonly placeOf: (cluster: number) => Place
}

/** Each cluster that has members, with its label, medoid and folders. */
function describeClusters(points: Points, input: ClusterInput, { rows, labels, placeOf }: Labelling) {
  const { x, d } = points
  const groups: number[][] = []
  for (const row of rows) {
    const group = groups[labels[row]!]
    if (group) group.push(row)
    else groups[labels[row]!] = [row]
  }
  const centroids = new Float32Array(groups.length * d)
  moveCentroids(points, rows, labels, centroids)
  const labelOf = typicalWords(input, groups)
  return groups.flatMap((group, i): Cluster[] => {
    const nearness = new Map(group.map((row) => [row, dot(x, row, centroids, i, d)]))
    const sorted = group.toSorted((a, b) => nearness.get(b)! - nearness.get(a)! || a - b)
    const [path, line, name] = [input.paths[sorted[0]!]!, input.lines[sorted[0]!]!, input.names[sorted[0]!]!]
    const folders = tally(group.map((row) => input.paths[row]!.replace(/(^|\/)[^/]*$/, '')))
    return [
      {
        ...placeOf(i),
        members: sorted.map((row) => input.ids[row]!),
        centroid: centroids.slice(i * d, (i + 1) * d),
        label: labelOf(group),
        medoid: { path, line, name },
        folders: byCount(folders),
      },
    ]
  })
}

/**
 * Class-based tf-idf (BERTopic, Grootendorst 2022): frequency in the cluster × ln(1 + mean cluster size / frequency in
 * all).
 */
function typicalWords({ words }: ClusterInput, groups: readonly (readonly number[])[]) {
  const all = tally(groups.flat().flatMap((row) => words[row]!))
  let total = 0
  for (const count of all.values()) total += count
  const mean = total / Math.max(1, Object.keys(groups).length)
  return (group: readonly number[]): string[] => {
    const scores = tally(group.flatMap((row) => words[row]!))
    for (const [word, count] of scores) scores.set(word, count * Math.log(1 + mean / all.get(word)!))
    return byCount(scores)
      .slice(0, LABEL_WORDS)
      .map(([word]) => word)
  }
}

function tally(items: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return counts
}

const byCount = (counts: ReadonlyMap<string, number>): [string, number][] =>
  [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))

/** At most `size` of the rows, drawn without replacement (Fisher-Yates). */
function drawRows(rows: readonly number[], size: number, random: () => number): readonly number[] {
  if (rows.length <= size) return rows
  const drawn = [...rows]
  for (let i = 0; i < size; i++) {
    const j = i + Math.floor(random() * (drawn.length - i))
    ;[drawn[i], drawn[j]] = [drawn[j]!, drawn[i]!]
  }
  return drawn.slice(0, size)
}

/** Prefix sums, starting at 0. */
function prefixSums(lengths: readonly number[]): number[] {
  const starts = [0]
  for (const length of lengths) starts.push(starts.at(-1)! + length)
  return starts
}

function concat(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    result.set(part, at)
    at += part.length
  }
  return result
}

/** All centroids below a single route. */
const flatIndex = (centroids: Float32Array, d: number): Index => ({
  routes: centroids,
  starts: [0, centroids.length / d],
  centroids,
})

/** Scales a row to unit length; false when it has no direction. */
function normalise(x: Float32Array, row: number, d: number): boolean {
  const length = Math.sqrt(dot(x, row, x, row, d))
  if (!(length > 1e-12)) return false
  for (let t = row * d; t < (row + 1) * d; t++) x[t]! /= length
  return true
}

/** Dot product of two rows. Takes positional arguments, like `dots`: an object per call would slow the inner loop. */
function dot(a: Float32Array, i: number, b: Float32Array, j: number, d: number): number {
  const [from, to] = [i * d, j * d]
  let sum = 0
  for (let t = 0; t < d; t++) sum += a[from + t]! * b[to + t]!
  return sum
}

/**
 * Dot products of a row with centroids `from` … `to`, four at a time, so that each component of the row is loaded once
 * per four centroids.
 */
function dots(x: Float32Array, row: number, c: Float32Array, from: number, to: number, d: number, out: Float64Array) {
  const at = row * d
  let j = from
  for (; j + 3 < to; j += 4) {
    let [p, q, r, s] = [0, 0, 0, 0]
    for (let t = 0, k = j * d; t < d; t++, k++) {
      const value = x[at + t]!
      p += value * c[k]!
      q += value * c[k + d]!
      r += value * c[k + 2 * d]!
      s += value * c[k + 3 * d]!
    }
    out[j] = p
    out[j + 1] = q
    out[j + 2] = r
    out[j + 3] = s
  }
  for (; j < to; j++) out[j] = dot(x, row, c, j, d)
}

/** Index of the largest value; the first of equal ones. */
function indexOfMax(values: Float64Array, from: number, to: number): number {
  let best = from
  for (let i = from + 1; i < to; i++) if (values[i]! > values[best]!) best = i
  return best
}
