/** Clusters: a partition at two levels, deterministic, and stable under small changes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { carryOverClusters } from '../../src/engine/ingest/embed/carry-over.ts'
import { assignVectors, clusterChunks } from '../../src/engine/ingest/embed/kmeans.ts'
import { assignRest, sampleRows } from '../../src/engine/ingest/embed/sample.ts'
import type { ClusterInput, Workers } from '../../src/engine/ports.ts'
import type { Cluster } from '../../src/engine/types/cluster.ts'
import { testRun } from '../fixture.ts'

const D = 16

/** n points around `topics` directions, round robin by topic. */
function input(n: number, topics: number, seed = 1): ClusterInput {
  let state = seed
  const random = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return state / 0x7fffffff - 0.5
  }
  const centers = Array.from({ length: topics }, (_, t) =>
    Float32Array.from({ length: D }, (_v, d) => Math.sin(t * 7.3 + d * (t + 1))),
  )
  const vectors = new Float32Array(n * D)
  for (let i = 0; i < n; i++) {
    const row = vectors.subarray(i * D, (i + 1) * D)
    for (let d = 0; d < D; d++) row[d] = (centers[i % topics]?.[d] ?? 0) + 0.1 * random()
    const length = Math.hypot(...row) || 1
    for (let d = 0; d < D; d++) row[d]! /= length
  }
  const rows = Array.from({ length: n }, (_, i) => i)
  return {
    seed: 42,
    dimensions: D,
    vectors,
    ids: rows.map((i) => `c${i}`),
    paths: rows.map((i) => `src/topic${i % topics}/f${i}.ts`),
    lines: rows.map((i) => i + 1),
    names: rows.map((i) => `name${i}`),
    words: rows.map((i) => [`topic${i % topics}`, 'common']),
  }
}

test('each level is a partition, every fine cluster has a parent, and cards are correct', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 99 }),
      (n, topics, seed) => {
        const clusterInput = input(n, topics, seed)
        const clusters = clusterChunks(testRun(), clusterInput)
        for (const level of [0, 1]) {
          const members = clusters.filter((cluster) => cluster.level === level).flatMap((cluster) => cluster.members)
          assert.deepEqual([...members].sort(), [...clusterInput.ids].sort())
        }
        const coarse = new Set(clusters.filter(({ level }) => level === 0).map(({ id }) => id))
        for (const { level, parent, members, medoid, label, centroid, folders } of clusters) {
          assert.ok(level === 0 ? parent === -1 : coarse.has(parent))
          const at = clusterInput.ids.indexOf(members[0]!)
          assert.deepEqual(medoid, {
            path: clusterInput.paths[at],
            line: clusterInput.lines[at],
            name: clusterInput.names[at],
          })
          assert.ok(label.length > 0 && Math.abs(Math.hypot(...centroid) - 1) < 1e-4)
          assert.equal(
            folders.reduce((sum, [, count]) => sum + count, 0),
            members.length,
          )
        }
      },
    ),
    { numRuns: 30 },
  )
})

test('about one fine cluster per twenty chunks and one coarse per five fine ones; topics stay apart', () => {
  const clusters = clusterChunks(testRun(), input(2000, 5))
  const fine = clusters.filter(({ level }) => level === 1)
  const coarse = clusters.filter(({ level }) => level === 0)
  assert.ok(fine.length >= 50 && fine.length <= 100, `${fine.length} fine clusters`)
  assert.ok(coarse.length >= 8 && coarse.length <= 20, `${coarse.length} coarse clusters`)
  const pure = fine.filter(({ folders }) => folders.length === 1).length
  assert.ok(pure >= 0.95 * fine.length, `${pure} of ${fine.length} hold one topic`)
  assert.ok(coarse.every(({ label }) => label[0]?.startsWith('topic')))
})

test('equal input gives equal output', () => {
  assert.deepEqual(clusterChunks(testRun(), input(500, 4)), clusterChunks(testRun(), input(500, 4)))
})

