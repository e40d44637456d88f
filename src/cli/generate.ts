/** `fovea generate`: a task in words → a checked change over many files, as a patch on stdout, or applied. */
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

const CHECK_SECONDS = 300
const TASK_CHARS = 60
const TEXT = { type: 'string' } as const
const FLAG = { type: 'boolean' } as const

export const generate: Command = {
  name: 'generate',
  summary: 'carry out a task over many files, step by step, each checked: a patch, or --apply (needs a model)',
  usage: '"<task>"|- (--check COMMAND | --unchecked) [--apply]',
  options: [
    ['-', 'read the task from standard input'],
    ['--plan-only', 'print the plan as JSON, to be read, changed and handed back'],
    ['--plan FILE', 'carry out this plan instead of making one'],
    ['--check CMD', 'a command that must pass after each step; it runs on a copy with the changes'],
    ['--unchecked', 'take a step for done when nothing but its syntax was checked'],
    ['--attach PATH', 'a file, or lines of it (PATH:A-B), shown to the planner and in every step; repeatable'],
    ['--tests', 'existing tests may be changed'],
    ['--apply', 'write the changes to the files when all steps are done'],
    ['--resume ID', 'go on with a run after its last step that is done'],
    ['--undo ID', 'take back the changes of a run that were applied'],
    ['--runs', 'list the runs of the folders, the newest first'],
    ['--export ID', 'print all that is kept of a run as JSON'],
    ['--forget ID', 'remove what is kept of a run; it cannot be undone or taken up then'],
    ['--steps N', `steps at most (default ${DEFAULT_LIMITS.steps})`],
    ['--tokens N', `tokens at most, of all requests and replies (default ${DEFAULT_LIMITS.tokens})`],
    ...COMMON,
  ],
  async run(args, signal) {
    const parsed = parseCommand(args, {
      ...{ 'plan-only': FLAG, unchecked: FLAG, tests: FLAG, apply: FLAG, runs: FLAG },
      ...{ plan: TEXT, check: TEXT, resume: TEXT, undo: TEXT, export: TEXT, forget: TEXT, steps: TEXT, tokens: TEXT },
      attach: { ...TEXT, multiple: true },
    })
    if (await overRuns(parsed)) return
    const words = parsed.words.join(' ')
    const task = words === '-' ? await readText(process.stdin) : words
    if (!task.trim() && parsed.text('plan') === undefined && parsed.text('resume') === undefined)
      throw new UsageError('There is no task: write it in quotes after the command.')
    await withEngine(parsed.dirs, async (engine) => {
      await refresh(engine, signal)
      const { roots } = await engine.status()
      await work(engine, parsed, task, roots, signal)
    })
  },
}

/** What is about runs that were: it needs neither a model nor an index. False when that was not asked for. */
async function overRuns(parsed: Parsed): Promise<boolean> {
  const [exported, forgotten, undone] = ['export', 'forget', 'undo'].map((name) => parsed.text(name))
  if (exported !== undefined) print(await exportJournal(exported))
  else if (forgotten !== undefined) await deleteJournal(forgotten)
  else if (undone !== undefined) await undo(undone, await rootsOf(parsed.dirs))
  else if (parsed.flag('runs')) {
    const roots = await rootsOf(parsed.dirs)
    const runs = await listJournals(roots)
    if (parsed.json) print(JSON.stringify(runs))
    else print(runs.map(rowOf).join('\n') || `There are no runs of ${roots.join(', ')}.`)
  } else return false
  return true
}

async function undo(id: string, roots: readonly string[]): Promise<void> {
  const { changes } = await readJournal(id, roots)
  const undid = await undoChanges(changes, { roots, placeFor: async (path) => diskPathAt(roots, path) }, id)
  if (!undid)
    throw new EngineError('input', `The files are as they were before the run ${id}: nothing is to be undone.`)
  process.stderr.write(`Undone in ${changes.length} files.\n`)
}

function rowOf({ id, at, task, done, steps, error }: GenerateSummary): string {
  const line = (text: string) => text.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  // This locale writes the date with the year first.
  const when = new Date(at).toLocaleString('sv-SE').slice(0, 16)
  const words = line(task)
  const short = words.length > TASK_CHARS ? `${words.slice(0, TASK_CHARS)}…` : words
  return [id, when, `${done}/${steps} steps`, short, ...(error ? [line(error)] : [])].join('  ')
}

async function work(
  engine: Engine,
  parsed: Parsed,
  task: string,
  roots: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const model = await configuredModel()
  if (!model)
    throw new EngineError(
      'model',
      'Generating needs a model: name one with FOVEA_MODEL_URL and FOVEA_MODEL (any OpenAI-compatible endpoint).',
    )
  const check = parsed.text('check')
  const unchecked = parsed.flag('unchecked')
  const planOnly = parsed.flag('plan-only')
  if (check !== undefined && !check.trim()) throw new UsageError('--check names no command.')
  if (!planOnly && check === undefined && !unchecked)
    throw new UsageError('Say how steps are checked: --check "<command>", or --unchecked when nothing can check them.')
  const limits = {
    ...DEFAULT_LIMITS,
    steps: numberOf(parsed, 'steps', DEFAULT_LIMITS.steps),
    tokens: numberOf(parsed, 'tokens', DEFAULT_LIMITS.tokens),
  }
  const resumed = parsed.text('resume')
  const id = resumed ?? newJournalId(new Date())
  const kept = resumed === undefined ? undefined : await readJournal(resumed, roots)
  const attached = await attachedOf(parsed, engine)
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
      if (event.kind === 'begun') process.stderr.write(harmless(`${event.step} …\n`))
      if (event.kind === 'ended')
        process.stderr.write(harmless(`${event.result.id} ${event.result.outcome}: ${event.result.note}\n`))
    },
  }
  appendEvent(
    id,
    {
      ...{ kind: 'task', task: kept?.plan.task ?? task, roots, version: manifest.version, model: model.name },
      ...{ limits, command: check ?? '', unchecked, tests: options.tests, attached },
    },
    Date.now(),
  )
  const price = configuredPrice()
  const most = price ? `, which cost ${mostOf(limits.tokens, price)} at most` : ''
  process.stderr.write(`Run ${id}: at most ${limits.steps} steps and ${limits.tokens} tokens${most}.\n`)
  const run = progressRun(signal)
  try {
    const revision = await untilFinished(id, options, signal, async () => {
      const given = parsed.text('plan') === undefined ? kept?.plan : undefined
      const plan = given ?? (await planOf(parsed, engine, task, options, signal))
      if (planOnly) print(JSON.stringify(plan, null, 2))
      else process.stderr.write(harmless(planText(plan)))
      return planOnly ? null : engine.generate(run, plan, options, kept)
    })
    if (revision) await finish(parsed, revision, disk, id)
  } finally {
    run.clear()
    await checker?.close()
  }
}

