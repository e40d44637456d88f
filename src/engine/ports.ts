/** What the engine needs from the world. `src/host` supplies it for Node; tests supply it from text. */

import type { Embedding } from './text/embedding.ts'
import type { Message, ToolMessage, ToolRequest, ToolSpec, Usage } from './types/answer.ts'
import type { PackedRecord } from './types/chunk.ts'
import type { Cluster } from './types/cluster.ts'
import type { ParseError } from './types/generation.ts'
import type { Run } from './types/run.ts'
import type { SkipReason } from './types/source.ts'
import type { Commit } from './types/tree.ts'

export interface FileEntry {
  readonly name: string
  readonly kind: 'file' | 'folder' | 'link' | 'other'
}

/** Read access to the workspace. Paths are absolute, as the platform writes them, joined with `/`. */
export interface Files {
  /** Throws when the folder cannot be read. */
  list(folder: string): Promise<readonly FileEntry[]>
  /** Size in bytes, modification time in ms and, where there are any, permission bits; null when there is no such file or it may not be read. */
  stat(path: string): Promise<{ readonly size: number; readonly mtime: number; readonly mode?: number } | null>
  /** The bytes, or null when they cannot be read. */
  read(path: string): Promise<Uint8Array | null>
}

export interface CommitLog {
  readonly commits: readonly Commit[]
  /** Whether they continue the history that led to `after`. */
  readonly continuesHistory: boolean
  /** False when the log could not be read, or not in time. */
  readonly ok: boolean
}

/** A commit as the origin of lines. */
export interface LineOrigin {
  readonly hash: string
  /** Seconds since the epoch. */
  readonly seconds: number
  readonly subject: string
  readonly body: string
  readonly lines: number
}

