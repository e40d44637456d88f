// Runs every test file below test/ under this Node and says how many passed; skipped tests are failures.
// Those that start VS Code run last.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, sep } from 'node:path'

const folder = join(import.meta.dirname, '..', 'test')
const editor = join(folder, 'vscode')
/** These run inside the editor, and inhost.test.ts reports each of them. */
const inside = join(editor, 'inhost')
const wanted = process.argv.slice(2)
/** What waits for ever is a failure, too. */
const LIMIT = '--test-timeout=240000'
const files = readdirSync(folder, { recursive: true })
  .filter((name) => name.endsWith('.test.ts') && (wanted.length === 0 || wanted.some((part) => name.includes(part))))
  .sort()
  .map((name) => join(folder, name))
  .filter((file) => !file.startsWith(inside + sep))
let passed = 0
let failed = 0
const isWalk = (file) => file.endsWith('journey.test.ts')
run(files.filter((file) => !file.startsWith(editor)))
// This one builds what is shipped into dist/, which the others run from.
run(files.filter(isWalk))
run(files.filter((file) => file.startsWith(editor) && !isWalk(file)))
process.stdout.write(`${passed} passed, ${failed} failed in ${files.length} files\n`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

function run(list) {
  if (list.length === 0) return
  const { stdout, status } = spawnSync(
    process.execPath,
    ['--test', '--test-reporter=tap', LIMIT, '--test-concurrency=2', ...list],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const count = (name) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(stdout)?.[1] ?? 0)
  const bad = count('fail') + count('cancelled') + count('skipped') + count('todo')
  if (bad > 0 || status !== 0) process.stdout.write(stdout.replace(/^( *)ok .*\n( *---\n(.*\n)*? *\.\.\.\n)?/gm, ''))
  passed += count('pass')
  failed += status === 0 ? bad : Math.max(bad, 1)
}
