/** The worker processes: every file gets a result, and a crashing process costs one file. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ParseJob, ParseResult } from '../../src/engine/ports.ts'
import { unpackRecord } from '../../src/engine/store/store.ts'
import { paceAt } from '../../src/host/pace.ts'
import { poolWorkers } from '../../src/host/workers.ts'
import { testRun } from '../fixture.ts'

async function parse(jobs: readonly ParseJob[], script?: string): Promise<ParseResult[]> {
  const results: ParseResult[] = []
  await poolWorkers(script).parse(testRun(), jobs, (result) => {
    results.push(result)
  })
  return results.sort((a, b) => (a.path < b.path ? -1 : 1))
}

test('returns records, and reports a missing file as unreadable', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-workers-'))
  writeFileSync(join(folder, 'a.ts'), 'export function alpha() {}\n')
  const jobs = ['a.ts', 'none.ts'].map((path) => ({ path, file: join(folder, path) }))
  const [a, none] = await parse(jobs)
  assert.ok(a && 'packed' in a && unpackRecord(a.packed.bytes).symbols[0]?.name === 'alpha')
  assert.ok(none && 'failure' in none && none.failure === 'unreadable')
  const again = await parse([{ ...jobs[0]!, known: a.packed.key }])
  assert.ok(again[0] && 'same' in again[0])
  rmSync(folder, { recursive: true })
})

test('a crashing process loses only the file that caused it', async () => {
  const names = [...Array.from({ length: 99 }, (_, i) => `ok${i}.ts`), 'bad.ts']
  const jobs = names.map((path) => ({ path, file: `/${path}` }))
  const results = await parse(jobs, join(import.meta.dirname, 'crashing-tasks.ts'))
  assert.equal(results.length, 100)
  const failed = results.filter((result) => 'failure' in result && result.failure === 'parser failed')
  assert.deepEqual(
    failed.map(({ path }) => path),
    ['bad.ts'],
  )
})

test('stops at once when aborted', async () => {
  const run = { signal: AbortSignal.abort(), report: () => {} }
  await assert.rejects(
    poolWorkers().parse(run, [{ path: 'a.ts', file: '/a.ts' }], () => {}),
    { name: 'AbortError' },
  )
})

test('parses one file at a time while the user types', async () => {
  const jobs = Array.from({ length: 120 }, (_, i) => ({ path: `${i}.ts`, file: `/gone/${i}.ts` }))
  let together = 0
  let most = 0
  const pool = poolWorkers(undefined, () => paceAt({ typing: true, battery: false, shortOfMemory: false }, 4))
  await pool.parse({ signal: new AbortController().signal, report: () => {} }, jobs, async () => {
    most = Math.max(most, ++together)
    await new Promise((resolve) => setTimeout(resolve, 1))
    together--
  })
  assert.equal(most, 1)
})