/** Version control, where there is any. */
export interface History {
  /**
   * With paths below the root and without hunks, newest first, merges left out; only those that `after` has not when
   * that is a commit that led to the one checked out. Empty when the root is no repository.
   */
  commits(root: string, limit: number, after: string | null): Promise<CommitLog>
  /** Hunks of the commits by path, those of a commit under its hash; what cannot be read in time is absent. */
  hunks(root: string, hashes: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, Int32Array>>>
  /** Commits that last wrote the lines of a file, by how many of them they wrote; empty when git does not say in time. */
  blame(root: string, path: string, first: number, last: number): Promise<readonly LineOrigin[]>
  /** Tracked paths below the root, or null when it is no repository. */
  tracked(root: string): Promise<ReadonlySet<string> | null>
  /** Patterns of the user's global excludes file and `.git/info/exclude`. */
  excludes(root: string): Promise<readonly string[]>
  /** Whether git takes capitals and small letters in the names of the repository's files for one (`core.ignoreCase`). */
  ignoresCase(root: string): Promise<boolean>
  /** Names the commit that is checked out and how much of its history is there; null without one. */
  head(root: string): Promise<string | null>
}

/** A language model. */
export interface Model {
  /** For people. */
  readonly name: string
  /** Tokens a request may have; 0 when that is not known. */
  readonly windowTokens: number
  /** Tokens of context up to which it is known to find what stands there, and more than which it is not given; 0: no limit. */
  readonly effectiveTokens: number
  /** Its tokens for one of ours, by what it has counted so far. */
  readonly tokenRatio: number
  /** Is told how many tokens we counted in a request, and how many it did. */
  recordUsage(counted: number, actual: number): void
  /**
   * Writes an answer, piece by piece. Rejects with a `ModelError` when it refuses, cannot be reached or breaks off, and
   * with the signal's reason when it is stopped; what came until then has been handed over.
   */
  complete(run: Run, messages: readonly Message[], onText: (text: string) => void): Promise<CompletionResult>
  /**
   * Writes an answer in which tools may be called; absent where none can be offered. null: they were refused, and it is
   * absent from then on.
   */
  completeWithTools?(
    run: Run,
    messages: readonly ToolMessage[],
    tools: readonly ToolSpec[],
    onText: (text: string) => void,
  ): Promise<(CompletionResult & { readonly calls: readonly ToolRequest[] }) | null>
}

export interface CompletionResult {
  /** As the endpoint counted; null when it did not say. */
  readonly usage: Usage | null
  /** False when it ran into its own limit. */
  readonly finished: boolean
}

/** Text → unit vectors. */
export interface Embedder {
  /** Names model and dimension; vectors of different ids are never mixed. */
  readonly id: string
  readonly dimensions: number
  embed(run: Run, texts: readonly string[]): Promise<readonly Float32Array[]>
}

export interface Tokenizer {
  readonly id: string
  count(text: string): number
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Lets whatever else waits have its turn; called now and then in long work. */
  yieldTurn(): Promise<void>
}

export interface Log {
  warn(topic: string, message: string): void
}

/** A file to be turned into a record by a worker. */
export interface ParseJob {
  readonly path: string
  /** Absolute path. */
  readonly file: string
  /** Key of the record that is stored already, should the bytes turn out to be the same. */
  readonly known?: string
  /** Only its key is wanted: it is not parsed. */
  readonly keyOnly?: true
  /** What an editor holds unsaved, instead of what is on disk. */
  readonly unsaved?: { readonly bytes: Uint8Array; readonly size: number; readonly mtime: number }
}

interface Stat {
  readonly path: string
  readonly size: number
  readonly mtime: number
}

export type ParseResult =
  | (Stat & { readonly packed: PackedRecord })
  | (Stat & { readonly skipped: SkipReason })
  | (Stat & { readonly same: string })
  | (Stat & { readonly failure: 'parser failed'; readonly detail: string })
  | { readonly path: string; readonly failure: 'unreadable' | 'changed while read' }

/** Heavy work, off the caller's thread. */
export interface Workers {
  parse(run: Run, jobs: readonly ParseJob[], each: (result: ParseResult) => void | Promise<void>): Promise<void>
  cluster(run: Run, input: ClusterInput): Promise<readonly Cluster[]>
  /** The centroid that each vector is nearest to. */
  assign(run: Run, input: AssignInput): Promise<Assignments>
  /** Where a parser stumbles over each text; null when nothing is known of it. */
  syntax(
    run: Run,
    files: readonly { readonly path: string; readonly text: string }[],
  ): Promise<readonly (readonly ParseError[] | null)[]>
}

/** Chunks as clustering sees them; row i of `vectors` (n × dimensions, unit length) belongs to `ids[i]`. */
export interface ClusterInput {
  readonly seed: number
  readonly dimensions: number
  readonly vectors: Float32Array
  readonly ids: readonly string[]
  readonly paths: readonly string[]
  readonly lines: readonly number[]
  readonly names: readonly string[]
  /** Identifiers for the labels: distinct sub-tokens of each chunk's names. */
  readonly words: readonly (readonly string[])[]
}

/** Unit vectors and centroids in groups, n × dimensions each: the first `below[0]` centroids lie below route 0, and so on. */
export interface AssignInput {
  readonly dimensions: number
  readonly vectors: Float32Array
  readonly routes: Float32Array
  readonly below: readonly number[]
  readonly centroids: Float32Array
}

/** Of each vector its centroid and their cosine. */
export interface Assignments {
  readonly labels: Int32Array
  readonly nearness: Float32Array
}

/** Where a language's data comes from: the grammar's wasm bytes and its query text. */
export interface Grammars {
  /** Path of web-tree-sitter's own wasm. */
  readonly runtime: string
  wasm(name: string): Promise<Uint8Array>
  query(name: string): Promise<string>
}

export interface Ports {
  readonly files: Files
  readonly history: History
  /** null: the built-in embedder serves. */
  readonly embedder: Embedder | null
  /** The built-in embedder; null when its weights cannot be read: hashed sub-tokens stand in. */
  readonly embedding: Embedding | null
  readonly tokenizer: Tokenizer
  readonly clock: Clock
  readonly log: Log
  readonly workers: Workers
  readonly memory: {
    /** Share of the memory this process may take that is in use. */
    usedShare(): number
    /** Garbage is collected now; takes some 200 ms for a million lines. */
    collectGarbage(): void
  }
}
