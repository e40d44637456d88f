/**
 * `fovea bench generate`: eight multi-file tasks in small projects, carried out by the configured model and judged by
 * hidden tests. Without a model only the tests are validated: each reference solution must pass and each mutant of it
 * must fail.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TokenBudget } from '../engine/engine.ts'
import type { Model } from '../engine/ports.ts'
import { DEFAULT_LIMITS, type GenerateResult } from '../engine/types/generation.ts'
import { stderrLog } from '../host/log.ts'
import { openWorkspace } from '../host/open.ts'
import {
  type BenchReport,
  type BenchSetting,
  type Cell,
  logProgress,
  NO_MODEL,
  Requests,
  runOf,
  type SubBench,
  shareOf,
} from './setting.ts'
import type { GenerateTask } from './task.ts'
import { TASKS } from './tasks.ts'

const TEST_TIMEOUT_MS = 120_000

type Files = GenerateTask['files']

export const generateBench: SubBench = {
  name: 'generate',
  summary:
    'tasks over several files, judged by tests nobody sees; without a model: are solutions passed and mutants failed',
  unit: 'tasks',
  items: TASKS.length,
  async measure(setting): Promise<BenchReport> {
    const chosen = TASKS.slice(0, setting.items)
    const missing = new Set(chosen.map(({ runtime }) => runtime).filter((name) => !isInstalled(name)))
    const tasks = chosen.filter(({ runtime }) => !missing.has(runtime))
    const requests = new Requests(setting)
    const judged = tasks.map((task) => ({ task, ...validateTests(setting, task) }))
    const rows: Cell[][] = []
    const failures = judged.flatMap(({ failures: all }) => all)
    for (const { task, solution, mutants } of judged) {
      const row: Cell[] = [task.name, task.runtime, solution ? 'passes' : 'FAILS', shareOf(mutants)]
      if (!setting.model) {
        rows.push([...row, null, null, null])
        continue
      }
      logProgress(`${task.name} …`)
      const { passed, met, tokens, complaint } = await attempt(setting, setting.model, requests, task)
      if (complaint) failures.push(`${task.name}: ${complaint}`)
      rows.push([...row, passed ? 'passes' : 'fails', met, tokens])
    }
    return {
      notes: [
        ...[...missing].map((name) => {
          const skipped = chosen.filter(({ runtime }) => runtime === name)
          return `${name} is not installed here: ${skipped.map((task) => task.name).join(', ')} not run`
        }),
        ...requests.notes,
        ...(setting.model ? [] : [NO_MODEL]),
      ],
      tables: [
        {
          title: 'Tasks',
          columns: [
            'task',
            'runs with',
            'reference solution',
            'mutants failed',
            'the model',
            'requirements met',
            'tokens',
          ],
          rows,
        },
      ],
      meaning:
        'The judge is sound when every reference solution passes and every mutant fails. Requirements met: share that the machine calls met; the hidden tests decide.',
      failures,
    }
  },
}

const isInstalled = (runtime: GenerateTask['runtime']): boolean =>
  runtime === 'node' || spawnSync(runtime, [runtime === 'go' ? 'version' : '--version']).status === 0

/** Checks that the hidden tests accept the reference solution and reject each mutant. */
function validateTests(setting: BenchSetting, task: GenerateTask) {
  const { solution, mutants } = task
  const passes = passesHiddenTests(setting, task, { ...task.files, ...solution })
  const failed = mutants.map(([path, find, instead]) => {
    const text = solution[path] ?? ''
    if (!text.includes(find)) throw new Error(`${task.name}: the mutant of ${path} changes nothing.`)
    return !passesHiddenTests(setting, task, { ...task.files, ...solution, [path]: text.replace(find, () => instead) })
  })
  const failures = [
    ...(passes ? [] : [`${task.name}: the reference solution fails`]),
    ...failed.flatMap((one, i) => (one ? [] : [`${task.name}: mutant ${i + 1} passes`])),
  ]
  return { solution: passes, mutants: failed, failures }
}

/** Writes the files and the hidden tests to a separate folder and runs the tests. An empty text means no file. */
function passesHiddenTests(
  { folder }: BenchSetting,
  { runtime, hidden, command }: GenerateTask,
  files: Files,
): boolean {
  const root = join(folder, 'judged')
  write(root, { ...files, ...hidden })
  const program = runtime === 'node' ? process.execPath : runtime
  const env = { ...process.env, PYTHONPATH: root, PYTHONDONTWRITEBYTECODE: '1' }
  return spawnSync(program, command, { cwd: root, env, timeout: TEST_TIMEOUT_MS, stdio: 'ignore' }).status === 0
}

function write(root: string, files: Files): void {
  rmSync(root, { recursive: true, force: true })
  for (const [path, text] of Object.entries(files)) {
    if (text === '' && !path.endsWith('__init__.py')) continue
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

/** Lets the model carry out the task; `complaint` says why it gave up, and is empty otherwise. */
async function attempt(setting: BenchSetting, model: Model, requests: Requests, task: GenerateTask) {
  const root = join(setting.folder, 'project')
  write(root, task.files)
  const engine = await openWorkspace([root], stderrLog)
  const options = {
    ...{
      model,
      limits: DEFAULT_LIMITS,
      budget: new TokenBudget(DEFAULT_LIMITS.tokens),
      unchecked: true,
      tests: false,
      command: null,
      fence: `f${setting.seed}`,
    },
    onEvent: () => {},
  }
  try {
    await engine.index(runOf(setting))
    const result = await requests.try(async () => {
      const plan = await engine.planGenerate(runOf(setting), task.task, options)
      return engine.generate(runOf(setting), plan, options)
    })
    if (!result) return { passed: false, met: 0, tokens: null, complaint: '' }
    const { plan, unmet, usage, error } = result
    return {
      passed: passesHiddenTests(setting, task, applyResult(task.files, result)),
      met: 1 - unmet.length / plan.requirements.length,
      tokens: usage ? String(usage.input + usage.output) : null,
      complaint: error,
    }
  } finally {
    await engine.close()
  }
}

function applyResult(files: Files, { changes }: GenerateResult): Files {
  const changed = new Map(Object.entries(files))
  for (const { path, from, after: text } of changes) {
    if (from) changed.delete(from)
    if (text === null) changed.delete(path)
    else changed.set(path, text)
  }
  return Object.fromEntries(changed)
}
