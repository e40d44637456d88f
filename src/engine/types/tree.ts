/** One indexed workspace at one moment: path → content. Small enough to be replaced whole, atomically. */
import type { Cluster } from './cluster.ts'
import type { Skipped } from './source.ts'
import type { Edges } from './symbol.ts'

export interface Commit {
  readonly hash: string
  readonly subject: string
  /** What follows the subject, cut after a few hundred characters. */
  readonly body: string
  readonly paths: readonly string[]
  /**
   * Per path the places it changed, four numbers each: first line and length before it, first line and length after
   * it. Empty where that was not read: sweeping commits and old ones.
   */
  readonly hunks: readonly Int32Array[]
}

export interface TreeEntry {
  readonly path: string
  readonly root: number
  readonly inner: string
  readonly size: number
  readonly mtime: number
  /** Key of the file's record. */
  readonly key: string
  /** It was still the same when its time had long been this: a time in the future needs no further look. */
  readonly settled?: boolean
}

export interface Tree {
  readonly id: string
  readonly roots: readonly string[]
  readonly entries: readonly TreeEntry[]
  readonly skipped: readonly Skipped[]
  /** Number of chunks in all files. */
  readonly chunks: number
  readonly clusters: readonly Cluster[]
  readonly edges: Edges
  /** Id of the embedder the clusters were made with. */
  readonly embedder: string
  /** Commits checked out in the roots as `History.head` names them, `-` where there is none; `?` at the end: unread. */
  readonly head: string
  /** Past commits, newest first, with paths as shown. */
  readonly commits: readonly Commit[]
  /** When the run that made it began, milliseconds since the epoch: a file changed later may differ from its entry. */
  readonly at: number
  /** False when indexing was stopped early: the rest follows with the next run. */
  readonly complete: boolean
}
