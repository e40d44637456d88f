// Installs the VS Code that the tests run in (Linux x64): code-server from npm, once, into .vscode-test/host/.
// Usage: node tools/vscode-host.mjs; prints where its entry point lies.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const wanted = join(root, 'test', 'vscode', 'host')
const place = join(root, '.vscode-test', 'host')
const NPM = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']

/** The entry point of the installed host; each lock file has a folder of its own, which appears when it is whole. */
function installHost() {
  const lock = readFileSync(join(wanted, 'package-lock.json'))
  const host = join(place, createHash('sha256').update(lock).digest('hex').slice(0, 12))
  const entry = join(host, 'node_modules', 'code-server', 'out', 'node', 'entry.js')
  if (existsSync(entry)) return entry
  const started = performance.now()
  process.stderr.write('Installing VS Code for the tests (once, about 600 MB) …\n')
  mkdirSync(place, { recursive: true })
  const making = mkdtempSync(join(place, 'making-'))
  try {
    cpSync(wanted, making, { recursive: true })
    npm('ci', making)
    // The server's own modules, which code-server would compile after its installation; its lock file is not complete.
    npm('install', join(making, 'node_modules', 'code-server', 'lib', 'vscode'))
    renameSync(making, host)
  } catch (error) {
    rmSync(making, { recursive: true, force: true })
    // Another run may have been first.
    if (!existsSync(entry)) throw error
  }
  process.stderr.write(`Installed in ${Math.round((performance.now() - started) / 1000)} s.\n`)
  return entry
}

function npm(command, cwd) {
  const { status, error, stderr } = spawnSync('npm', [command, ...NPM], { cwd, stdio: 'pipe', encoding: 'utf8' })
  if (status === 0) return
  const why = error?.message ?? stderr.trim().split('\n').slice(0, 4).join('; ')
  throw new Error(
    `VS Code for the tests cannot be installed: connect to the package registry and run the tests again (${why}).`,
  )
}

try {
  console.log(installHost())
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