/** Keeps how the work ended, too. */
async function untilFinished(
  id: string,
  { budget }: GenerateOptions,
  signal: AbortSignal,
  work: () => Promise<GenerateResult | null>,
): Promise<GenerateResult | null> {
  const finished = ({ error = '', unmet = [] }: Partial<GenerateResult>) =>
    appendEvent(id, { kind: 'finished', error, unmet: unmet.map((one) => one.id), usage: budget.spent }, Date.now())
  try {
    const revision = await work()
    finished(revision ?? {})
    return revision
  } catch (failure) {
    finished({ error: signal.aborted ? 'It was stopped.' : (failure as Error).message })
    throw failure
  }
}

/** Named by the paths of the index, or as the shell sees them from here. */
async function attachedOf(parsed: Parsed, engine: Engine): Promise<readonly Override[]> {
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
        `${name} is not indexed and cannot be attached: name a file of the folders; \`fovea status\` says what was skipped.`,
      )
    const lines = (await engine.lineCount(path)) ?? 0
    const [start, end] = [Number(from), Number(to)]
    if (text !== name && (start < 1 || end < start || end > lines))
      throw new EngineError('input', `${path} has the lines 1 to ${lines}: ${text} names others.`)
    attached.push({ path, firstLine: start, lastLine: end, kind: 'pin' })
  }
  return attached
}

async function planOf(
  parsed: Parsed,
  engine: Engine,
  task: string,
  options: GenerateOptions,
  signal: AbortSignal,
): Promise<Plan> {
  const file = parsed.text('plan')
  if (file === undefined) return engine.planGenerate(progressRun(signal), task, options)
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) throw new EngineError('input', `${file} cannot be read: name a plan made with --plan-only.`)
  const plan = planIn(text)
  if (!plan) throw new EngineError('input', `${file} holds no plan: make one with --plan-only.`)
  options.onEvent({ kind: 'plan', plan })
  return plan
}

function planIn(text: string): Plan | null {
  try {
    return parsePlan(JSON.parse(text.replace(/^\uFEFF/, '')))
  } catch {
    return null
  }
}

async function finish(parsed: Parsed, revision: GenerateResult, disk: Disk, id: string): Promise<void> {
  const { changes, error, usage } = revision
  process.stderr.write(harmless(`${requirementsText(revision)}\n`))
  if (usage) process.stderr.write(`${usage.input} tokens in, ${usage.output} out${costWord(usage)}.\n`)
  if (parsed.flag('apply') && !error) {
    await applyChanges(changes, disk, id).catch((failure: unknown) => {
      // What was done is not lost: it can be applied by hand.
      process.stdout.write(patchOf(changes))
      throw failure
    })
    process.stderr.write(`Applied to ${changes.length} files; \`fovea generate --undo ${id}\` takes it back.\n`)
  }
  if (parsed.json) print(JSON.stringify({ id, ...revision }))
  else if (!parsed.flag('apply') || error) process.stdout.write(patchOf(changes))
  if (error) throw new EngineError('model', `${error} (fovea generate --resume ${id})`)
}

/** A model's words, without what would steer a terminal. */
const harmless = (text: string): string => text.replace(/[^\P{Cc}\n\t]/gu, ' ')

const planText = ({ requirements, steps }: Plan): string =>
  [
    ...requirements.map(({ id, text }) => `${id}: ${text.split('\n')[0]}`),
    ...steps.map(
      ({ id, goal, requirements: its, files, deps }) =>
        `${id}: ${goal} (${[its.join(' '), files.map(({ path, action }) => `${action} ${path}`).join(', '), deps.length ? `after ${deps.join(', ')}` : ''].filter(Boolean).join('; ')})`,
    ),
    '',
  ].join('\n')

function numberOf(parsed: Parsed, name: string, standard: number): number {
  const text = parsed.text(name)
  if (text === undefined) return standard
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`--${name} ${text} is not a whole number from 1.`)
  return Number(text)
}

/** FOVEA_MODEL_PRICE: of a million tokens in and out, as `3/15`; null without. */
function configuredPrice(): Price | null {
  const text = process.env.FOVEA_MODEL_PRICE
  if (!text) return null
  const price = parsePrice(text)
  if (!price)
    throw new UsageError(`FOVEA_MODEL_PRICE is ${text}: give the price of a million tokens in and out, as 3/15.`)
  return price
}

function costWord(usage: Usage): string {
  const price = configuredPrice()
  return price ? `, ${costOf(usage, price)} in all` : ''
}
