/** What a plan and its steps are made from and by, and what is told as they go. */
import type { Usage } from '../model/answer.ts'
import type { FileChange, Limits, Plan, StepResult } from '../model/revision.ts'
import type { Run } from '../model/run.ts'
import type { Model } from '../ports.ts'
import type { Base } from './draft.ts'
import type { Workbench } from './perform.ts'

export interface Ground extends Base, Pick<Workbench, 'outline' | 'guard' | 'shown' | 'near'> {
  /** The repository in a few lines. */
  readonly map: string
  exists(path: string): boolean
  /** Code that speaks of a question, from the draft as it was last shown; presented, within so many tokens. */
  search(run: Run, query: string, tokens: number): Promise<string>
  /** Makes what was written known to `search`. */
  show(run: Run, changes: readonly FileChange[]): Promise<void>
  fenced(text: string): string
  count(text: string): number
}

/** Who writes, and what was agreed. */
export interface Hand {
  readonly model: Model
  /** Makes the plan; absent: the model. */
  readonly planner?: Model | undefined
  readonly limits: Limits
  /** A step that nothing but its syntax could check is complete: the user said so. */
  readonly unchecked: boolean
  /** What happens, as it happens, for whoever keeps or shows it. */
  onEvent(event: RevisionEvent): void
}

export type RevisionEvent =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'begun'; readonly step: string }
  | {
      readonly kind: 'exchange'
      readonly step: string
      /** What was new in the request. */
      readonly sent: string
      readonly reply: string
      readonly usage: Usage | null
    }
  | { readonly kind: 'ended'; readonly result: StepResult; readonly changes: readonly FileChange[] }

/** Tokens of a request where nothing is known of the model. */
const WINDOW = 16_000
/** Share of a context that code found beforehand may fill. */
const FOUND_SHARE = 0.35

/** Tokens of a request to the model. */
export function roomOf({ window, effective }: Model): number {
  const known = [window, effective].filter((one) => one > 0)
  return known.length ? Math.min(...known) : WINDOW
}

/** Tokens of code that is found beforehand. */
export const foundRoom = (model: Model): number => Math.floor(roomOf(model) * FOUND_SHARE)

export async function write(run: Run, model: Model, messages: Parameters<Model['write']>[1]): Promise<string> {
  let text = ''
  await model.write(run, messages, (piece) => {
    text += piece
  })
  return text.trim()
}
