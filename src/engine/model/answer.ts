/** What is said about a question. */
import type { Context } from './pack.ts'

export interface Statement {
  readonly text: string
  /** Where it stands: path and lines, which exist as written. */
  readonly path: string
  readonly start: number
  readonly end: number
  /** Lines quoted word for word from there. */
  readonly quote: readonly string[]
}

export interface Answer {
  /** `offline`: put together from the index, no model was asked. */
  readonly mode: 'offline'
  readonly summary: string
  /** In the order in which to look. */
  readonly statements: readonly Statement[]
  readonly context: Context
}
