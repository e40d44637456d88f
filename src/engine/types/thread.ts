/** A conversation about a workspace, as it is kept. */
import type { Answer } from './answer.ts'
import type { Override } from './query.ts'

/** What a question points at: `#file`, `#symbol` and `#selection` resolved to lines; 0–0 is the whole file. */
export interface Mention {
  readonly kind: 'file' | 'symbol' | 'selection'
  /** As written after the `#`. */
  readonly label: string
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
}

/** A question that was answered before, with what was said; as text where somebody else kept it. */
export interface Exchange {
  readonly question: string
  readonly answer: Answer | string
}

export interface Turn {
  readonly id: string
  readonly question: string
  readonly mentions: readonly Mention[]
  readonly budget: number
  readonly overrides: readonly Override[]
  /** null while it is being answered, or when that failed. */
  readonly answer: Answer | null
  /** One sentence: what went wrong and what to do; '' when nothing did. */
  readonly error: string
  readonly feedback: 'helpful' | 'unhelpful' | null
  /** Questions to go on with, each about a symbol that exists. */
  readonly nextQuestions: readonly string[]
}

export interface Thread {
  readonly id: string
  /** The first question, cut. */
  readonly title: string
  /** Last change, milliseconds since the epoch. */
  readonly at: number
  readonly turns: readonly Turn[]
}

export type ThreadSummary = Pick<Thread, 'id' | 'title' | 'at'> & { readonly turns: number }
