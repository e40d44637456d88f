/** What every command shares: its options, the run with progress on stderr, and printing. */
import { parseArgs } from 'node:util'
import { checkQuestion, type Engine } from '../engine/engine.ts'
import { EngineError, type Progress, type Run } from '../engine/types/run.ts'
import { stderrLog } from '../host/log.ts'
import { type OpenOptions, openWorkspace } from '../host/open.ts'

/** Wrong use of the command line: exit code 2. */
export class UsageError extends Error {}

export interface Command {
  readonly name: string
  readonly summary: string
  /** Text after `fovea <name>`. */
  readonly usage: string
  readonly options: readonly (readonly [flags: string, meaning: string])[]
  run(args: readonly string[], signal: AbortSignal): Promise<void>
}

export const COMMON = [
  ['--dir PATH', 'folder to work on, repeatable (default: the current one)'],
  ['--json', 'print JSON'],
  ['--help', 'show this help'],
] as const

/** Of commands that a model can write for: FOVEA_MODEL_URL, FOVEA_MODEL, FOVEA_MODEL_KEY and FOVEA_MODEL_WINDOW name it. */
export const MODEL_OPTIONS = [['--offline', 'ask no model, even where FOVEA_MODEL_URL names one']] as const

type OptionSpecs = Record<string, { readonly type: 'string' | 'boolean'; readonly multiple?: boolean }>

export interface Parsed {
  readonly dirs: readonly string[]
  readonly json: boolean
  readonly words: readonly string[]
  text(name: string): string | undefined
  texts(name: string): readonly string[]
  flag(name: string): boolean
}

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

/** Of a command that takes options alone. */
export function parseBare(args: readonly string[], extra: OptionSpecs = {}): Parsed {
  const parsed = parseCommand(args, extra)
  const [word] = parsed.words
  if (word !== undefined) throw new UsageError(`${word} is no option: a folder is named with --dir ${word}.`)
  return parsed
}

export const print = (text: string): void => {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** Opens the folders, does the work, closes. */
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

const NAMES: Record<Progress['stage'], string> = {
  walk: 'looking for files',
  share: 'shared index',
  parse: 'parsing',
  link: 'linking symbols',
  embed: 'embedding',
  cluster: 'clustering',
  store: 'storing',
  wait: 'waiting for another Fovea that is indexing this folder',
}
const BAR = 24
const LINE_EVERY_MS = 2000

/** A run that draws a bar on a terminal and writes lines in a pipe, both on stderr. */
export function progressRun(signal: AbortSignal): Run & { clear(): void } {
  const { stderr } = process
  let last = 0
  let stage = ''
  let drawn = false
  return {
    signal,
    report({ stage: now, done, total }) {
      const changed = now !== stage
      stage = now
      const at = Date.now()
      if (!changed && at - last < (stderr.isTTY ? 80 : LINE_EVERY_MS)) return
      last = at
      const counts = total > 1 ? ` ${done}/${total}` : ''
      if (!stderr.isTTY) stderr.write(`${NAMES[now]}${counts}\n`)
      else {
        const filled = total ? Math.round((BAR * done) / total) : 0
        stderr.write(`\r\x1b[K${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${NAMES[now]}${counts}`)
        drawn = true
      }
    },
    clear() {
      if (drawn) stderr.write('\r\x1b[K')
      drawn = false
    },
  }
}

/** Brings the index up to date before a question is put to it; one that cannot be written still answers as it is. */
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

export function questionOf(parsed: Parsed): string {
  if (parsed.words.length === 0) throw new UsageError('There is no question: write it in quotes after the command.')
  const text = parsed.words.join(' ')
  checkQuestion(text)
  return text
}

export function budgetsOf(parsed: Parsed, standard: number): readonly number[] {
  const given = parsed.texts('budget')
  return (given.length ? given : [String(standard)]).map((text) => {
    const budget = Number(text)
    if (!/^\d+$/.test(text) || budget < 1 || budget > 10_000_000)
      throw new UsageError(`--budget ${text} is not a whole number of tokens from 1 to 10000000.`)
    return budget
  })
}
