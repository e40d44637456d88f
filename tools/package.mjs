// Builds the extension for one platform and packs it as fovea-<target>-<version>.vsix, which has a size limit.
// Usage: npm run package [-- --target <vsce platform>] [--out <file>] [--built]; `--built` packs the existing dist/.
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createVSIX, listFiles, PackageManager } from '@vscode/vsce'

const MAX_MB = 90
/** Largest files listed. */
const MAX_LISTED = 10
const cwd = join(import.meta.dirname, '..')
const { target, out, built } = parseArgs({
  options: {
    target: { type: 'string', default: `${process.platform}-${process.arch}` },
    out: { type: 'string' },
    built: { type: 'boolean', default: false },
  },
}).values
const megabytes = (file) => statSync(file).size / 1e6

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}

if (!built) {
  const args = [join(cwd, 'esbuild.mjs'), '--production', '--target', target]
  if (spawnSync(process.execPath, args, { stdio: 'inherit' }).status !== 0) process.exit(1)
}
const { version } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'))
const packagePath = out ?? join(cwd, `fovea-${target}-${version}.vsix`)
await createVSIX({
  cwd,
  packagePath,
  target,
  dependencies: false,
  allowMissingRepository: true,
  rewriteRelativeLinks: false,
}).catch((error) => fail(error.message))
const files = (await listFiles({ cwd, packageManager: PackageManager.None }))
  .map((name) => [megabytes(join(cwd, name)), name])
  .sort(([a], [b]) => b - a)
const size = megabytes(packagePath)
console.log(`${packagePath}: ${size.toFixed(1)} MB, ${files.length} files, the largest (uncompressed):`)
for (const [mb, name] of files.slice(0, MAX_LISTED)) console.log(`${mb.toFixed(1).padStart(8)} MB  ${name}`)
if (size > MAX_MB) fail(`The package exceeds ${MAX_MB} MB: exclude files in .vscodeignore or make them smaller.`)
