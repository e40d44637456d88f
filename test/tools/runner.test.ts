/** The test runner: it ends, names the file that hung, and leaves nothing running. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

const runner = join(import.meta.dirname, '../../tools/test.mjs')
const HEAD = `
  import { spawn } from 'node:child_process'
  import { writeFileSync } from 'node:fs'
  import { test } from 'node:test'
  const later = () => new Promise((done) => setTimeout(done, 50))
  const start = (detached: boolean) => {
    const { pid } = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'inherit', detached })
    writeFileSync(import.meta.filename + '.pid', String(pid))
  }
`
const FILES = {
  'blocks.test.ts': "test('is fine', () => {}); test('blocks', async () => { start(true); await later(); for (;;); })",
  'fails.test.ts': "test('fails', () => { start(false); throw new Error('no') })",
  'hangs.test.ts': "test('hangs', () => { start(false); return new Promise(() => {}) })",
}

const isAlive = (pid: string) => /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' }).stdout)

test('ends files that hang, with all they started, and reports each by name as a failure', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-runner-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), HEAD + text)
  const env = { ...process.env, FOVEA_TEST_LIMIT: '4' }
  const { stdout, status } = spawnSync(process.execPath, [runner, '--folder', folder], { encoding: 'utf8', env })
  assert.equal(status, 1)
  assert.match(stdout, /^blocks\.test\.ts was stopped: no result for 4 s after “is fine”\.$/m)
  assert.match(stdout, /^not ok 1 - fails$[\s\S]*^fails\.test\.ts was stopped: no result for 4 s after “fails”\.$/m)
  assert.match(
    stdout,
    /^not ok 1 - hangs$[\s\S]*^ {2}error: 'test timed out after \d+ms'$[\s\S]*^hangs\.test\.ts was stopped: a test did not end\.$/m,
  )
  assert.match(stdout, /\n0 passed, 3 failed in 3 files\n$/)
  const pids = readdirSync(folder).filter((name) => name.endsWith('.pid'))
  assert.equal(pids.length, 3)
  for (const name of pids) while (isAlive(readFileSync(join(folder, name), 'utf8'))) await sleep(10)
})
