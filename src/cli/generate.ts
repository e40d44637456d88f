/** `fovea generate`: a task in words → a checked change over many files, as a patch on stdout, or applied. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { text as readText } from 'node:stream/consumers'
import { type Engine, Purse, parsePlan, patchOf, type Revising } from '../engine/engine.ts'
import { LIMITS, type Plan, type Revision } from '../engine/model/revision.ts'
import { EngineError } from '../engine/model/run.ts'
import { applyChanges, type Disk, undoChanges } from '../host/apply.ts'
import { commandCheck } from '../host/checks.ts'
import { newRunId, readRun, record } from '../host/journal.ts'
import { configuredModel } from '../host/open.ts'
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
    ['--tests', 'existing tests may be changed'],
    ['--apply', 'write the changes to the files when all steps are done'],
    ['--resume ID', 'go on with a run after its last step that is done'],
    ['--undo ID', 'take back the changes of a run that were applied'],
    ['--steps N', `steps at most (default ${LIMITS.steps})`],
    ['--tokens N', `tokens at most, of all requests and replies (default ${LIMITS.tokens})`],
    ...COMMON,
  ],
  async run(args, signal) {
    const parsed = parseCommand(args, {
      ...{
        'plan-only': { type: 'boolean' },
        plan: { type: 'string' },
        check: { type: 'string' },
        undo: { type: 'string' },
      },
      ...{
        unchecked: { type: 'boolean' },
        tests: { type: 'boolean' },
        apply: { type: 'boolean' },
        resume: { type: 'string' },
      },
      ...{ steps: { type: 'string' }, tokens: { type: 'string' } },
    })
    const words = parsed.words.join(' ')
    const task = words === '-' ? await readText(process.stdin) : words
    const known = parsed.text('plan') ?? parsed.text('resume') ?? parsed.text('undo')
    if (!task.trim() && known === undefined)
      throw new UsageError('There is no task: write it in quotes after the command.')
    await withEngine(parsed.dirs, async (engine) => {
      await refresh(engine, signal)
      const { roots } = await engine.status()
      const undone = parsed.text('undo')
      if (undone !== undefined) {
        const { changes } = await readRun(undone, roots)
        const undid = await undoChanges(changes, { roots, placeFor: (path) => engine.placeFor(path) }, undone)
        if (!undid)
          throw new EngineError(
            'input',
            `The files are as they were before the run ${undone}: nothing is to be undone.`,
          )
        process.stderr.write(`Undone in ${changes.length} files.\n`)
        return
      }
      await work(engine, parsed, task, roots, signal)
    })
  },
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
    ...LIMITS,
    steps: numberOf(parsed, 'steps', LIMITS.steps),
    tokens: numberOf(parsed, 'tokens', LIMITS.tokens),
  }
  const resumed = parsed.text('resume')
  const id = resumed ?? newRunId(new Date())
  const kept = resumed === undefined ? undefined : await readRun(resumed, roots)
  const disk: Disk = { roots, placeFor: (path) => engine.placeFor(path) }
  const checker = check === undefined ? null : commandCheck(check, disk, CHECK_SECONDS * 1000)
  const revising: Revising = {
    ...{
      model,
      limits,
      purse: new Purse(limits.tokens),
      unchecked,
      tests: parsed.flag('tests'),
      fence: randomBytes(4).toString('hex'),
    },
    command: checker && ((run, changes) => checker.check(run, changes)),
    onEvent: (event) => {
      record(id, event, Date.now())
      if (event.kind === 'begun') process.stderr.write(`${event.step} …\n`)
      if (event.kind === 'ended')
        process.stderr.write(`${event.result.id} ${event.result.outcome}: ${event.result.note}\n`)
    },
  }
  if (!kept) record(id, { kind: 'task', ...{ task, roots } } as { kind: string }, Date.now())
  process.stderr.write(`Run ${id}: at most ${limits.steps} steps and ${limits.tokens} tokens.\n`)
  const run = progressRun(signal)
  try {
    const plan = kept?.plan ?? (await planOf(parsed, engine, task, revising, signal))
    if (planOnly) return print(JSON.stringify(plan, null, 2))
    process.stderr.write(planText(plan))
    const revision = await engine.revise(run, plan, revising, kept)
    await finish(parsed, revision, disk, id)
  } finally {
    run.clear()
    await checker?.close()
  }
}

async function planOf(
  parsed: Parsed,
  engine: Engine,
  task: string,
  revising: Revising,
  signal: AbortSignal,
): Promise<Plan> {
  const file = parsed.text('plan')
  if (file === undefined) return engine.plan(progressRun(signal), task, revising)
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) throw new EngineError('input', `${file} cannot be read: name a plan made with --plan-only.`)
  const plan = planIn(text)
  if (!plan) throw new EngineError('input', `${file} holds no plan: make one with --plan-only.`)
  revising.onEvent({ kind: 'plan', plan })
  return plan
}

function planIn(text: string): Plan | null {
  try {
    return parsePlan(JSON.parse(text.replace(/^\uFEFF/, '')))
  } catch {
    return null
  }
}

async function finish(parsed: Parsed, revision: Revision, disk: Disk, id: string): Promise<void> {
  const { changes, error, usage } = revision
  process.stderr.write(`${ledgerText(revision)}\n`)
  if (usage) process.stderr.write(`${usage.input} tokens in, ${usage.output} out.\n`)
  if (parsed.flag('apply') && !error) {
    await applyChanges(changes, disk, id)
    process.stderr.write(`Applied to ${changes.length} files; \`fovea generate --undo ${id}\` takes it back.\n`)
  }
  if (parsed.json) print(JSON.stringify({ id, ...revision }))
  else if (!parsed.flag('apply') || error) process.stdout.write(patchOf(changes))
  if (error) throw new EngineError('model', `${error} (fovea generate --resume ${id})`)
}

const planText = ({ requirements, steps }: Plan): string =>
  [
    ...requirements.map(({ id, text }) => `${id}: ${text.split('\n')[0]}`),
    ...steps.map(
      ({ id, goal, requirements: its, files, deps }) =>
        `${id}: ${goal} (${[its.join(' '), files.map(({ path, action }) => `${action} ${path}`).join(', '), deps.length ? `after ${deps.join(', ')}` : ''].filter(Boolean).join('; ')})`,
    ),
    '',
  ].join('\n')

/** Each requirement with the files and checks of the steps that serve it; what is not met is said. */
function ledgerText({ plan, results, unmet }: Revision): string {
  const open = new Set(unmet.map(({ id }) => id))
  const rows = plan.requirements.map(({ id, text }) => {
    const serving = plan.steps.filter(({ requirements }) => requirements.includes(id)).map((step) => step.id)
    const its = results.filter((one) => serving.includes(one.id) && one.outcome === 'done')
    const files = [...new Set(its.flatMap((one) => one.files))]
    const checks = [...new Set(its.flatMap((one) => one.checks.map(({ name, outcome }) => `${name} ${outcome}`)))]
    const met = open.has(id) ? 'NOT MET' : 'met'
    return `${id} ${met}: ${text.split('\n')[0]}${files.length ? ` — ${files.join(', ')}` : ''}${checks.length ? ` (${checks.join(', ')})` : ''}`
  })
  return rows.join('\n')
}

function numberOf(parsed: Parsed, name: string, standard: number): number {
  const text = parsed.text(name)
  if (text === undefined) return standard
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`--${name} ${text} is not a whole number from 1.`)
  return Number(text)
}
