// Runs a script under Node 24, the version of the extension host, from the npm package; without that package, under the
// current Node. FOVEA_NODE, the path of an executable, overrides both; CI uses it to test other versions.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const MIN_NODE = 22
const isWindows = process.platform === 'win32'
const platform = `${isWindows ? 'win' : process.platform}-${process.arch}`
const packaged = [`node-${platform}`, `node-bin-${platform}`]
  .map((name) => fileURLToPath(new URL(`../node_modules/${name}/bin/node${isWindows ? '.exe' : ''}`, import.meta.url)))
  .find(existsSync)
const runtime = process.env.FOVEA_NODE || packaged
if (!runtime && Number.parseInt(process.versions.node, 10) < MIN_NODE) {
  console.error(
    `Fovea needs Node ${MIN_NODE} or newer, but this is Node ${process.versions.node}: install a newer version from nodejs.org and run the command again.`,
  )
  process.exit(1)
}
const child = spawn(runtime ?? process.execPath, ['--disable-warning=ExperimentalWarning', ...process.argv.slice(2)], {
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 1)))
