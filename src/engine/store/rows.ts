/** The interface in which the two stores differ: records by key, and vectors by key. */

export interface Row {
  readonly key: string
  readonly payload: Uint8Array
}

export interface Rows {
  readonly kind: 'lancedb' | 'files'
  keys(): Promise<ReadonlySet<string>>
  /** Yields rows one by one: all at once would be a second index in memory. A row may come twice. */
  get(keys: readonly string[]): AsyncIterable<readonly [key: string, payload: Uint8Array]>
  add(rows: readonly Row[]): Promise<void>
  vectors(embedder: string, keys: readonly string[]): Promise<Map<string, Float32Array>>
  addVectors(embedder: string, vectors: ReadonlyMap<string, Float32Array>): Promise<void>
  /** Of records. */
  remove(keys: readonly string[]): Promise<void>
  /** Removes all vectors, of any embedder, except those of `keys`, which is called only if there are vectors. */
  keepVectors(keys: () => Promise<ReadonlySet<string>>): Promise<void>
  /** Merges fragments of many writes and removes versions older than `retentionMs`. */
  compact(retentionMs: number): Promise<void>
  close(): Promise<void>
}
