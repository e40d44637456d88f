// Runs every test file below test/ under this Node and says how many passed; skipped tests are failures.
// Two at a time: one lane starts with those that take longest, the other with those that need nothing built.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { prepareBrowser } from '../test/browser.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'test')
/** These run inside the editor, and inhost.test.ts reports each of them. */
const INSIDE = join('vscode', 'inhost') + sep
/** They run what is in dist/; the longest come first, so that neither lane waits for the other at the end. */
const BUILT = ['vscode', 'cli', 'server', 'mcp']
/** It installs what is shipped. */
const WALK = join('vscode', 'journey.test.ts')
/** What waits for ever is a failure, too. */
const LIMIT = '--test-timeout=240000'
const scratch = mkdtempSync(join(tmpdir(), 'fovea-run-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }))
const env = {
  ...process.env,
  // A bundle is compiled once, and not by each of the some hundred processes.
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(scratch, 'compiled'),
  FOVEA_TEST_VSIX: join(scratch, 'fovea.vsix'),
}
const wanted = process.argv.slice(2)
/** Their place in line: what needs nothing built comes last. */
const rank = (name) => BUILT.findIndex((part) => name.startsWith(part + sep)) >>> 0
const files = readdirSync(folder, { recursive: true })
  .filter((name) => name.endsWith('.test.ts') && !name.startsWith(INSIDE))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
const queue = [...files]
let passed = 0
let failed = 0

if (files.some((name) => /^(vscode|webview)\b/.test(name))) await prepareBrowser()
/** What is shipped lies in dist/ already after `npm test`; after another build it is built for this. */
const packed = files.includes(WALK) ? pack() : Promise.resolve()
await Promise.all([lane(() => queue.shift()), lane(() => queue.pop())])
process.stdout.write(`${passed} passed, ${failed} failed in ${files.length} files\n`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

async function pack() {
  const built = existsSync(join(root, 'dist', 'cli.js.map')) ? [] : ['--built']
  const { output, status } = await run([join(root, 'tools', 'package.mjs'), ...built, '--out', env.FOVEA_TEST_VSIX])
  if (status === 0) return
  process.stdout.write(output)
  failed++
}

async function lane(next) {
  for (let name = next(); name !== undefined; name = next()) {
    if (rank(name) < BUILT.length) await packed
    const { output, status } = await run(['--test', '--test-reporter=tap', LIMIT, join(folder, name)])
    const count = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(output)?.[1] ?? 0)
    const bad = count('fail') + count('cancelled') + count('skipped') + count('todo')
    if (bad > 0 || status !== 0) process.stdout.write(output.replace(/^( *)ok .*\n( *---\n(.*\n)*? *\.\.\.\n)?/gm, ''))
    passed += count('pass')
    failed += status === 0 ? bad : Math.max(bad, 1)
  }
}

function run(args) {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (data) => {
    output += data
  })
  return new Promise((done) => child.on('close', (status) => done({ output, status })))
}
