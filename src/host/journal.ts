/** Runs of `generate`, kept as they happen: a line of JSON an event, so that a crash leaves all but the last. */
import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileChange, Plan, StepResult } from '../engine/model/revision.ts'
import { EngineError } from '../engine/model/run.ts'
import { cacheHome } from './home.ts'

/** What a journal knows of an event: its kind decides the rest. */
type Entry = { readonly kind: string }

/** What of a run can be taken up again. */
export interface Kept {
  readonly plan: Plan
  readonly results: readonly StepResult[]
  readonly changes: readonly FileChange[]
}

const ID = /^[0-9]{8}-[0-9a-f]{6}$/
const runs = (): string => join(cacheHome(), 'runs')
const fileOf = (id: string): string => join(runs(), `${id}.jsonl`)

export function newRunId(now: Date): string {
  return `${now.toISOString().slice(0, 10).replaceAll('-', '')}-${randomBytes(3).toString('hex')}`
}

export function record(id: string, entry: Entry, now: number): void {
  mkdirSync(runs(), { recursive: true, mode: 0o700 })
  appendFileSync(fileOf(id), `${JSON.stringify({ at: now, ...entry })}\n`, { mode: 0o600 })
}

/** Throws when there is no such run, or it was of other folders, or made no plan. */
export async function readRun(id: string, roots: readonly string[]): Promise<Kept> {
  const text = ID.test(id) ? await readFile(fileOf(id), 'utf8').catch(() => null) : null
  if (text === null) throw new EngineError('input', `There is no run ${id}: its id stands where the run began.`)
  const entries = text.split('\n').flatMap((line) => {
    try {
      return line ? [JSON.parse(line) as Entry & Record<string, unknown>] : []
    } catch {
      // The line that a crash cut.
      return []
    }
  })
  const of = (kind: string) => entries.filter((entry) => entry.kind === kind)
  const begun = of('task').at(-1)?.roots
  if (JSON.stringify(begun) !== JSON.stringify(roots))
    throw new EngineError(
      'input',
      `The run ${id} was of ${Array.isArray(begun) ? begun.join(', ') : 'other folders'}: name them with --dir.`,
    )
  const plan = of('plan').at(-1)?.plan as Plan | undefined
  if (!plan) throw new EngineError('input', `The run ${id} ended before it had a plan: begin anew.`)
  const ended = of('ended') as unknown as { readonly result: StepResult; readonly changes: readonly FileChange[] }[]
  const done = ended.filter(({ result }) => result.outcome === 'done')
  return { plan, results: done.map(({ result }) => result), changes: done.at(-1)?.changes ?? [] }
}
