/** One state of an indexed workspace: path → content. Small enough to be replaced as a whole, atomically. */
import type { Cluster } from './cluster.ts'
import type { Skipped } from './source.ts'
import type { Edges } from './symbol.ts'

export interface Commit {
  readonly hash: string
  readonly subject: string
  /** The message after the subject, cut to a few hundred characters. */
  readonly body: string
  readonly paths: readonly string[]
  /**
   * For each path the places it changed, four numbers each: first line and length before, first line and length after.
   * Empty where hunks were not read: sweeping and old commits.
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
  /** The file was unchanged long after its modification time, so a time in the future needs no further check. */
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
  /** The commit checked out in each root, as `History.head` names it; null where there is none. */
  readonly heads: readonly (string | null)[]
  /** Their logs were read. Otherwise `commits` may lack the newest, and the next run that changes the tree reads them. */
  readonly historyRead: boolean
  /** Past commits, newest first, with paths as shown. */
  readonly commits: readonly Commit[]
  /** Start of the run that made it, milliseconds since the epoch: a file changed later may differ from its entry. */
  readonly at: number
  /** False when indexing was stopped early; the next run does the rest. */
  readonly complete: boolean
}
