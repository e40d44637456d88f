/** What one indexing run did. */
import type { Skipped } from './source.ts'

/** Counts of files unless they say otherwise. */
export interface IndexReport {
  readonly files: number
  readonly chunks: number
  readonly parsed: number
  /** Not parsed because their bytes were known, from another branch or worktree or from the shared index. */
  readonly fetched: number
  /** Records added to the shared index. */
  readonly published: number
  readonly reused: number
  readonly removed: number
  readonly skipped: readonly Skipped[]
  /** False when the run was stopped; what it had done is kept. */
  readonly complete: boolean
  readonly ms: number
}
