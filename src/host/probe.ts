/**
 * Whether LanceDB's native module runs here. It may end the process (no AVX2, old C library), so a child tries it,
 * once for each machine and version.
 */
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

export interface Probe {
  readonly usable: boolean
  readonly reason: string
}

const TIME_LIMIT_MS = 20_000
const SCRIPT = `
const { connect } = require(process.argv[1])
const { mkdtempSync, rmSync } = require('node:fs')
const folder = mkdtempSync(require('node:path').join(require('node:os').tmpdir(), 'fovea-probe-'))
const run = async () => {
  const db = await connect(folder)
  const table = await db.createTable('probe', [{ key: 'a', vector: [1, 0] }, { key: 'b', vector: [0, 1] }])
  const [row] = await table.search([0, 1]).limit(1).toArray()
  if (row.key !== 'b') throw new Error('wrong answer')
}
run().then(() => 0, (error) => { console.error(error.message); return 1 })
  .then((code) => { rmSync(folder, { recursive: true, force: true }); process.exit(code) })
`

/** \`FOVEA_STORE=files\` in the environment chooses the fallback. */
export async function probeLance(home: string): Promise<Probe> {
  if (process.env.FOVEA_STORE === 'files') return { usable: false, reason: 'FOVEA_STORE=files' }
  const require = createRequire(import.meta.url)
  let path: string
  let key: string
  try {
    path = require.resolve('@lancedb/lancedb')
    // The package exports no package.json; it lies above the entry point.
    const { version } = require(join(path, '..', '..', 'package.json')) as { version: string }
    key = [process.platform, process.arch, process.versions.modules, version].join(' ')
  } catch {
    return { usable: false, reason: 'the module @lancedb/lancedb is not installed' }
  }
  const file = join(home, 'probe.json')
  const known = await readKnown(file)
  const held = known[key]
  if (held) return held
  const found = await runProbe(path)
  await mkdir(home, { recursive: true })
    .then(() => writeFile(file, `${JSON.stringify({ ...known, [key]: found }, null, 2)}\n`))
    // A cache that cannot be written is reported when the index is opened.
    .catch(() => {})
  return found
}

async function readKnown(file: string): Promise<Record<string, Probe>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, Probe>
  } catch {
    return {}
  }
}

function runProbe(path: string): Promise<Probe> {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
  return new Promise((done) => {
    execFile(process.execPath, ['-e', SCRIPT, path], { timeout: TIME_LIMIT_MS, env }, (error, _out, err) => {
      const last = err.trim().split('\n').at(-1) ?? ''
      const reason = error ? `LanceDB does not run here: ${last || error.signal || error.message}` : ''
      done({ usable: !error, reason })
    })
  })
}
