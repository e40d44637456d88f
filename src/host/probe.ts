/**
 * Tests whether LanceDB's native module runs here. It may crash the process (no AVX2, old C library), so a child
 * process tries it, once per machine and build of the module.
 */
import { execFile } from 'node:child_process'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assets } from './assets.ts'

export interface Probe {
  readonly usable: boolean
  readonly reason: string
}

const TIME_LIMIT_MS = 20_000
const SCRIPT = `
const { openLance } = require(process.argv[1])
const { mkdtempSync, rmSync } = require('node:fs')
const folder = mkdtempSync(require('node:path').join(require('node:os').tmpdir(), 'fovea-probe-'))
const run = async () => {
  const rows = await openLance(folder)
  await rows.add([{ key: 'a', payload: Buffer.from('one') }, { key: 'b', payload: Buffer.from('two') }])
  await rows.addVectors('probe', new Map([['a', Float32Array.of(1, 0)], ['b', Float32Array.of(0, 1)]]))
  const found = new Map()
  for await (const [key, payload] of rows.get(['b'])) found.set(key, payload)
  const vectors = await rows.vectors('probe', ['b'])
  if (Buffer.from(found.get('b') ?? []).toString() !== 'two' || vectors.get('b')?.[1] !== 1) throw new Error('wrong answer')
}
run().then(() => 0, (error) => { console.error(error.message); return 1 })
  .then((code) => { rmSync(folder, { recursive: true, force: true }); process.exit(code) })
`

/** `FOVEA_STORE=files` in the environment selects the fallback. */
export async function probeLance(home: string, limitMs = TIME_LIMIT_MS): Promise<Probe> {
  if (process.env.FOVEA_STORE === 'files') return { usable: false, reason: 'FOVEA_STORE=files' }
  const native = await stat(join(assets, 'native', 'lancedb.node')).catch(() => null)
  const platform = `${process.platform} ${process.arch}`
  if (!native) return { usable: false, reason: `Fovea was built without LanceDB for ${platform}` }
  const key = `${platform} ${process.versions.modules} ${native.size}`
  const file = join(home, 'probe.json')
  const stored = await readStored(file)
  const previous = stored[key]
  if (previous) return previous
  const { probe, timedOut } = await runProbe(join(assets, 'lance.js'), limitMs)
  // A busy machine says nothing about the next run.
  if (timedOut) return probe
  await mkdir(home, { recursive: true })
    .then(() => writeFile(file, `${JSON.stringify({ ...stored, [key]: probe }, null, 2)}\n`))
    // A cache that cannot be written is reported when the index is opened.
    .catch(() => {})
  return probe
}

async function readStored(file: string): Promise<Record<string, Probe>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, Probe>
  } catch {
    return {}
  }
}

function runProbe(path: string, limitMs: number): Promise<{ readonly probe: Probe; readonly timedOut: boolean }> {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
  return new Promise((resolve) => {
    execFile(process.execPath, ['-e', SCRIPT, path], { timeout: limitMs, env }, (error, _out, err) => {
      const timedOut = error?.killed === true
      const lastLine = err.trim().split('\n').at(-1)
      const cause = timedOut ? `no answer within ${limitMs / 1000} s` : lastLine || error?.signal || error?.message
      resolve({ probe: { usable: !error, reason: error ? `LanceDB does not run here: ${cause}` : '' }, timedOut })
    })
  })
}
