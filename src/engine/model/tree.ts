/** One indexed workspace at one moment: path → content. Small enough to be replaced whole, atomically. */
import type { Cluster } from './cluster.ts'
import type { Skipped } from './source.ts'
import type { Edges } from './symbol.ts'

export interface TreeEntry {
  readonly path: string
  readonly root: number
  readonly inner: string
  readonly size: number
  readonly mtime: number
  /** Key of the file's record. */
  readonly key: string
}

export interface Tree {
  readonly id: string
  readonly roots: readonly string[]
  readonly entries: readonly TreeEntry[]
  readonly skipped: readonly Skipped[]
  readonly clusters: readonly Cluster[]
  readonly edges: Edges
  readonly embedder: string
  /** When it was committed, milliseconds since the epoch. */
  readonly at: number
  /** False when indexing was stopped early: the rest follows with the next run. */
  readonly complete: boolean
}