test('a small change moves nothing and keeps the ids; a large one triggers a refit', async () => {
  const first = clusterChunks(testRun(), input(1000, 5))
  const owner = (clusters: readonly Cluster[]) =>
    new Map(
      clusters.filter(({ level }) => level === 1).flatMap(({ id, members }) => members.map((member) => [member, id])),
    )
  const carry = (clusterInput: ClusterInput) => {
    let asked = 0
    const vectorsOf = (rows: readonly number[]) => {
      asked += rows.length
      return Float32Array.from(rows.flatMap((row) => [...clusterInput.vectors.subarray(row * D, (row + 1) * D)]))
    }
    return carryOverClusters(first, clusterInput, vectorsOf).then((clusters) => ({ clusters, asked: asked }))
  }
  const same = await carry(input(1000, 5))
  assert.deepEqual([same.clusters, same.asked], [first, 0])
  const more = await carry(input(1010, 5))
  const after = owner(more.clusters!)
  assert.ok([...owner(first)].every(([member, id]) => after.get(member) === id))
  assert.equal(after.size, 1010)
  const { asked } = await carry(input(1001, 5))
  assert.ok(asked < 300, `${asked} vectors for one new chunk`)
  const clusterInput = input(990, 5)
  const fewer = await carry(clusterInput)
  for (const level of [0, 1]) {
    const members = fewer.clusters!.filter((cluster) => cluster.level === level).flatMap((cluster) => cluster.members)
    assert.deepEqual([...members].sort(), [...clusterInput.ids].sort())
  }
  for (const { members, medoid } of fewer.clusters!) assert.equal(medoid.name, `name${members[0]!.slice(1)}`)
  assert.equal((await carry(input(3000, 7, 5))).clusters, null)
})

test('handles no chunks, one chunk, identical chunks and zero vectors', () => {
  assert.deepEqual(clusterChunks(testRun(), input(0, 1)), [])
  assert.equal(clusterChunks(testRun(), input(1, 1)).length, 2)
  const alike = input(100, 1)
  const same = { ...alike, vectors: alike.vectors.map((_, i) => alike.vectors[i % D]!) }
  const zeros = { ...alike, vectors: new Float32Array(100 * D) }
  for (const clusterInput of [same, zeros]) {
    const fine = clusterChunks(testRun(), clusterInput).filter(({ level }) => level === 1)
    assert.equal(fine.flatMap(({ members }) => members).length, 100)
  }
})

test('stops when aborted', () => {
  const run = { signal: AbortSignal.abort(), report: () => {} }
  assert.throws(() => clusterChunks(run, input(2000, 3)), { name: 'AbortError' })
})

test('with very many chunks clusters a sample, and assigns every chunk to its nearest cluster', async () => {
  const all = input(3000, 7)
  const rows = sampleRows(3000, 600)
  assert.equal(new Set(rows).size, 600)
  const of = <T>(list: readonly T[]) => rows.map((row) => list[row]!)
  const vectorsOf = (wanted: readonly number[]) => {
    const vectors = new Float32Array(wanted.length * D)
    wanted.forEach((row, i) => {
      vectors.set(all.vectors.subarray(row * D, (row + 1) * D), i * D)
    })
    return vectors
  }
  const sampled = {
    ids: of(all.ids),
    paths: of(all.paths),
    lines: of(all.lines),
    names: of(all.names),
    words: of(all.words),
  }
  const clusters = clusterChunks(testRun(), { ...all, ...sampled, vectors: vectorsOf(rows) })
  const workers = {
    assign: async (run, clusterInput) => assignVectors(run, clusterInput),
  } as Partial<Workers> as Workers
  const ids = all.ids.map((id, row) => (row === 2999 ? all.ids[0]! : id))
  const spread = await assignRest(testRun(), workers, clusters, { dimensions: D, ids, paths: all.paths, vectorsOf })
  for (const level of [0, 1]) {
    const members = spread.filter((one) => one.level === level).flatMap((one) => one.members)
    assert.deepEqual([...members].sort(), [...new Set(ids)].sort())
  }
  const fine = spread.filter(({ level }) => level === 1)
  let nearest = 0
  for (const { members, centroid, parent } of fine) {
    assert.ok(
      spread.some((one) => one.level === 0 && one.id === parent && members.every((id) => one.members.includes(id))),
    )
    const cosine = (id: string, to: Float32Array) => {
      const at = all.ids.indexOf(id) * D
      return to.reduce((sum, value, d) => sum + value * all.vectors[at + d]!, 0)
    }
    const near = members.map((id) => cosine(id, centroid))
    for (let i = 1; i < near.length; i++) assert.ok(near[i - 1]! >= near[i]! - 1e-5)
    nearest += members.filter((id, i) => fine.every((one) => cosine(id, one.centroid) <= near[i]! + 1e-5)).length
  }
  assert.ok(nearest > 0.95 * 2999, `${nearest} of 2999`)
})
