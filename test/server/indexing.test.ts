/** When a question waits for the index. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Engine, IndexReport } from '../../src/engine/engine.ts'
import type { Run } from '../../src/engine/types/run.ts'
import { IndexScheduler } from '../../src/server/indexing.ts'
import { stopClock } from '../clock.ts'

/** An indexing stub whose runs last until the test ends them. */
function openHeldIndexing() {
  const runs: { readonly run: Run; readonly end: () => void }[] = []
  const index = (run: Run) =>
    new Promise<IndexReport>((resolve) => {
      runs.push({ run, end: () => resolve({ parsed: 1, fetched: 0, removed: 0, reused: 1 } as IndexReport) })
    })
  const engine = { index, status: async () => ({ files: 3 }) } as unknown as Engine
  const listener = { state: () => {}, changed: () => {}, edited: () => {}, failed: assert.fail }
  return { runs, indexing: new IndexScheduler(engine, listener, { fallback: null, restricted: false, paused: false }) }
}

/** Whether `wait` settles without any time passing. */
const isDone = async (wait: Promise<void>) => Promise.race([wait.then(() => true), setImmediate(false)])

test('a question waits for a change, but not for the first index or a branch switch', async () => {
  const { runs, indexing } = openHeldIndexing()
  await indexing.open()
  assert.equal(await isDone(indexing.waitUntilCurrent()), true)
  runs[0]!.end()
  await setImmediate()
  indexing.markDirty()
  const small = indexing.waitUntilCurrent()
  await setImmediate()
  runs[1]!.run.report({ stage: 'parse', done: 0, total: 1 })
  runs[1]!.run.report({ stage: 'link', done: 0, total: 400 })
  assert.equal(indexing.state.phase, 'indexing')
  const other = indexing.waitUntilCurrent()
  assert.deepEqual([await isDone(small), await isDone(other)], [false, false])
  runs[1]!.end()
  await small
  await setImmediate()
  // A run may have missed a change behind it, so another one follows.
  runs[2]?.end()
  await other
  indexing.markDirty()
  const large = indexing.waitUntilCurrent()
  await setImmediate()
  runs.at(-1)!.run.report({ stage: 'parse', done: 0, total: 5000 })
  assert.equal(await isDone(indexing.waitUntilCurrent()), true)
  runs.at(-1)!.end()
  await large
  await indexing.close()
})

const HOUR = 3_600_000

function openCountedIndexing(run: () => Promise<IndexReport>, edit = async () => true) {
  const counts = { runs: 0, failures: 0 }
  const index = () => {
    counts.runs++
    return run()
  }
  const engine = { index, applyEdits: edit, status: async () => ({ files: 3 }) } as unknown as Engine
  const failed = () => void counts.failures++
  const listener = { state: () => {}, changed: () => {}, edited: () => {}, failed }
  return {
    counts,
    indexing: new IndexScheduler(engine, listener, { fallback: null, restricted: false, paused: false }),
  }
}

const small = async () => ({ parsed: 1, fetched: 0, removed: 0, reused: 1 }) as IndexReport

test('indexing runs on time even if the clock is set back', async (t) => {
  const clock = stopClock(t)
  const { counts, indexing } = openCountedIndexing(small)
  await indexing.open()
  await indexing.waitUntilCurrent()
  const { runs } = counts
  clock.wall -= HOUR
  indexing.scheduleRun()
  await clock.pass(450)
  assert.equal(counts.runs, runs + 1, 'waits for the clock')
  await indexing.close()
})

test('edits are applied at once; a question triggers a run if the last one is old by either clock', async (t) => {
  const clock = stopClock(t)
  const { counts, indexing } = openCountedIndexing(small)
  await indexing.open()
  await indexing.waitUntilCurrent()
  for (const change of [{ wall: 31_000 }, { steady: 31_000 }, { wall: HOUR }, { wall: -HOUR, steady: 31_000 }]) {
    const { runs } = counts
    indexing.scheduleEdit('/repo/a.ts')
    await indexing.waitUntilCurrent()
    assert.equal(counts.runs, runs, 'an edit takes no run')
    clock.wall += change.wall ?? 0
    clock.steady += change.steady ?? 0
    await indexing.waitUntilCurrent()
    assert.equal(counts.runs, runs + 1, JSON.stringify(change))
  }
  await indexing.close()
})

test('a run during which the machine slept for hours does not delay the next one for days', async (t) => {
  const clock = stopClock(t)
  const { counts, indexing } = openCountedIndexing(async () => {
    if (counts.runs === 2) clock.wall += 8 * HOUR
    return small()
  })
  await indexing.open()
  await indexing.waitUntilCurrent()
  indexing.markDirty()
  await indexing.waitUntilCurrent()
  clock.wall += 11 * 60_000
  const { runs } = counts
  indexing.scheduleRun()
  await clock.pass(450)
  assert.equal(counts.runs, runs + 1)
  await indexing.close()
})

test('a persistent failure is logged once and retried after a rest, and edits are still applied', async (t) => {
  const clock = stopClock(t)
  let appliedEdits = 0
  const fail = async (): Promise<IndexReport> => {
    if (counts.runs === 1) return small()
    clock.steady += 100
    throw new Error('full')
  }
  const { counts, indexing } = openCountedIndexing(fail, async () => {
    appliedEdits++
    return true
  })
  await indexing.open()
  await setImmediate()
  indexing.markDirty()
  indexing.scheduleEdit('/repo/a.ts')
  await indexing.waitUntilCurrent()
  await indexing.waitUntilCurrent()
  assert.deepEqual([indexing.state.phase, appliedEdits, counts.failures], ['failed', 2, 1])
  const { runs } = counts
  indexing.scheduleRun()
  await clock.pass(600)
  assert.equal(counts.runs, runs, 'no rest after a failure')
  await clock.pass(300)
  assert.equal(counts.runs, runs + 1, 'never tried again')
  await indexing.close()
})

test('a workspace that never stops changing is still indexed', async (t) => {
  const clock = stopClock(t)
  const { counts, indexing } = openCountedIndexing(small)
  await indexing.open()
  await indexing.waitUntilCurrent()
  const { runs } = counts
  for (let i = 0; i < 8; i++) {
    indexing.scheduleRun()
    clock.steady += 5000
    await clock.pass(5)
  }
  assert.ok(counts.runs > runs)
  await indexing.close()
})
