// Runs a script under Node 24, the extension host's Node: this process if it is new enough, else the packaged binary.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
const packaged = [`node-${platform}`, `node-bin-${platform}`]
  .map((name) =>
    join(import.meta.dirname, '..', 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node'),
  )
  .find(existsSync)
const major = Number(process.versions.node.split('.')[0])
if (!packaged && major < 22) {
  console.error(`No Node 24 binary is packaged for ${platform}: install Node 22 or newer and run the command again.`)
  process.exit(1)
}
const child = spawn(packaged ?? process.execPath, ['--disable-warning=ExperimentalWarning', ...process.argv.slice(2)], {
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 1)))
