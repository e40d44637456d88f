/** A large index is opened in slices that yield to other work. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld } from '../engine.ts'
import { testRun } from '../fixture.ts'

test('aborting a question while the index opens ends it at once, and the next question does not open it again', async () => {
  let hold: Promise<void> = Promise.resolve()
  let turns = 0
  let time = Date.now()
  const turn = () => {
    turns++
    return hold
  }
  const { engine, index, tree } = await openWorld('', { ports: { clock: { now: () => ++time, yieldTurn: turn } } })
  for (let i = 0; i < 600; i++) tree.set(`/f${i}.ts`, `export function name${i}() {}\n`)
  await index()
  const paused = Promise.withResolvers<void>()
  hold = paused.promise
  turns = 0
  const stop = new AbortController()
  const [stopped, other] = ['name1', 'name599'].map((text, i) =>
    engine.context({ ...testRun(), ...(i === 0 ? { signal: stop.signal } : {}) }, { text, budgets: [500] }),
  )
  while (turns === 0) await new Promise((resolve) => setImmediate(resolve))
  stop.abort()
  await assert.rejects(stopped!, { name: 'AbortError' })
  paused.resolve()
  assert.equal((await other!).hits[0]?.path, 'f599.ts')
  const once = turns
  // Opening twice took 32.
  assert.ok(once > 10 && once < 30, `${once} turns`)
  await engine.context(testRun(), { text: 'name5', budgets: [500] })
  assert.equal(turns, once)
})
