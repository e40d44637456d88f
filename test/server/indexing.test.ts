/** When a question waits for the index. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine, Report } from '../../src/engine/engine.ts'
import type { Run } from '../../src/engine/model/run.ts'
import { Indexing } from '../../src/server/indexing.ts'

/** Runs go on until they are let go. */
function held() {
  const runs: { readonly run: Run; readonly end: () => void }[] = []
  const index = (run: Run) =>
    new Promise<Report>((resolve) => {
      runs.push({ run, end: () => resolve({ parsed: 1, fetched: 0, removed: 0, reused: 1 } as Report) })
    })
  const engine = { index, status: async () => ({ files: 3 }) } as unknown as Engine
  const listener = { state: () => {}, changed: () => {}, edited: () => {}, failed: assert.fail }
  return { runs, indexing: new Indexing(engine, listener, { fallback: '', restricted: false, paused: false }) }
}

const isDone = async (wait: Promise<void>) => Promise.race([wait.then(() => true), sleep(20).then(() => false)])

test('a question waits for a change, not for the first index and not for a branch that is checked out', async () => {
  const { runs, indexing } = held()
  await indexing.open()
  assert.equal(await isDone(indexing.fresh()), true)
  runs[0]!.end()
  await sleep(1)
  indexing.doubt()
  const small = indexing.fresh()
  await sleep(1)
  runs[1]!.run.report({ stage: 'parse', done: 0, total: 1 })
  runs[1]!.run.report({ stage: 'link', done: 0, total: 400 })
  assert.equal(indexing.state.phase, 'indexing')
  const other = indexing.fresh()
  assert.deepEqual([await isDone(small), await isDone(other)], [false, false])
  runs[1]!.end()
  await small
  await sleep(1)
  // What runs may have passed what changed since: another look follows.
  runs[2]?.end()
  await other
  indexing.doubt()
  const large = indexing.fresh()
  await sleep(1)
  runs.at(-1)!.run.report({ stage: 'parse', done: 0, total: 5000 })
  assert.equal(await isDone(indexing.fresh()), true)
  runs.at(-1)!.end()
  await large
  await indexing.close()
})
