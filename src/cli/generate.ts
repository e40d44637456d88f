/**
 * `fovea generate`: carries out a task over many files, step by step with a check after each, and prints a patch or
 * applies it. Also manages earlier runs: `--runs`, `--export`, `--forget`, `--undo`, `--resume`.
 */
import { randomBytes } from 'node:crypto'
import { readFile, realpath } from 'node:fs/promises'
import { text as readText } from 'node:stream/consumers'
import manifest from '../../package.json' with { type: 'json' }
import {
  diskPathAt,
  type Engine,
  type GenerateOptions,
  parsePlan,
  patchOf,
  requirementsText,
  TokenBudget,
} from '../engine/engine.ts'
import type { Usage } from '../engine/types/answer.ts'
import { DEFAULT_LIMITS, type GenerateResult, type GenerateSummary, type Plan } from '../engine/types/generation.ts'
import { costOf, mostOf, type Price, parsePrice } from '../engine/types/price.ts'
import type { Override } from '../engine/types/query.ts'
import { EngineError } from '../engine/types/run.ts'
import { applyChanges, type Disk, undoChanges } from '../host/apply.ts'
import { commandCheck } from '../host/checks.ts'
import { appendEvent, deleteJournal, exportJournal, listJournals, newJournalId, readJournal } from '../host/journal.ts'
import { configuredModel, rootsOf } from '../host/open.ts'
import {
  COMMON,
  type Command,
  type Parsed,
  parseCommand,
  print,
  progressRun,
  refresh,
  UsageError,
  withEngine,
} from './command.ts'
import { publishedJson } from './json.ts'

/** Time limit of the check command. */
const CHECK_SECONDS = 300
/** Characters of the task shown in the list of runs. */
const TASK_CHARS = 60
const TEXT = { type: 'string' } as const
const FLAG = { type: 'boolean' } as const

export const generate: Command = {
  name: 'generate',
  summary: 'carry out a task over many files in checked steps; prints a patch, or --apply (needs a model)',
  usage: '"<task>"|- (--check COMMAND | --unchecked) [--apply]',
  options: [
    ['-', 'read the task from standard input'],
    ['--plan-only', 'print the plan as JSON, to review, edit and pass to --plan'],
    ['--plan FILE', 'carry out this plan instead of making one'],
    ['--check CMD', 'a command that must pass after each step; it runs on a copy with the changes'],
    ['--unchecked', 'accept a step when only its syntax was checked'],
    ['--attach PATH', 'a file, or lines of it (PATH:A-B), shown to the planner and in every step; repeatable'],
    ['--tests', 'allow changes to existing tests'],
    ['--apply', 'write the changes to the files when all steps are done'],
    ['--resume ID', 'continue a run after its last completed step'],
    ['--undo ID', 'revert the applied changes of a run'],
    ['--runs', 'list the runs of the folders, newest first'],
    ['--export ID', 'print everything stored about a run as JSON'],
    ['--forget ID', 'delete a stored run; it can then no longer be undone or resumed'],
    ['--steps N', `maximum number of steps (default ${DEFAULT_LIMITS.steps})`],
    ['--tokens N', `maximum tokens of all requests and replies (default ${DEFAULT_LIMITS.tokens})`],
    ...COMMON,
  ],
  async run(args, signal) {
    const parsed = parseCommand(args, {
      ...{ 'plan-only': FLAG, unchecked: FLAG, tests: FLAG, apply: FLAG, runs: FLAG },
      ...{ plan: TEXT, check: TEXT, resume: TEXT, undo: TEXT, export: TEXT, forget: TEXT, steps: TEXT, tokens: TEXT },
      attach: { ...TEXT, multiple: true },
    })
    if (await manageRuns(parsed)) return
    const words = parsed.words.join(' ')
    const task = words === '-' ? await readText(process.stdin) : words
    if (!task.trim() && parsed.text('plan') === undefined && parsed.text('resume') === undefined)
      throw new UsageError('No task given: write it in quotes after the command.')
    await withEngine(parsed.dirs, async (engine) => {
      await refresh(engine, signal)
      const { roots } = await engine.status()
      await runTask(engine, parsed, { task, roots }, signal)
    })
  },
}

/** Handles the options about earlier runs, which need neither a model nor an index; false when none is given. */
async function manageRuns(parsed: Parsed): Promise<boolean> {
  const [exported, forgotten, undone] = ['export', 'forget', 'undo'].map((name) => parsed.text(name))
  if (exported !== undefined) print(await exportJournal(exported))
  else if (forgotten !== undefined) await deleteJournal(forgotten)
  else if (undone !== undefined) await undo(undone, await rootsOf(parsed.dirs))
  else if (parsed.flag('runs')) {
    const roots = await rootsOf(parsed.dirs)
    const runs = await listJournals(roots)
    if (parsed.json) print(JSON.stringify(publishedJson(runs)))
    else print(runs.map(rowOf).join('\n') || `There are no runs of ${roots.join(', ')}.`)
  } else return false
  return true
}

