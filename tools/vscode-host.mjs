// Installs the VS Code that the tests run in (Linux x64): code-server from npm, once, into .vscode-test/host/.
// Usage: node tools/vscode-host.mjs; prints the path of its entry point.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const manifestFolder = join(root, 'test', 'vscode', 'host')
const hosts = join(root, '.vscode-test', 'host')
const NPM = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']

/** Returns the host's entry point. Each lock file has its own folder, which is moved into place once it is complete. */
function installHost() {
  const lock = readFileSync(join(manifestFolder, 'package-lock.json'))
  const host = join(hosts, createHash('sha256').update(lock).digest('hex').slice(0, 12))
  const entry = join(host, 'node_modules', 'code-server', 'out', 'node', 'entry.js')
  if (existsSync(entry)) return entry
  const started = performance.now()
  process.stderr.write('Installing VS Code for the tests (once, about 600 MB) …\n')
  mkdirSync(hosts, { recursive: true })
  const partial = mkdtempSync(join(hosts, 'partial-'))
  try {
    cpSync(manifestFolder, partial, { recursive: true })
    npm('ci', partial)
    // The server's own modules, which code-server's install script would install. Not `ci`: its lock file is
    // incomplete.
    npm('install', join(partial, 'node_modules', 'code-server', 'lib', 'vscode'))
    renameSync(partial, host)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    // Another run may have finished first.
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
    `VS Code for the tests could not be installed: check the connection to the package registry and run the tests again (${why}).`,
  )
}

try {
  console.log(installHost())
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
