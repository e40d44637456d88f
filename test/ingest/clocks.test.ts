/** Files with odd modification times, and files that are written faster than they are read. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ParseJob } from '../../src/engine/ports.ts'
import { parseBatch } from '../../src/engine/worker.ts'
import { grammars } from '../../src/host/assets.ts'
import { openWorld } from '../engine.ts'
import { memoryFiles, testRun } from '../fixture.ts'

const DAY = 24 * 3600 * 1000
const YEAR = 365 * DAY

/** Two files below `/repo`, with the given modification times, seen at the given times. */
async function world() {
  const tree = new Map([
    ['/repo/a.ts', 'export function alpha() {}\n'],
    ['/repo/b.ts', 'export function beta() {}\n'],
  ])
  const state = { now: Date.now(), times: new Map<string, number>(), restless: new Set<string>(), read: [] as string[] }
  const files = {
    list: (folder: string) => memoryFiles(tree).list(folder),
    read: (path: string) => memoryFiles(tree).read(path),
    async stat(path: string) {
      const found = await memoryFiles(tree).stat(path)
      if (state.restless.has(path)) state.times.set(path, (state.times.get(path) ?? 0) + 1)
      return found && { ...found, mtime: state.times.get(path) ?? 0 }
    },
  }
  const opened = await openWorld('', {
    ports: {
      files,
      clock: { now: () => state.now, yieldTurn: async () => {} },
      workers: {
        async parse(_run, jobs: readonly ParseJob[], each) {
          state.read.push(...jobs.map(({ path }) => path))
          for (const result of (await parseBatch(files, grammars, jobs)).results) await each(result)
        },
        assign: async () => assert.fail('nothing is that large'),
        cluster: async () => [],
        syntax: async () => [],
      },
    },
  })
  /** What a run reads. */
  const read = async (later = 60_000) => {
    state.now += later
    state.read = []
    const report = await opened.index()
    return { ...report, read: state.read }
  }
  return { ...opened, tree, state, read }
}

test('a time in the future is checked twice, not for ever, and an edit is still noticed', async () => {
  const { state, tree, read, engine } = await world()
  state.times = new Map([
    ['/repo/a.ts', state.now + YEAR],
    ['/repo/b.ts', state.now - 90 * YEAR],
  ])
  assert.deepEqual((await read()).read, ['a.ts', 'b.ts'])
  assert.deepEqual((await read()).read, ['a.ts'])
  assert.deepEqual((await read()).read, [])
  state.times.set('/repo/a.ts', state.now + YEAR + 1)
  tree.set('/repo/a.ts', 'export function gamma() {}\n')
  assert.deepEqual((await read()).read, ['a.ts'])
  assert.deepEqual((await read()).read, ['a.ts'])
  assert.deepEqual((await read()).read, [])
  assert.equal((await engine.lookUp('gamma'))[0]?.path, 'a.ts')
})

test('setting the clock back between two runs hides no edit', async () => {
  const { state, tree, read, engine } = await world()
  state.times.set('/repo/a.ts', state.now)
  await read()
  tree.set('/repo/a.ts', 'export function gamma() {}\n')
  state.times.set('/repo/a.ts', state.now - DAY)
  assert.deepEqual((await read(-DAY)).read.includes('a.ts'), true)
  assert.equal((await engine.lookUp('gamma'))[0]?.path, 'a.ts')
})

test('a file that keeps changing stays at its last known state, and the reader is told', async () => {
  const { state, tree, read, engine } = await world()
  await read()
  state.restless.add('/repo/a.ts')
  tree.set('/repo/a.ts', 'export function alpha() { /* now */ }\n')
  const report = await read()
  assert.deepEqual([report.files, report.skipped, report.complete], [2, [], true])
  assert.equal((await engine.lookUp('alpha'))[0]?.path, 'a.ts')
  const answer = await engine.ask(testRun(), { text: 'alpha', budgets: [500] })
  assert.match(answer.summary, /^A matching file has changed since it was indexed: ask again in a moment/)
  state.restless.clear()
  assert.deepEqual((await read()).read, ['a.ts'])
  const { notes } = await engine.context(testRun(), { text: 'alpha', budgets: [500] })
  assert.deepEqual(notes, [])
})
