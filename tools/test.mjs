// Runs every test file below test/ under this Node and says how many passed; skipped tests are failures.
//
//   test.mjs [--fast] [--folder <folder>] [<part of a name> …]
//
// --fast leaves out what needs a build, a browser or an editor; --folder is where the tests are, instead of test/.
// FOVEA_TEST_LIMIT: a file that has no result for so many seconds (210) is ended; a test may take six sevenths of it,
// and ends its file, too.
//
// Two at a time: one lane starts with those that take longest, the other with those that need nothing built.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { parseArgs } from 'node:util'
import { endGroup, endTree } from '../test/children.ts'

const { values: options, positionals: wanted } = parseArgs({
  options: { fast: { type: 'boolean' }, folder: { type: 'string' } },
  allowPositionals: true,
})
const root = join(import.meta.dirname, '..')
const folder = options.folder ?? join(root, 'test')
/** These run inside the editor, and inhost.test.ts reports each of them. */
const INSIDE = join('vscode', 'inhost') + sep
/** They run what is in dist/; the longest come first, so that neither lane waits for the other at the end. */
const BUILT = ['vscode', 'cli', 'server', 'mcp']
const SLOW = [...BUILT, 'webview', 'bench']
/** So do others, by way of these. */
const RUNS_BUILT = /from '\.\.\/(cli\/cli|server\/wire|\.\.\/src\/host\/probe)\.ts'/
/** It installs what is shipped. */
const WALK = join('vscode', 'journey.test.ts')
/** A hang is a failure: a hanging test is reported by its name, a file that blocks by the file's. */
const LIMIT_MS = 1000 * Number(process.env.FOVEA_TEST_LIMIT || 210)
const TEST_LIMIT = `--test-timeout=${Math.round((LIMIT_MS * 6) / 7)}`
/** Downloads from npm are slow. */
const PREPARE_MS = 1_800_000
/** How long to wait for a process that left its group and keeps the pipe of an ended file open. */
const PIPE_MS = 5000
const SLOWEST = 5
/** A line of TAP that says how a test ended. */
const RESULT = /^ *(?:not )?ok \d+ - (.*)$/gm
/** What it says of one that took too long. */
const HUNG = "failureType: 'testTimeoutFailure'"
const running = new Set()
const scratch = mkdtempSync(join(tmpdir(), 'fovea-run-'))
process.on('exit', () => {
  for (const pid of running) endTree(pid)
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })
})
// A terminal's Ctrl-C does not reach groups of their own.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130))
const env = {
  ...process.env,
  // A bundle is compiled once, and not by each of the some hundred processes.
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(scratch, 'compiled'),
  FOVEA_TEST_VSIX: join(scratch, 'fovea.vsix'),
}
/** Their place in line: what needs nothing built comes last. */
const rank = (name) => BUILT.findIndex((part) => name.startsWith(part + sep)) >>> 0
const isFast = (name) =>
  !SLOW.some((part) => name.startsWith(part + sep)) && !RUNS_BUILT.test(readFileSync(join(folder, name), 'utf8'))
const files = readdirSync(folder, { recursive: true })
  .filter((name) => name.endsWith('.test.ts') && !name.startsWith(INSIDE))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .filter((name) => !options.fast || isFast(name))
  .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
const queue = [...files]
const took = []
let passed = 0
let failed = 0

if (files.some((name) => /^(vscode|webview)\b/.test(name))) await (await import('../test/browser.ts')).prepareBrowser()
// Once, so that no test waits for it; if it fails, the tests that need it report that.
if (files.some((name) => name.startsWith(`vscode${sep}`)) && process.platform === 'linux' && process.arch === 'x64')
  await run([join(root, 'tools', 'vscode-host.mjs')], PREPARE_MS)
/** After `npm test` the production build is in dist/ already; after another build it is made for this. */
const packed = files.includes(WALK) ? pack() : Promise.resolve()
await Promise.all([lane(() => queue.shift()), lane(() => queue.pop())])
for (const { name, ms } of took.sort((a, b) => b.ms - a.ms).slice(0, SLOWEST))
  process.stdout.write(`${(ms / 1000).toFixed(1).padStart(6)} s  ${name}\n`)
process.stdout.write(`${passed} passed, ${failed} failed in ${files.length} files\n`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

async function pack() {
  const built = existsSync(join(root, 'dist', 'cli.js.map')) ? [] : ['--built']
  const args = [join(root, 'tools', 'package.mjs'), ...built, '--out', env.FOVEA_TEST_VSIX]
  const { output, status } = await run(args, PREPARE_MS)
  if (status === 0) return
  process.stdout.write(output)
  failed++
}

async function lane(next) {
  for (let name = next(); name !== undefined; name = next()) {
    if (rank(name) < BUILT.length) await packed
    const { output, status, ms, stopped } = await run(['--test-reporter=tap', TEST_LIMIT, join(folder, name)], LIMIT_MS)
    took.push({ name, ms })
    const count = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(output)?.[1] ?? 0)
    const bad = count('fail') + count('cancelled') + count('skipped') + count('todo')
    passed += count('pass')
    failed += status === 0 ? bad : Math.max(bad, 1)
    if (bad === 0 && status === 0) continue
    process.stdout.write(`${name}:\n${output.replace(/^( *)ok .*\n( *---\n(.*\n)*? *\.\.\.\n)?/gm, '')}`)
    if (stopped) process.stdout.write(`${name} was stopped: ${stopped}.\n`)
  }
}

/** Runs it in its own process group, which ends with it, or `limitMs` after its last result. */
function run(args, limitMs) {
  const began = performance.now()
  const stdio = ['ignore', 'pipe', 'inherit']
  const child = spawn(process.execPath, args, { env, stdio, detached: process.platform !== 'win32' })
  running.add(child.pid)
  let output = ''
  let last = 'the start'
  let stopped = ''
  const stop = (why) => {
    stopped = why
    endTree(child.pid)
  }
  const limit = setTimeout(() => stop(`no result for ${limitMs / 1000} s after ${last}`), limitMs)
  child.stdout.setEncoding('utf8').on('data', (data) => {
    output += data
    if (data.includes(HUNG)) stop('a test did not end')
    for (const [, test] of data.matchAll(RESULT)) {
      last = `“${test}”`
      limit.refresh()
    }
  })
  child.on('exit', () => {
    clearTimeout(limit)
    running.delete(child.pid)
    endGroup(child.pid)
    setTimeout(() => child.stdout.destroy(), PIPE_MS).unref()
  })
  return new Promise((done) =>
    child.on('close', (status) => done({ output, status, ms: performance.now() - began, stopped })),
  )
}
