/** A question, and the query plan made of it. */
import type { Resolution } from './pack.ts'
import { EngineError } from './run.ts'

/** The four query levels of "RAG and Beyond" (Zhao et al., 2024), from explicit fact to hidden rationale. */
export type QueryLevel = 'explicit fact' | 'implicit fact' | 'interpretable rationale' | 'hidden rationale'

export interface QueryPlan {
  readonly text: string
  /** Characters of a long question that were not read. */
  readonly unreadChars: number
  readonly level: QueryLevel
  /** Term → weight. Whole identifiers are written `=name`. */
  readonly terms: ReadonlyMap<string, number>
  /** The same terms with the flatter weights used for whole files, paths and commit subjects. */
  readonly flatTerms: ReadonlyMap<string, number>
  /** Adjacent words written as one → weight. */
  readonly compounds: ReadonlyMap<string, number>
  /** Adjacent terms, `first second` → weight. */
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
 * How a question is answered. `analysis`: read off the index, exactly · `full`: whole files · `retrieved`: the best
 * hits · `hybrid`: named symbols in full, plus the best hits · `map-reduce`: in parts that are then combined.
 */
export const MODES = ['analysis', 'full', 'retrieved', 'hybrid', 'map-reduce'] as const
export type Mode = (typeof MODES)[number]

export interface Question {
  readonly text: string
  /**
   * Earlier questions of the conversation, latest last; a question that refers back is searched for together with them.
   */
  readonly previousQuestions?: readonly string[]
  /** Additional search words that the user did not write. */
  readonly hints?: string
  /** How to answer; absent: chosen by the router. */
  readonly mode?: Mode
  /** Budgets in tokens of the target model's tokenizer; one pack is made for each. */
  readonly budgets: readonly number[]
  /** The user's changes to what ranking chose. */
  readonly overrides?: readonly Override[]
  /** Names of ranking signals to leave out, for measuring what each is worth. */
  readonly withoutSignals?: readonly string[]
}

/** `pin`: packed before all else; `drop`: left out; a resolution: shown at that resolution only. */
export type OverrideKind = 'pin' | 'drop' | Extract<Resolution, 'full' | 'trimmed' | 'signature' | 'name'>

/** An override for lines of a path; 0–0 is the whole file. Of two for the same lines the later wins. */
export interface Override {
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
  readonly kind: OverrideKind
  /** The reason, when the override does not come from the user. */
  readonly reason?: string
}

const MAX_QUESTION_CHARS = 1_000_000
export const MAX_BUDGET_TOKENS = 10_000_000
/** Of a question, and of an explanation, unless the user chose one. */
export const DEFAULT_BUDGET_TOKENS = 8000
export const EXPLAIN_BUDGET_TOKENS = 12_000

/** Throws when the question is empty or too long. Front ends call it before any work that precedes the answer. */
export function checkQuestion(text: string): void {
  if (!/[\p{L}\p{N}]/u.test(text)) throw new EngineError('input', 'The question is empty: write what you want to know.')
  if (text.length > MAX_QUESTION_CHARS)
    throw new EngineError(
      'input',
      `The question has ${text.length} characters; at most ${MAX_QUESTION_CHARS} can be read: shorten it.`,
    )
}

/** Throws when a budget is not a whole number from 1 to `MAX_BUDGET_TOKENS`. */
export function checkBudgets(budgets: readonly number[]): void {
  for (const budget of budgets)
    if (!Number.isInteger(budget) || budget < 1 || budget > MAX_BUDGET_TOKENS)
      throw new EngineError(
        'input',
        `The budget ${budget} is not a whole number of tokens from 1 to ${MAX_BUDGET_TOKENS}.`,
      )
}
