/** The result of retrieval: hits, packs of blocks, and the trace of what was left out and why. */
import type { Mode, QueryLevel } from './query.ts'
import type { UnreadableReason } from './source.ts'

/**
 * Levels of detail, from fine to coarse: the full text, a body trimmed to the relevant lines, a signature with its
 * first line of documentation, a name, one line on a file, a few lines on folders and clusters. `log`: the commits that
 * wrote the lines.
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
  /**
   * Titles of the symbols that begin in the block (`Class.method`), in source order; empty for text outside any symbol.
   */
  readonly symbols: readonly string[]
  readonly resolution: Resolution
  /** The lines the block covers; 0 for folder cards. */
  readonly firstLine: number
  readonly lastLine: number
  /** Line ranges that `text` contains verbatim. */
  readonly shown: readonly (readonly [first: number, last: number])[]
  readonly tokens: number
  readonly text: string
  /** Content hash of the file when it was cited. */
  readonly hash: string
  readonly why: readonly ScorePart[]
  /** The commits shown by a `log` block. */
  readonly commits?: readonly CommitEvidence[]
}

/** Why a matching place is not shown. */
export type DropReason = 'over budget' | 'left out by you' | `same text as ${string}` | UnreadableReason

export interface Dropped {
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
  readonly symbol: string
  /** Its price; 0 when it was not counted. */
  readonly tokens: number
  readonly reason: DropReason
}

/** A commit that wrote the lines, or whose message names their symbol. Secrets in its text are redacted. */
export interface CommitEvidence {
  readonly hash: string
  /** Commit time in seconds since the epoch; 0 when unknown. */
  readonly seconds: number
  readonly subject: string
  readonly body: string
  /** How many of the lines it wrote; 0 when it only names the symbol. */
  readonly lines: number
}

/** How a pack was made. */
export interface PackTrace {
  /** Why the question was answered in this mode; null when it was not routed. */
  readonly route: {
    readonly mode: Mode
    readonly reason: string
    /** How much of the repository the question is about. */
    readonly scope: string
    /** Half of the code shown is in `half` of `files` files (diffusion; Goldman et al., 2024). */
    readonly diffusion: { readonly half: number; readonly files: number }
  } | null
  readonly level: QueryLevel
  /** Number of search terms of the question. */
  readonly terms: number
  /** Files and chunks that match. */
  readonly files: number
  readonly chunks: number
}

/** From fine to coarse. */
export const RESOLUTIONS: readonly Resolution[] = [
  ...(['full', 'trimmed', 'signature', 'name', 'file card', 'folder card', 'log'] as const),
]

export interface Pack {
  readonly budget: number
  /** Tokens of the whole presentation; never over the budget. What a model asks to see on top raises both. */
  readonly tokens: number
  readonly chars: number
  readonly mode: Mode
  readonly blocks: readonly Block[]
  /** The best hits that are not shown. */
  readonly dropped: readonly Dropped[]
  /** Number of matching chunks that did not fit. */
  readonly leftOut: number
  readonly trace: PackTrace
}

export interface Context {
  readonly query: string
  readonly hits: readonly Hit[]
  readonly packs: readonly Pack[]
  /** Caveats a reader needs to judge the result, one sentence each; usually none. */
  readonly notes: readonly string[]
  readonly ms: number
}
