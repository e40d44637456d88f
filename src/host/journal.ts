/**
 * Journals of `generate` runs, so that a run can be shown again, resumed and undone without a model. A journal is written
 * while the run goes on, one line of JSON per event with its time, so that a crash loses at most the last event.
 * `task`: the task and what was agreed, each time the run is started or resumed · `plan`: a whole plan · `begun`: a step ·
 * `exchange`: what was new in a request, the reply and the usage (the rules that precede it are those of the version that
 * `task` names) · `ended`: the result of a step with its checks, and all changes so far · `finished`: why there are no
 * further steps, the unmet requirements and the total usage.
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

/** A parsed line. It is not validated: anybody may have written it. */
type JournalEntry = Readonly<Record<string, unknown>>

const ID = /^[0-9]{8}-[0-9a-f]{6}$/
const FILE_EXTENSION = '.jsonl'
const journalFolder = (): string => join(cacheHome(), 'runs')
const fileFor = (id: string): string => join(journalFolder(), id + FILE_EXTENSION)

export function newJournalId(now: Date): string {
  return `${now.toISOString().slice(0, 10).replaceAll('-', '')}-${randomBytes(3).toString('hex')}`
}

export function appendEvent(id: string, event: JournalEvent, now: number): void {
  try {
    mkdirSync(journalFolder(), { recursive: true, mode: 0o700 })
    // The newline comes first, so that an event after a truncated line begins on its own line.
    appendFileSync(fileFor(id), `\n${JSON.stringify({ at: now, ...event })}`, { mode: 0o600 })
  } catch (error) {
    throw new EngineError(
      'store',
      `The run cannot be recorded in ${journalFolder()}: ${(error as Error).message}. Free some disk space, or choose another folder with FOVEA_HOME.`,
    )
  }
}

/** Throws when there is no such run, when it belongs to other folders, or when it has no plan. */
export async function readJournal(id: string, roots: readonly string[]): Promise<ResumableGenerate> {
  const entries = await readEntries(id)
  const journalRoots = ofKind(entries, 'task').at(-1)?.roots
  if (!areSameRoots(journalRoots, roots))
    throw new EngineError(
      'input',
      `The run ${id} belongs to ${Array.isArray(journalRoots) ? journalRoots.join(', ') : 'other folders'}: name them with --dir.`,
    )
  const plan = planOf(entries)
  if (!plan) throw new EngineError('input', `The run ${id} ended before it had a plan: start a new one.`)
  const completed = completedSteps(entries)
  return { plan, results: completed.map(({ result }) => result), changes: completed.at(-1)?.changes ?? [] }
}

/** Runs of these folders, newest first. */
export async function listJournals(roots: readonly string[]): Promise<readonly GenerateSummary[]> {
  const names = await readdir(journalFolder()).catch(() => [])
  const ids = names.flatMap((name) => (name.endsWith(FILE_EXTENSION) ? [name.slice(0, -FILE_EXTENSION.length)] : []))
  const summaries: GenerateSummary[] = []
  // One after the other: journals may be large.
  for (const id of ids) {
    const entries = await readEntries(id).catch(() => [])
    const [task] = ofKind(entries, 'task')
    if (task && areSameRoots(task.roots, roots)) summaries.push(summaryOf(id, task, entries))
  }
  return summaries.sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
}

export async function deleteJournal(id: string): Promise<void> {
  await readEntries(id)
  await rm(fileFor(id))
}

/** One JSON document: the run's id and its events. */
export async function exportJournal(id: string): Promise<string> {
  return JSON.stringify({ id, events: await readEntries(id) }, null, 2)
}

/** Skips lines that are not events, such as one truncated by a crash. */
async function readEntries(id: string): Promise<readonly JournalEntry[]> {
  const text = ID.test(id) ? await readFile(fileFor(id), 'utf8').catch(() => null) : null
  if (text === null) throw new EngineError('input', `There is no run ${id}: \`--runs\` lists the ids.`)
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

const ofKind = (entries: readonly JournalEntry[], eventKind: JournalEvent['kind']): readonly JournalEntry[] =>
  entries.filter(({ kind }) => kind === eventKind)

const areSameRoots = (stored: unknown, roots: readonly string[]): boolean =>
  JSON.stringify(stored) === JSON.stringify(roots)

const planOf = (entries: readonly JournalEntry[]): Plan | null => parsePlan(ofKind(entries, 'plan').at(-1)?.plan)

type EndedEvent = Extract<JournalEvent, { readonly kind: 'ended' }>

function completedSteps(entries: readonly JournalEntry[]): readonly EndedEvent[] {
  const ended = ofKind(entries, 'ended') as unknown as readonly Partial<EndedEvent>[]
  return ended.filter(
    (event): event is EndedEvent =>
      event.result?.outcome === 'done' && Array.isArray(event.changes) && event.changes.every(isChange),
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
  const completed = new Set(completedSteps(entries).map(({ result }) => result.id))
  const last = entries.findLast(({ kind }) => kind === 'task' || kind === 'finished')
  return {
    id,
    at: typeof at === 'number' ? at : 0,
    task: plan?.task ?? (typeof task === 'string' ? task : ''),
    done: plan?.steps.filter((step) => completed.has(step.id)).length ?? 0,
    steps: plan?.steps.length ?? 0,
    error: last?.kind === 'finished' ? textOf(last.error) : 'It was interrupted, or is still running.',
  }
}
