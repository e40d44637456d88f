/**
 * The door to what is kept on disk. Two implementations of one interface: LanceDB, and plain files where the
 * native module cannot run. Records and vectors are content-addressed and written first; the tree, which names them,
 * is replaced atomically afterwards, so a crash at any point leaves the previous tree whole.
 */
import type { FileRecord } from '../model/chunk.ts'
import type { Tree } from '../model/tree.ts'

export const SCHEMA_VERSION = 1

export interface StoreReader {
  readonly kind: 'lancedb' | 'files'
  tree(id: string): Promise<Tree | null>
  /** Records by key; keys that are not stored are absent from the answer. */
  records(keys: readonly string[]): Promise<Map<string, FileRecord>>
  /** Which of the keys are stored. */
  has(keys: readonly string[]): Promise<Set<string>>
  /** Vectors by chunk id for one embedder. */
  vectors(embedder: string, ids: readonly string[]): Promise<Map<string, Float32Array>>
  /** Bytes on disk. */
  size(): Promise<number>
  close(): Promise<void>
}

export interface StoreWriter extends StoreReader {
  putRecords(records: readonly FileRecord[]): Promise<void>
  putVectors(embedder: string, vectors: ReadonlyMap<string, Float32Array>): Promise<void>
  putTree(tree: Tree): Promise<void>
  /** Drops records no tree names and versions older than the retention window (milliseconds). */
  compact(retention: number): Promise<void>
}
