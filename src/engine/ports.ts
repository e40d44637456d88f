/**
 * The ports through which the engine reaches the outside world. `src/host` implements them for Node; tests implement
 * them in memory.
 */
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

/** Read access to the workspace. Paths are absolute, in the platform's form, joined with `/`. */
export interface Files {
  /** Throws when the folder cannot be read. */
  list(folder: string): Promise<readonly FileEntry[]>
  /**
   * Size in bytes, modification time in ms and, if the platform has them, permission bits; null when the file does not
   * exist or may not be read.
   */
  stat(path: string): Promise<{ readonly size: number; readonly mtime: number; readonly mode?: number } | null>
  /** The bytes, or null when they cannot be read. */
  read(path: string): Promise<Uint8Array | null>
}

export interface CommitLog {
  readonly commits: readonly Commit[]
  /** True when the commits continue the history that led to `after`. */
  readonly continuesHistory: boolean
  /** False when the log could not be read in time. */
  readonly ok: boolean
}

/** A commit that wrote lines. */
export interface LineOrigin {
  readonly hash: string
  /** Seconds since the epoch. */
  readonly seconds: number
  readonly subject: string
  readonly body: string
  readonly lines: number
}

/** Version control, if the folder has any. */
export interface History {
  /**
   * Commits without merges, newest first, with paths relative to the root and without hunks. If `after` is an ancestor
   * of HEAD, only the commits since. Empty when the root is no repository.
   */
  commits(root: string, limit: number, after: string | null): Promise<CommitLog>
  /** Hunks of the commits by path, keyed by commit hash; commits that could not be read in time are missing. */
  hunks(root: string, hashes: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, Int32Array>>>
  /** The commits that last wrote the lines of a file, most lines first; empty when git does not answer in time. */
  blame(root: string, path: string, first: number, last: number): Promise<readonly LineOrigin[]>
  /** Tracked paths below the root, or null when it is no repository. */
  tracked(root: string): Promise<ReadonlySet<string> | null>
  /** Patterns of the user's global excludes file and `.git/info/exclude`. */
  excludes(root: string): Promise<readonly string[]>
  /** Whether file names of the repository are case-insensitive (`core.ignoreCase`). */
  ignoresCase(root: string): Promise<boolean>
  /** Identifies the commit checked out and how much of its history is present; null without one. */
  head(root: string): Promise<string | null>
}

/** A language model. */
export interface Model {
  /** Display name. */
  readonly name: string
  /** Context window in tokens; 0 when unknown. */
  readonly windowTokens: number
  /** Tokens of context within which the model is known to find what is there; it is given no more. 0: no limit. */
  readonly effectiveTokens: number
  /** Its tokens per token of ours, from the usage recorded so far. */
  readonly tokenRatio: number
  /** Records how many tokens we counted in a request and how many the model counted. */
  recordUsage(counted: number, actual: number): void
  /**
   * Streams a reply to `onText`. Rejects with a `ModelError` when the model refuses, cannot be reached or breaks off,
   * and with the signal's reason when aborted; text received until then has been delivered.
   */
  complete(run: Run, messages: readonly Message[], onText: (text: string) => void): Promise<CompletionResult>
  /**
   * Streams a reply that may call tools; absent where tools cannot be offered. Resolves to null when the endpoint
   * refuses tools; the method is absent from then on.
   */
  completeWithTools?(
    run: Run,
    messages: readonly ToolMessage[],
    tools: readonly ToolSpec[],
    onText: (text: string) => void,
  ): Promise<(CompletionResult & { readonly calls: readonly ToolRequest[] }) | null>
}

export interface CompletionResult {
  /** As counted by the endpoint; null when it did not report usage. */
  readonly usage: Usage | null
  /** False when the reply reached the model's own length limit. */
  readonly finished: boolean
}

/** Text → unit vectors. */
export interface Embedder {
  /** Identifies model and dimension; vectors of different ids are never mixed. */
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
  /** Yields to other pending work; called now and then in long loops. */
  yieldTurn(): Promise<void>
}

export interface Log {
  warn(topic: string, message: string): void
}

/** A file for a worker to turn into a record. */
export interface ParseJob {
  readonly path: string
  /** Absolute path. */
  readonly file: string
  /** Key of the stored record, in case the bytes are unchanged. */
  readonly known?: string
  /** Compute the key only; do not parse. */
  readonly keyOnly?: true
  /** Unsaved text of an editor, used instead of the file on disk. */
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

/** CPU-heavy work, off the caller's thread. */
export interface Workers {
  parse(run: Run, jobs: readonly ParseJob[], each: (result: ParseResult) => void | Promise<void>): Promise<void>
  cluster(run: Run, input: ClusterInput): Promise<readonly Cluster[]>
  /** Assigns each vector to its nearest centroid. */
  assign(run: Run, input: AssignInput): Promise<Assignments>
  /** The syntax errors in each text; null for a text that could not be parsed. */
  syntax(
    run: Run,
    files: readonly { readonly path: string; readonly text: string }[],
  ): Promise<readonly (readonly ParseError[] | null)[]>
}

/** The input of clustering; row i of `vectors` (n × dimensions, unit length) belongs to `ids[i]`. */
export interface ClusterInput {
  readonly seed: number
  readonly dimensions: number
  readonly vectors: Float32Array
  readonly ids: readonly string[]
  readonly paths: readonly string[]
  readonly lines: readonly number[]
  readonly names: readonly string[]
  /** Identifiers for the labels: the distinct sub-tokens of each chunk's names. */
  readonly words: readonly (readonly string[])[]
}

/**
 * Unit vectors and centroids in groups, n × dimensions each: the first `below[0]` centroids belong to route 0, and so
 * on.
 */
export interface AssignInput {
  readonly dimensions: number
  readonly vectors: Float32Array
  readonly routes: Float32Array
  readonly below: readonly number[]
  readonly centroids: Float32Array
}

/** For each vector its centroid and their cosine. */
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
  /** null: use the built-in embedder. */
  readonly embedder: Embedder | null
  /** The built-in embedder; null when its weights cannot be read, in which case hashed sub-tokens are used. */
  readonly embedding: Embedding | null
  readonly tokenizer: Tokenizer
  readonly clock: Clock
  readonly log: Log
  readonly workers: Workers
  readonly memory: {
    /** Used share of the memory this process may take, 0–1. */
    usedShare(): number
    /** Collects garbage now; takes about 200 ms for a million lines. */
    collectGarbage(): void
  }
}
