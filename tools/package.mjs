// Builds the extension for one platform and packs it as fovea-<target>-<version>.vsix, which may not be too large.
// Usage: npm run package [-- --target <platform as vsce names it>]
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createVSIX, listFiles, PackageManager } from '@vscode/vsce'

const MAX_MB = 90
const LISTED = 10
const cwd = join(import.meta.dirname, '..')
const { target } = parseArgs({
  options: { target: { type: 'string', default: `${process.platform}-${process.arch}` } },
}).values
const megabytes = (file) => statSync(file).size / 1e6

function build() {
  try {
    const args = [join(cwd, 'esbuild.mjs'), '--production', '--target', target]
    execFileSync(process.execPath, args, { stdio: 'inherit' })
  } catch {
    process.exit(1)
  }
}

build()
const { version } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'))
const packagePath = join(cwd, `fovea-${target}-${version}.vsix`)
await createVSIX({
  cwd,
  packagePath,
  target,
  dependencies: false,
  allowMissingRepository: true,
  rewriteRelativeLinks: false,
})
const files = (await listFiles({ cwd, packageManager: PackageManager.None }))
  .map((name) => [megabytes(join(cwd, name)), name])
  .sort(([a], [b]) => b - a)
const size = megabytes(packagePath)
console.log(`${packagePath}: ${size.toFixed(1)} MB, ${files.length} files, the largest (not compressed):`)
for (const [mb, name] of files.slice(0, LISTED)) console.log(`${mb.toFixed(1).padStart(8)} MB  ${name}`)
if (size > MAX_MB) {
  console.error(`The package is larger than ${MAX_MB} MB: leave files out with .vscodeignore, or make them smaller.`)
  process.exitCode = 1
}
