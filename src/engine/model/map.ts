/** A repository seen from above, and a symbol seen from all sides. */
import type { Cluster } from './cluster.ts'
import type { LineRange } from './source.ts'
import type { EdgeKind, SymbolKind } from './symbol.ts'

export interface RepositoryMap {
  readonly folders: readonly {
    readonly path: string
    readonly files: number
    readonly lines: number
    readonly chunks: number
  }[]
  readonly clusters: readonly Cluster[]
}

/** A place that refers to a symbol, or that a symbol refers to. */
export interface Related {
  readonly kind: EdgeKind
  readonly path: string
  /** First line of the symbol at the other end; 1 for a file. */
  readonly line: number
  /** Its name, '' for a file. */
  readonly name: string
  /** 1 when the reference is certain, 1 / candidates otherwise. */
  readonly weight: number
}

/** One definition of a name. */
export interface SymbolCard extends LineRange {
  readonly path: string
  readonly kind: SymbolKind
  /** With the names of what encloses it, joined by dots. */
  readonly name: string
  readonly signature: string
  readonly doc: string
  /** The surest first. */
  readonly referredBy: readonly Related[]
  readonly refersTo: readonly Related[]
}
