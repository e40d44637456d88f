/**
 * Runs of `generate`, kept as they happen: a line of JSON an event with its time, so that a crash leaves all but the last.
 * `task`: what was asked for and agreed, each time the run is begun or taken up · `plan`: a plan, whole · `begun`: a step ·
 * `exchange`: what was new in a request, the reply, the usage (the rules before it are those of the version that `task`
 * names) · `ended`: a step's result with its checks, and all changes until then, whole · `finished`: why there were no more
 * steps, what is not met, the usage in all. So a run can be told again, taken up and taken back without a model.
 */
import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type GenerateEvent, parsePlan } from '../engine/engine.ts'
import type { Usage } from '../engine/types/answer.ts'
import type { FileChange, GenerateLimits, GenerateSummary, Plan, StepResult } from '../engine/types/generation.ts'
import type { Override } from '../engine/types/query.ts'
import { EngineError } from '../engine/types/run.ts'
import { cacheHome } from './home.ts'

export type JournalEvent =
  | GenerateEvent
  | {
      readonly kind: 'task'
      readonly task: string
      readonly roots: readonly string[]
      /** Version of Fovea. */
      readonly version: string
      readonly model: string
      readonly limits: GenerateLimits
      /** null for none. */
      readonly command: string | null
      readonly unchecked: boolean
      readonly tests: boolean
      readonly attached: readonly Override[]
    }
  | {
      readonly kind: 'finished'
      readonly error: string | null
      /** Ids of requirements. */
      readonly unmet: readonly string[]
      readonly usage: Usage | null
    }

/** What can be resumed of a run. */
export interface ResumableGenerate {
  readonly plan: Plan
  readonly results: readonly StepResult[]
  readonly changes: readonly FileChange[]
}

/** A line as read: anybody may have written it. */
type JournalEntry = Readonly<Record<string, unknown>>

const ID = /^[0-9]{8}-[0-9a-f]{6}$/
const ENDING = '.jsonl'
const journalFolder = (): string => join(cacheHome(), 'runs')
const fileOf = (id: string): string => join(journalFolder(), id + ENDING)

export function newJournalId(now: Date): string {
  return `${now.toISOString().slice(0, 10).replaceAll('-', '')}-${randomBytes(3).toString('hex')}`
}

export function appendEvent(id: string, event: JournalEvent, now: number): void {
  try {
    mkdirSync(journalFolder(), { recursive: true, mode: 0o700 })
    // The newline comes first, so that an event after a truncated line begins on its own line.
    appendFileSync(fileOf(id), `\n${JSON.stringify({ at: now, ...event })}`, { mode: 0o600 })
  } catch (error) {
    throw new EngineError(
      'store',
      `The run cannot be kept in ${journalFolder()}: ${(error as Error).message}. Make room there, or move it with FOVEA_HOME.`,
    )
  }
}

/** Throws when there is no such run, when it belongs to other folders, or when it has no plan. */
export async function readJournal(id: string, roots: readonly string[]): Promise<ResumableGenerate> {
  const entries = await entriesOf(id)
  const begun = ofKind(entries, 'task').at(-1)?.roots
  if (!areSame(begun, roots))
    throw new EngineError(
      'input',
      `The run ${id} was of ${Array.isArray(begun) ? begun.join(', ') : 'other folders'}: name them with --dir.`,
    )
  const plan = planOf(entries)
  if (!plan) throw new EngineError('input', `The run ${id} ended before it had a plan: begin anew.`)
  const done = doneOf(entries)
  return { plan, results: done.map(({ result }) => result), changes: done.at(-1)?.changes ?? [] }
}

/** Runs of these folders, newest first. */
export async function listJournals(roots: readonly string[]): Promise<readonly GenerateSummary[]> {
  const names = await readdir(journalFolder()).catch(() => [])
  const ids = names.flatMap((name) => (name.endsWith(ENDING) ? [name.slice(0, -ENDING.length)] : []))
  const found: GenerateSummary[] = []
  // One after the other: journals may be large.
  for (const id of ids) {
    const entries = await entriesOf(id).catch(() => [])
    const [task] = ofKind(entries, 'task')
    if (task && areSame(task.roots, roots)) found.push(summaryOf(id, task, entries))
  }
  return found.sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
}

export async function deleteJournal(id: string): Promise<void> {
  await entriesOf(id)
  await rm(fileOf(id))
}

/** One JSON document: the run's id and its events. */
export async function exportJournal(id: string): Promise<string> {
  return JSON.stringify({ id, events: await entriesOf(id) }, null, 2)
}

/** Skips lines that are no events, such as one truncated by a crash. */
async function entriesOf(id: string): Promise<readonly JournalEntry[]> {
  const text = ID.test(id) ? await readFile(fileOf(id), 'utf8').catch(() => null) : null
  if (text === null)
    throw new EngineError('input', `There is no run ${id}: its id stands where the run began, and in \`--runs\`.`)
  return text.split('\n').flatMap((line) => {
    try {
      const value: unknown = line ? JSON.parse(line) : null
      return isEntry(value) ? [value] : []
    } catch {
      return []
    }
  })
}

const isEntry = (value: unknown): value is JournalEntry =>
  typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string'

const ofKind = (entries: readonly JournalEntry[], wanted: JournalEvent['kind']): readonly JournalEntry[] =>
  entries.filter(({ kind }) => kind === wanted)

const areSame = (begun: unknown, roots: readonly string[]): boolean => JSON.stringify(begun) === JSON.stringify(roots)

const planOf = (entries: readonly JournalEntry[]): Plan | null => parsePlan(ofKind(entries, 'plan').at(-1)?.plan)

type Ended = Extract<JournalEvent, { readonly kind: 'ended' }>

function doneOf(entries: readonly JournalEntry[]): readonly Ended[] {
  const ended = ofKind(entries, 'ended') as unknown as readonly Partial<Ended>[]
  return ended.filter(
    (one): one is Ended => one.result?.outcome === 'done' && Array.isArray(one.changes) && one.changes.every(isChange),
  )
}

function isChange(value: unknown): value is FileChange {
  const { path, from, hash } = (value ?? {}) as Partial<FileChange>
  const isText = (one: unknown) => one === null || typeof one === 'string'
  return typeof path === 'string' && isText(from) && isText(hash)
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value ? value : null)

function summaryOf(id: string, { at, task }: JournalEntry, entries: readonly JournalEntry[]): GenerateSummary {
  const plan = planOf(entries)
  const done = new Set(doneOf(entries).map(({ result }) => result.id))
  const last = entries.findLast(({ kind }) => kind === 'task' || kind === 'finished')
  return {
    id,
    at: typeof at === 'number' ? at : 0,
    task: plan?.task ?? (typeof task === 'string' ? task : ''),
    done: plan?.steps.filter((step) => done.has(step.id)).length ?? 0,
    steps: plan?.steps.length ?? 0,
    error: last?.kind === 'finished' ? textOf(last.error) : 'It was cut off, or is still at work.',
  }
}
