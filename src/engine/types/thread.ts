/** A conversation about a workspace, as it is stored. */
import type { Answer } from './answer.ts'
import type { Override } from './query.ts'

/** What a question refers to: `#file`, `#symbol` and `#selection` resolved to lines; 0–0 is the whole file. */
export interface Mention {
  readonly kind: 'file' | 'symbol' | 'selection'
  /** As written after the `#`. */
  readonly label: string
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
}

/** A question with its answer; as text when another program stored it. */
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
  /** null while the answer is pending or when it failed. */
  readonly answer: Answer | null
  /** One sentence: what went wrong and what to do; null when nothing did. */
  readonly error: string | null
  readonly feedback: 'helpful' | 'unhelpful' | null
  /** Follow-up questions, each about a symbol that exists. */
  readonly nextQuestions: readonly string[]
}

export interface Thread {
  readonly id: string
  /** The first question, shortened. */
  readonly title: string
  /** Last change, milliseconds since the epoch. */
  readonly at: number
  readonly turns: readonly Turn[]
}

export type ThreadSummary = Pick<Thread, 'id' | 'title' | 'at'> & { readonly turns: number }
