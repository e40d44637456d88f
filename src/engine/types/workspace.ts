/** A workspace, the status of its index, and the table of its symbols. */
import type { FileRecord } from './chunk.ts'
import type { Skipped } from './source.ts'
import type { Edges } from './symbol.ts'
import type { TreeEntry } from './tree.ts'

export interface Workspace {
  /** Absolute folders. */
  readonly roots: readonly string[]
  /** Where the index is stored. */
  readonly folder: string
  /** The tree belongs to a draft, stored beside the workspace's own. */
  readonly isDraft?: boolean
  /** The team's shared index, as `sharedUri` gives it; null or absent for none. */
  readonly shared?: string | null
  /** Whether LanceDB's native module runs here, and if not, why. */
  readonly lanceSupport: { readonly usable: boolean; readonly reason: string }
}

export interface Status {
  readonly roots: readonly string[]
  readonly folder: string
  readonly store: 'lancedb' | 'files'
  /** Why the fallback store is used, or ''. */
  readonly storeReason: string
  readonly embedder: string
  readonly files: number
  readonly chunks: number
  readonly clusters: number
  readonly edges: number
  readonly bytes: number
  readonly skipped: readonly Skipped[]
  /** When the index was made, or null when there is none. */
  readonly at: number | null
  readonly complete: boolean
  readonly languages: readonly (readonly [language: string, files: number])[]
}

/**
 * Every indexed file with its symbols and references. Row i of `files` and `records` is one file, as `edges` count
 * them.
 */
export interface SymbolTable {
  readonly files: readonly TreeEntry[]
  readonly records: readonly FileRecord[]
  readonly edges: Edges
}
