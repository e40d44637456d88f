/** `fovea bench centroids` on a small repository: pruned search finds a subset of what exact search finds. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { benchCentroids } from '../../src/bench/centroids.ts'
import { buildVectorIndex, denseIndexOf } from '../../src/engine/measure.ts'
import { loadEmbedding } from '../../src/host/embedder-weights.ts'
import { fails, ok, temporaryFolder, workspace } from '../cli/cli.ts'
import { openWorld } from '../engine.ts'

const TOPICS = 'sockets colours invoices parsers calendars threads matrices passwords'.split(' ')
const VERBS = 'open close merge count print'.split(' ')
/** Eight files of five functions, each long enough to be its own chunk. */
const REPOSITORY = TOPICS.flatMap((topic) => [
  `//- /src/${topic}.ts`,
  ...VERBS.flatMap((verb) => [
    `/** Makes the ${topic} of today ready for whoever wants to ${verb} something. */`,
    `export function ${verb}All(${topic}: string[]) {`,
    ...VERBS.flatMap((other) => [1, 2, 3, 4].map((n) => `  ${topic}.${verb}(${n}, '${other} ${verb} ${topic}')`)),
    '}',
  ]),
]).join('\n')

test('without pruning, search is exact; with pruning, recall is no higher and fewer chunks are scanned', async () => {
  const embedding = await loadEmbedding({ warn: (_, message) => assert.fail(message) })
  const { engine, index } = await openWorld(REPOSITORY, { ports: { embedding } })
  await index()
  const { signal } = new AbortController()
  const { chunks, clusters, questions, rows, lancedb, notes } = await benchCentroids(engine, temporaryFolder(), signal)
  assert.equal(questions, 40)
  assert.ok(chunks >= 40 && clusters > 1)
  assert.deepEqual(
    rows.map(({ pruned }) => pruned),
    [0, 50, 70, 80, 90, 95],
  )
  assert.equal(rows[0]!.chunks, chunks)
  assert.deepEqual(rows[0]!.recall, [1, 1])
  rows.slice(1).forEach((row, i) => {
    const before = rows[i]!
    assert.equal(row.chunks, Math.ceil((chunks * (100 - row.pruned)) / 100))
    row.recall.forEach((share, depth) => {
      assert.ok(share > 0 && share <= before.recall[depth]!, `${row.pruned} %: ${share}`)
    })
  })

  assert.deepEqual(lancedb, [])
  assert.match(notes.join(), /LanceDB does not run here \(test\)/)

  const dense = await denseIndexOf(engine)
  assert.ok(dense)
  const query = dense.embed('invoices that are to be merged')
  const all = dense.nearest(query, chunks)
  const exact = dense.cosines(query, all)
  dense.heldCosines(query, all).forEach((score, i) => {
    assert.ok(Math.abs(score - exact[i]!) < 1e-6)
  })
  const half = dense.nearest(query, chunks >> 1)
  const pruned = dense.cosines(query, half)
  assert.deepEqual(
    pruned,
    exact.map((score, i) => (half.includes(i) ? score : 0)),
  )
})

test('LanceDB finds the same when it probes every partition, and reports how many chunks it scanned', async () => {
  const vectors = Array.from({ length: 300 }, (_, i) =>
    Float32Array.from({ length: 32 }, (_, d) => Math.sin((i + 1) * (d + 1))),
  )
  const rows = vectors.map((vector, row) => [row, vector] as const)
  const cosine = (a: Float32Array, b: Float32Array) => {
    const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, d) => sum + value * y[d]!, 0)
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
  }
  const query = vectors[7]!
  const exact = [...vectors.keys()].sort((a, b) => cosine(query, vectors[b]!) - cosine(query, vectors[a]!)).slice(0, 10)
  for (const kind of ['IVF_FLAT', 'IVF_PQ'] as const) {
    const index = await buildVectorIndex(temporaryFolder(), kind, rows, 32)
    const all = await index.nearest(query, 10, index.partitions)
    if (kind === 'IVF_FLAT') assert.deepEqual(all, exact)
    assert.equal(all.length, 10)
    assert.equal(index.bytesOf, kind === 'IVF_FLAT' ? 128 : 2)
    assert.equal(await index.looked(query, 10, index.partitions), 300)
    const some = await index.looked(query, 10, 2)
    assert.ok(some > 0 && some < 300, `${some}`)
    index.close()
  }
})

test('the command prints the table, or says why there is none', async () => {
  const { run } = workspace(REPOSITORY)
  const { out } = await ok(run(['bench', 'centroids']))
  assert.match(out, /^\d+ chunks, \d+ clusters, 40 questions/)
  assert.match(out, /^ {3}0 % +\d+ +[\d.]+ +1\.000 +1\.000 .* 1\.00 .* 1\.00$/m)
  assert.match(out, /^LanceDB IVF_FLAT, \d+ partitions/m)
  assert.match(out, /^ {2}50 % .* \d+$/m)
  await fails(
    workspace('//- /a.ts\nlet a = 1').run(['bench', 'centroids']),
    1,
    /No function or class has documentation/,
  )
})
