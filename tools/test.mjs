// Runs every test file below test/ under this Node and says how many passed; skipped tests are failures.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '..', 'test')
const wanted = process.argv.slice(2)
const files = readdirSync(folder, { recursive: true })
  .filter((name) => name.endsWith('.test.ts') && (wanted.length === 0 || wanted.some((part) => name.includes(part))))
  .sort()
  .map((name) => join(folder, name))
const { stdout, status } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', ...files], {
  encoding: 'utf8',
  maxBuffer: 1 << 28,
  stdio: ['ignore', 'pipe', 'inherit'],
})
const count = (name) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(stdout)?.[1] ?? 0)
const failed = count('fail') + count('cancelled') + count('skipped') + count('todo')
if (failed > 0 || status !== 0) process.stdout.write(stdout.replace(/^( *)ok .*\n( *---\n(.*\n)*? *\.\.\.\n)?/gm, ''))
process.stdout.write(`${count('pass')} passed, ${failed} failed in ${files.length} files\n`)
process.exitCode = failed > 0 || status !== 0 || count('pass') === 0 ? 1 : 0
