/** What is handed to a model or a reader: hits, blocks, and the account of what was cut. */

import type { Mode, QueryLevel } from './query.ts'

/**
 * The levels of detail, from fine to coarse: the full text, a body trimmed to the lines that matter, a signature with its
 * first documentation line, a name line, a file card, a card of folders and clusters; `log`: the commits that wrote the lines.
 */
export type Resolution = 'full' | 'trimmed' | 'signature' | 'name' | 'file card' | 'folder card' | 'log'

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
  /** Titles of the symbols that begin in it (`Class.method`), in source order; empty for text outside any. */
  readonly symbols: readonly string[]
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
  /** Of a `log`: what stands in `text`. */
  readonly commits?: readonly CommitEvidence[]
}

export interface Dropped {
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
  readonly symbol: string
  readonly tokens: number
  readonly reason: string
}

/** A commit that wrote lines, or whose message names the symbol that stands there; secrets in its text are blanked. */
export interface CommitEvidence {
  readonly hash: string
  /** Commit time in seconds since the epoch; 0 when it is not known. */
  readonly seconds: number
  readonly subject: string
  readonly body: string
  /** Lines of the place that it wrote; 0 when it only names the symbol. */
  readonly lines: number
}

/** How a pack came about. */
export interface PackTrace {
  /** Why the question was answered in this mode; null when nobody routed it. */
  readonly route: {
    readonly mode: Mode
    readonly reason: string
    /** How much of the repository the question is about. */
    readonly scope: string
    /** Half of the code that is shown stands in `half` of `files` files (diffusion; Goldman et al., 2024). */
    readonly diffusion: { readonly half: number; readonly files: number }
  } | null
  readonly level: QueryLevel
  /** Terms of the question that were searched for. */
  readonly terms: number
  /** Files and chunks that match. */
  readonly files: number
  readonly chunks: number
  /** Blocks by resolution, from fine to coarse. */
  readonly blocks: readonly (readonly [resolution: Resolution, count: number])[]
  /** Tokens the blocks could take. */
  readonly budget: number
}

/** From fine to coarse. */
export const RESOLUTIONS: readonly Resolution[] = [
  ...(['full', 'trimmed', 'signature', 'name', 'file card', 'folder card', 'log'] as const),
]

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
  readonly trace: PackTrace
}

export interface Context {
  readonly query: string
  readonly hits: readonly Hit[]
  readonly packs: readonly Pack[]
  /** What the reader must know to trust it rightly, a sentence each; mostly none. */
  readonly notes: readonly string[]
  readonly ms: number
}
