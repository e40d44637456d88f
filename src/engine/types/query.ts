/** A question and what planning makes of it. */
import type { Resolution } from './pack.ts'
import { EngineError } from './run.ts'

/** DESIGN: the four levels of a query, after "RAG and Beyond" (explicit fact … hidden rationale). */
export type QueryLevel = 'explicit fact' | 'implicit fact' | 'interpretable rationale' | 'hidden rationale'

export interface QueryPlan {
  readonly text: string
  /** Characters of the question that were not read: of a long one only what seems to matter is. */
  readonly unreadChars: number
  readonly level: QueryLevel
  /** Term → weight. Whole identifiers are written `=name`. */
  readonly terms: ReadonlyMap<string, number>
  /** The same with the flatter weights that suit whole files, paths and commit subjects. */
  readonly flatTerms: ReadonlyMap<string, number>
  /** Neighbouring words written as one → weight. */
  readonly compounds: ReadonlyMap<string, number>
  /** Terms that stand beside each other, `first second` → weight. */
  readonly pairs: ReadonlyMap<string, number>
  /** Identifiers named in the text (lower case, no `_` or `$`) → weight. */
  readonly identifiers: ReadonlyMap<string, number>
  /** Paths named in the text, stack frames included, lower case. */
  readonly paths: readonly string[]
  /** Dotted module names in the text, lower case. */
  readonly modules: readonly string[]
  readonly asksTests: boolean
  readonly asksExamples: boolean
  readonly asksGenerated: boolean
  readonly asksConfiguration: boolean
}

/**
 * How a question is answered. `analysis`: read off the index, exactly · `full`: whole files · `retrieved`: what ranks best ·
 * `hybrid`: named units in full, and what ranks best · `map-reduce`: in parts that are put together.
 */
export const MODES = ['analysis', 'full', 'retrieved', 'hybrid', 'map-reduce'] as const
export type Mode = (typeof MODES)[number]

export interface Question {
  readonly text: string
  /** Questions asked before in the same conversation, the latest last: a question that points back is read with them. */
  readonly previousQuestions?: readonly string[]
  /** Words to search for besides, which nobody asked. */
  readonly hints?: string
  /** How to answer; absent: as suits the question. */
  readonly mode?: Mode
  /** Budgets in tokens of the target model's tokenizer; one pack is made for each. */
  readonly budgets: readonly number[]
  /** What the asker wants shown otherwise than ranking would have it. */
  readonly overrides?: readonly Override[]
  /** Names of ranking signals to leave out, as if they said nothing; for measuring what each is worth. */
  readonly withoutSignals?: readonly string[]
}

/** `pin`: in the pack before all else; `drop`: not in it; a rung: shown at that detail and no other. */
export type OverrideKind = 'pin' | 'drop' | Extract<Resolution, 'full' | 'trimmed' | 'signature' | 'name'>

/** A wish about the lines of a path; 0–0 is the whole file. Of two about the same lines the later counts. */
export interface Override {
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
  readonly kind: OverrideKind
  /** Why, when it is not the asker who wishes it. */
  readonly reason?: string
}

const MAX_QUESTION = 1_000_000
const MAX_BUDGET = 10_000_000

/** Throws when nothing is asked or too much; a face calls it before work that the question waits for. */
export function checkQuestion(text: string): void {
  if (!/[\p{L}\p{N}]/u.test(text)) throw new EngineError('input', 'The question is empty: write what you want to know.')
  if (text.length > MAX_QUESTION)
    throw new EngineError(
      'input',
      `The question has ${text.length} characters; at most ${MAX_QUESTION} can be read: shorten it.`,
    )
}

export function checkBudgets(budgets: readonly number[]): void {
  for (const budget of budgets)
    if (!Number.isInteger(budget) || budget < 1 || budget > MAX_BUDGET)
      throw new EngineError('input', `The budget ${budget} is not a whole number of tokens from 1 to ${MAX_BUDGET}.`)
}