async function undo(id: string, roots: readonly string[]): Promise<void> {
  const { changes } = await readJournal(id, roots)
  const isUndone = await undoChanges(changes, { roots, placeFor: async (path) => diskPathAt(roots, path) }, id)
  if (!isUndone)
    throw new EngineError('input', `There is nothing to undo: the files are as they were before run ${id}.`)
  process.stderr.write(`Reverted ${changes.length} files.\n`)
}

function rowOf({ id, at, task, done, steps, error }: GenerateSummary): string {
  const line = (text: string) => text.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  // The Swedish locale writes ISO dates (year first).
  const when = new Date(at).toLocaleString('sv-SE').slice(0, 16)
  const words = line(task)
  const short = words.length > TASK_CHARS ? `${words.slice(0, TASK_CHARS)}…` : words
  return [id, when, `${done}/${steps} steps`, short, ...(error ? [line(error)] : [])].join('  ')
}

async function runTask(
  engine: Engine,
  parsed: Parsed,
  { task, roots }: { readonly task: string; readonly roots: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const model = await configuredModel()
  if (!model)
    throw new EngineError(
      'model',
      'Generating needs a model: set FOVEA_MODEL_URL and FOVEA_MODEL (any OpenAI-compatible endpoint).',
    )
  const check = parsed.text('check')
  const unchecked = parsed.flag('unchecked')
  const planOnly = parsed.flag('plan-only')
  if (check !== undefined && !check.trim()) throw new UsageError('--check is empty: pass a command.')
  if (!planOnly && check === undefined && !unchecked)
    throw new UsageError('Choose how to check steps: --check "<command>", or --unchecked when nothing can check them.')
  const limits = {
    ...DEFAULT_LIMITS,
    steps: numberOf(parsed, 'steps', DEFAULT_LIMITS.steps),
    tokens: numberOf(parsed, 'tokens', DEFAULT_LIMITS.tokens),
  }
  const resumed = parsed.text('resume')
  const id = resumed ?? newJournalId(new Date())
  const journal = resumed === undefined ? undefined : await readJournal(resumed, roots)
  const attached = await resolveAttached(parsed, engine)
  const disk: Disk = { roots, placeFor: (path) => engine.diskPathFor(path) }
  const checker = check === undefined ? null : commandCheck(check, disk, CHECK_SECONDS * 1000)
  const options: GenerateOptions = {
    ...{
      model,
      limits,
      budget: new TokenBudget(limits.tokens),
      unchecked,
      tests: parsed.flag('tests'),
      fence: randomBytes(4).toString('hex'),
      attached,
    },
    command: checker && ((run, changes) => checker.check(run, changes)),
    onEvent: (event) => {
      appendEvent(id, event, Date.now())
      if (event.kind === 'begun') process.stderr.write(stripControls(`${event.step} …\n`))
      if (event.kind === 'ended')
        process.stderr.write(stripControls(`${event.result.id} ${event.result.outcome}: ${event.result.note}\n`))
    },
  }
  appendEvent(
    id,
    {
      ...{ kind: 'task', task: journal?.plan.task ?? task, roots, version: manifest.version, model: model.name },
      ...{ limits, command: check ?? '', unchecked, tests: options.tests, attached },
    },
    Date.now(),
  )
  const price = configuredPrice()
  const maxCost = price ? `, which cost ${mostOf(limits.tokens, price)} at most` : ''
  process.stderr.write(`Run ${id}: at most ${limits.steps} steps and ${limits.tokens} tokens${maxCost}.\n`)
  const run = progressRun(signal)
  try {
    const result = await recordEnd(id, options, signal, async () => {
      const given = parsed.text('plan') === undefined ? journal?.plan : undefined
      const plan = given ?? (await readOrMakePlan(parsed, engine, { task, options }, signal))
      if (planOnly) print(JSON.stringify(plan, null, 2))
      else process.stderr.write(stripControls(planText(plan)))
      return planOnly ? null : engine.generate(run, plan, options, journal)
    })
    if (result) await finish(parsed, result, disk, id)
  } finally {
    run.clear()
    await checker?.close()
  }
}

/** Runs `work` and records in the journal how it ended. */
async function recordEnd(
  id: string,
  { budget }: GenerateOptions,
  signal: AbortSignal,
  work: () => Promise<GenerateResult | null>,
): Promise<GenerateResult | null> {
  const append = ({ error = null, unmet = [] }: Partial<GenerateResult>) =>
    appendEvent(id, { kind: 'finished', error, unmet: unmet.map((one) => one.id), usage: budget.spent }, Date.now())
  try {
    const result = await work()
    append(result ?? {})
    return result
  } catch (failure) {
    append({ error: signal.aborted ? 'It was stopped.' : (failure as Error).message })
    throw failure
  }
}

/**
 * Resolves `--attach` options, which are paths of the index or relative to the current folder, to pinned files or
 * lines.
 */
async function resolveAttached(parsed: Parsed, engine: Engine): Promise<readonly Override[]> {
  const attached: Override[] = []
  for (const text of parsed.texts('attach')) {
    const [, name = text, from = '0', to = from] = /^(.+?)(?::(\d+)(?:-(\d+))?)?$/.exec(text) ?? []
    const named = name.replaceAll('\\', '/').replace(/^\.\//, '')
    const file = await realpath(name).catch(() => name)
    const paths = [named, (await engine.indexedPathOf(file)) ?? named]
    const indexed = await Promise.all(paths.map((path) => engine.diskPathOf(path)))
    const path = paths.find((_, i) => indexed[i] !== null)
    if (path === undefined)
      throw new EngineError(
        'input',
        `${name} is not indexed, so it cannot be attached: name an indexed file; \`fovea status\` lists what was skipped.`,
      )
    const lines = (await engine.lineCount(path)) ?? 0
    const [start, end] = [Number(from), Number(to)]
    if (text !== name && (start < 1 || end < start || end > lines))
      throw new EngineError('input', `${path} has lines 1 to ${lines}, but ${text} names others: correct the range.`)
    attached.push({ path, firstLine: start, lastLine: end, kind: 'pin' })
  }
  return attached
}

/** Reads the plan of `--plan`, or lets the model make one. */
async function readOrMakePlan(
  parsed: Parsed,
  engine: Engine,
  { task, options }: { readonly task: string; readonly options: GenerateOptions },
  signal: AbortSignal,
): Promise<Plan> {
  const file = parsed.text('plan')
  if (file === undefined) return engine.planGenerate(progressRun(signal), task, options)
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) throw new EngineError('input', `Cannot read ${file}: pass a plan made with --plan-only.`)
  const plan = parsePlanFile(text)
  if (!plan) throw new EngineError('input', `${file} does not contain a plan: make one with --plan-only.`)
  options.onEvent({ kind: 'plan', plan })
  return plan
}

/** null when the text is not a plan. */
function parsePlanFile(text: string): Plan | null {
  try {
    return parsePlan(JSON.parse(text.replace(/^\uFEFF/, '')))
  } catch {
    return null
  }
}

/** Prints the outcome and applies the changes or prints the patch; throws when the run did not finish. */
async function finish(parsed: Parsed, result: GenerateResult, disk: Disk, id: string): Promise<void> {
  const { changes, error, usage } = result
  process.stderr.write(stripControls(`${requirementsText(result)}\n`))
  if (usage) process.stderr.write(`${usage.input} tokens in, ${usage.output} out${costText(usage)}.\n`)
  if (parsed.flag('apply') && !error) {
    await applyChanges(changes, disk, id).catch((failure: unknown) => {
      // Prints the patch so that the work is not lost and can be applied by hand.
      process.stdout.write(patchOf(changes))
      throw failure
    })
    process.stderr.write(`Applied to ${changes.length} files; \`fovea generate --undo ${id}\` reverts this.\n`)
  }
  if (parsed.json) print(JSON.stringify(publishedJson({ id, ...result })))
  else if (!parsed.flag('apply') || error) process.stdout.write(patchOf(changes))
  if (error) throw new EngineError('model', `${error} (fovea generate --resume ${id})`)
}

/** Removes control characters from a model's text, so that it cannot control the terminal. */
const stripControls = (text: string): string => text.replace(/[^\P{Cc}\n\t]/gu, ' ')

const planText = ({ requirements, steps }: Plan): string =>
  [
    ...requirements.map(({ id, text }) => `${id}: ${text.split('\n')[0]}`),
    ...steps.map(
      ({ id, goal, requirements: met, files, deps }) =>
        `${id}: ${goal} (${[met.join(' '), files.map(({ path, action }) => `${action} ${path}`).join(', '), deps.length ? `after ${deps.join(', ')}` : ''].filter(Boolean).join('; ')})`,
    ),
    '',
  ].join('\n')

function numberOf(parsed: Parsed, name: string, fallback: number): number {
  const text = parsed.text(name)
  if (text === undefined) return fallback
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`--${name} must be a whole number of at least 1, not ${text}.`)
  return Number(text)
}

/** FOVEA_MODEL_PRICE: the price of a million input and output tokens, as `3/15`; null when it is not set. */
function configuredPrice(): Price | null {
  const text = process.env.FOVEA_MODEL_PRICE
  if (!text) return null
  const price = parsePrice(text)
  if (!price)
    throw new UsageError(
      `FOVEA_MODEL_PRICE must be the price of a million input and output tokens, such as 3/15, not ${text}.`,
    )
  return price
}

function costText(usage: Usage): string {
  const price = configuredPrice()
  return price ? `, ${costOf(usage, price)} in all` : ''
}
