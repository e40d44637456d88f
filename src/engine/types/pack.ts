/** What is handed to a model or a reader: hits, blocks, and the account of what was cut. */

import type { Mode } from './query.ts'

/**
 * r0 full · r1 trimmed body · r2 signature and first doc line · r3 name line · r4 file card · r5 folder or cluster card ·
 * log: the commits that wrote the lines.
 */
export type Resolution = 'r0' | 'r1' | 'r2' | 'r3' | 'r4' | 'r5' | 'log'

export interface ScorePart {
  readonly part: string
  /** Contribution to the score, signed. */
  readonly value: number
}

export interface Hit {
  readonly chunk: string
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
  readonly symbol: string
  readonly score: number
  readonly why: readonly ScorePart[]
}

export interface Block {
  /** `b1`, `b2`, … in document order: what a citation names. */
  readonly id: string
  readonly path: string
  readonly symbol: string
  readonly resolution: Resolution
  /** Lines the block stands for; 0 for cards of folders and clusters. */
  readonly firstLine: number
  readonly lastLine: number
  /** Line ranges that stand verbatim in `text`. */
  readonly shown: readonly (readonly [first: number, last: number])[]
  readonly tokens: number
  readonly text: string
  /** Hash of the file's content when it was cited. */
  readonly hash: string
  readonly why: readonly ScorePart[]
}

export interface Dropped {
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
  readonly symbol: string
  readonly tokens: number
  readonly reason: string
}

export interface Trace {
  readonly stage: string
  readonly note: string
}

export interface Pack {
  readonly budget: number
  /** Tokens of the whole presentation, never over the budget. */
  readonly tokens: number
  readonly chars: number
  readonly mode: Mode
  readonly blocks: readonly Block[]
  /** The best of what is not shown. */
  readonly dropped: readonly Dropped[]
  /** How many more chunks match than found room. */
  readonly leftOut: number
  readonly trace: readonly Trace[]
}

export interface Context {
  readonly query: string
  readonly hits: readonly Hit[]
  readonly packs: readonly Pack[]
  /** What the reader must know to trust it rightly, a sentence each; mostly none. */
  readonly notes: readonly string[]
  readonly ms: number
}
