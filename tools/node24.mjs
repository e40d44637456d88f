// Runs a script under Node 24, the extension host's Node, as npm has installed it; where there is none, under this process's Node.
// FOVEA_NODE, the path of an executable, names another: CI tries other versions with it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const OLDEST = 22
const windows = process.platform === 'win32'
const platform = `${windows ? 'win' : process.platform}-${process.arch}`
const packaged = [`node-${platform}`, `node-bin-${platform}`]
  .map((name) => fileURLToPath(new URL(`../node_modules/${name}/bin/node${windows ? '.exe' : ''}`, import.meta.url)))
  .find(existsSync)
const runtime = process.env.FOVEA_NODE || packaged
if (!runtime && Number.parseInt(process.versions.node, 10) < OLDEST) {
  console.error(
    `Fovea needs Node ${OLDEST} or newer and this is Node ${process.versions.node}: install a newer one from nodejs.org, then run the command again.`,
  )
  process.exit(1)
}
const child = spawn(runtime ?? process.execPath, ['--disable-warning=ExperimentalWarning', ...process.argv.slice(2)], {
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 1)))
