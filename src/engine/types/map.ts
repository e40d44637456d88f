/** Types of the repository map and of what is known about one symbol. */
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
  /** Line of the reference, for what refers to a symbol; first line of the definition, for what it refers to. */
  readonly line: number
  /** Its name; null for a file. */
  readonly name: string | null
  /** 1 when the reference is certain, less otherwise. */
  readonly weight: number
}

/** One definition of a name. */
export interface SymbolCard extends LineRange {
  readonly path: string
  readonly kind: SymbolKind
  /** Qualified by the names of its enclosing symbols, joined by dots. */
  readonly name: string
  readonly signature: string
  readonly doc: string
  /** Most certain first. */
  readonly referredBy: readonly Related[]
  readonly refersTo: readonly Related[]
  /** Lines of code that contain the name without a reference that was resolved. */
  readonly unresolved: readonly { readonly path: string; readonly line: number }[]
}

/** A node of the map as a tree: folders hold folders and files, files symbols; clusters hold clusters and symbols. */
export interface MapNode {
  /** Identifies the node: the argument of `Engine.mapChildren`. */
  readonly id: string
  readonly kind: 'folder' | 'file' | 'cluster' | 'symbol'
  readonly label: string
  readonly detail: string
  /** Of a folder, a file or a symbol; otherwise ''. */
  readonly path: string
  /** Lines of a symbol; otherwise 0. */
  readonly firstLine: number
  readonly lastLine: number
  readonly symbol: SymbolKind | null
  readonly leaf: boolean
  /** What is known about it, one line each. */
  readonly card: readonly string[]
}

/** A file and its size for the treemap; a folder where there are too many files. */
export interface Area {
  readonly path: string
  readonly folder: boolean
  readonly lines: number
}

/** A completion of the name typed so far. */
export interface NameSuggestion {
  readonly kind: 'file' | 'symbol'
  readonly label: string
  readonly detail: string
  readonly path: string
  /** Lines of a symbol; 0 for a file. */
  readonly firstLine: number
  readonly lastLine: number
}
