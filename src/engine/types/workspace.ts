/** A workspace, what its index is made of, and what every program may read of it. */
import type { FileRecord } from './chunk.ts'
import type { Skipped } from './source.ts'
import type { Edges } from './symbol.ts'
import type { TreeEntry } from './tree.ts'

export interface Workspace {
  /** Absolute folders. */
  readonly roots: readonly string[]
  /** Where the index lies. */
  readonly folder: string
  /** The tree is of a draft over the folders' files, kept beside their own. */
  readonly isDraft?: boolean
  /** Where a team's shared index lies, as `sharedUri` gives it; null or absent for none. */
  readonly shared?: string | null
  /** Whether LanceDB's native module runs here, and if not, why. */
  readonly lanceSupport: { readonly usable: boolean; readonly reason: string }
}

export interface Status {
  readonly roots: readonly string[]
  readonly folder: string
  readonly store: 'lancedb' | 'files'
  /** Why the fallback store runs, or ''. */
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

/** Every file of the index with what it defines and refers to. Row i of `files` and `records` is one file, as `edges` count them. */
export interface SymbolTable {
  readonly files: readonly TreeEntry[]
  readonly records: readonly FileRecord[]
  readonly edges: Edges
}
