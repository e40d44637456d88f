/** What differs between the two stores: records by key, and vectors by key. */

export interface Row {
  readonly key: string
  readonly payload: Uint8Array
}

export interface Rows {
  readonly kind: 'lancedb' | 'files'
  keys(): Promise<ReadonlySet<string>>
  /** One after the other: all of them would be a second index in memory. A row may come twice. */
  get(keys: readonly string[]): AsyncIterable<readonly [key: string, payload: Uint8Array]>
  add(rows: readonly Row[]): Promise<void>
  vectors(embedder: string, keys: readonly string[]): Promise<Map<string, Float32Array>>
  addVectors(embedder: string, vectors: ReadonlyMap<string, Float32Array>): Promise<void>
  /** Of records. */
  remove(keys: readonly string[]): Promise<void>
  /** Of every embedder, no others; the keys are asked for where there are vectors. */
  keepVectors(keys: () => Promise<ReadonlySet<string>>): Promise<void>
  /** Merges what many writes left behind; versions older than `retention` milliseconds go. */
  compact(retention: number): Promise<void>
  close(): Promise<void>
}
