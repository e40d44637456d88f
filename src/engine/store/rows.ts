/** What differs between the two stores: rows by key, vectors by key, and the full-text index. */

export type Table = 'records' | 'chunks'

export interface Row {
  readonly key: string
  readonly payload: Uint8Array
}

/** A chunk for the full-text index: its terms, separated by blanks. */
export interface Text {
  readonly key: string
  readonly terms: string
}

export interface Rows {
  readonly kind: 'lancedb' | 'files'
  keys(table: Table): Promise<ReadonlySet<string>>
  get(keys: readonly string[]): Promise<Map<string, Uint8Array>>
  add(rows: readonly Row[]): Promise<void>
  addTexts(texts: readonly Text[]): Promise<void>
  vectors(embedder: string, keys: readonly string[]): Promise<Map<string, Float32Array>>
  addVectors(embedder: string, vectors: ReadonlyMap<string, Float32Array>): Promise<void>
  search(terms: readonly string[], limit: number): Promise<readonly { readonly id: string; readonly score: number }[]>
  remove(table: Table, keys: readonly string[]): Promise<void>
  /** Merges what many writes left behind; versions older than `retention` milliseconds go. */
  compact(retention: number): Promise<void>
  close(): Promise<void>
}
