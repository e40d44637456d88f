/**
 * Shared by all commands: option parsing, opening and updating the index, progress on stderr, and printing to stdout.
 */
import { parseArgs } from 'node:util'
import { checkQuestion, type Engine } from '../engine/engine.ts'
import { MAX_BUDGET_TOKENS } from '../engine/types/query.ts'
import { EngineError, type Progress, type Run } from '../engine/types/run.ts'
import { stderrLog } from '../host/log.ts'
import { type OpenOptions, openWorkspace } from '../host/open.ts'

/** Wrong usage of the command line; the process exits with code 2. */
export class UsageError extends Error {}

export interface Command {
  readonly name: string
  readonly summary: string
  /** The arguments after `fovea <name>`, for the help. */
  readonly usage: string
  readonly options: readonly (readonly [flags: string, meaning: string])[]
  run(args: readonly string[], signal: AbortSignal): Promise<void>
}

export const COMMON = [
  ['--dir PATH', 'folder to work on; repeatable (default: the current folder)'],
  ['--json', 'print JSON'],
  ['--help', 'show this help'],
] as const

/**
 * Options of commands that can use a model, which is configured by FOVEA_MODEL_URL, FOVEA_MODEL, FOVEA_MODEL_KEY and
 * FOVEA_MODEL_WINDOW.
 */
export const MODEL_OPTIONS = [['--offline', 'use no model, even if FOVEA_MODEL_URL is set']] as const

type OptionSpecs = Record<string, { readonly type: 'string' | 'boolean'; readonly multiple?: boolean }>

export interface Parsed {
  readonly dirs: readonly string[]
  readonly json: boolean
  readonly words: readonly string[]
  text(name: string): string | undefined
  texts(name: string): readonly string[]
  flag(name: string): boolean
}

/** Parses the arguments; throws `UsageError` on an unknown or malformed option. */
export function parseCommand(args: readonly string[], extra: OptionSpecs = {}): Parsed {
  const options = { dir: { type: 'string', multiple: true }, json: { type: 'boolean' }, ...extra } as const
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const all = values as Record<string, string | boolean | string[] | undefined>
    const texts = (name: string) => [all[name] ?? []].flat().filter((value) => typeof value === 'string')
    const dirs = texts('dir')
    return {
      dirs: dirs.length ? dirs : ['.'],
      json: all.json === true,
      words: positionals,
      text: (name) => texts(name)[0],
      texts,
      flag: (name) => all[name] === true,
    }
  } catch (error) {
    const sentence = (error as Error).message.split(/\.\s|\n/)[0]
    throw new UsageError(`${sentence}.`)
  }
}

/** Parses the arguments of a command that takes options only. */
export function parseBare(args: readonly string[], extra: OptionSpecs = {}): Parsed {
  const parsed = parseCommand(args, extra)
  const [word] = parsed.words
  if (word !== undefined) throw new UsageError(`Unexpected argument ${word}: to name a folder, use --dir ${word}.`)
  return parsed
}

export const print = (text: string): void => {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** Opens the folders, runs `work` and closes them. */
export async function withEngine(
  dirs: readonly string[],
  work: (engine: Engine) => Promise<void>,
  opening: OpenOptions = {},
): Promise<void> {
  const engine = await openWorkspace(dirs, stderrLog, opening)
  try {
    await work(engine)
  } finally {
    await engine.close()
  }
}

const STAGE_NAMES: Record<Progress['stage'], string> = {
  walk: 'looking for files',
  share: 'shared index',
  parse: 'parsing',
  link: 'linking symbols',
  embed: 'embedding',
  cluster: 'clustering',
  store: 'storing',
  wait: 'waiting for another Fovea process that is indexing this folder',
}
/** Width of the progress bar in characters. */
const BAR_WIDTH = 24
const REDRAW_EVERY_MS = 80
const LINE_EVERY_MS = 2000

/** A run with progress on stderr: a bar on a terminal, lines otherwise. `clear` removes the bar. */
export function progressRun(signal: AbortSignal): Run & { clear(): void } {
  const { stderr } = process
  let reportedAt = 0
  let reported: Progress['stage'] | undefined
  let isDrawn = false
  return {
    signal,
    report({ stage, done, total }) {
      const isNewStage = stage !== reported
      reported = stage
      const now = Date.now()
      if (!isNewStage && now - reportedAt < (stderr.isTTY ? REDRAW_EVERY_MS : LINE_EVERY_MS)) return
      reportedAt = now
      const counts = total > 1 ? ` ${done}/${total}` : ''
      if (!stderr.isTTY) stderr.write(`${STAGE_NAMES[stage]}${counts}\n`)
      else {
        const filled = total ? Math.round((BAR_WIDTH * done) / total) : 0
        stderr.write(`\r\x1b[K${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${STAGE_NAMES[stage]}${counts}`)
        isDrawn = true
      }
    },
    clear() {
      if (isDrawn) stderr.write('\r\x1b[K')
      isDrawn = false
    },
  }
}

/**
 * Updates the index before a question is asked. If it cannot be written, the question is answered from the existing
 * one.
 */
export async function refresh(engine: Engine, signal: AbortSignal): Promise<void> {
  const run = progressRun(signal)
  try {
    await engine.index(run)
    signal.throwIfAborted()
  } catch (error) {
    const at =
      error instanceof EngineError && error.code === 'store'
        ? ((await engine.status().catch(() => null))?.at ?? null)
        : null
    if (at === null) throw error
    stderrLog.warn(
      'store',
      `${(error as Error).message} Until then the index of ${new Date(at).toISOString()} answers.`,
    )
  } finally {
    run.clear()
  }
}

/** The question on the command line; throws when it is missing or not valid. */
export function questionOf(parsed: Parsed): string {
  if (parsed.words.length === 0) throw new UsageError('No question given: write it in quotes after the command.')
  const text = parsed.words.join(' ')
  checkQuestion(text)
  return text
}

/** The token budgets given by `--budget`, or the default one. */
export function budgetsOf(parsed: Parsed, fallback: number): readonly number[] {
  const given = parsed.texts('budget')
  return (given.length ? given : [String(fallback)]).map((text) => {
    const budget = Number(text)
    if (!/^\d+$/.test(text) || budget < 1 || budget > MAX_BUDGET_TOKENS)
      throw new UsageError(`--budget must be a whole number of tokens from 1 to ${MAX_BUDGET_TOKENS}, not ${text}.`)
    return budget
  })
}
