/** A cluster of chunks with similar embeddings, and the data of its card. */
export interface Cluster {
  readonly id: number
  /** 0 coarse (about 1 % of the chunks), 1 fine (about 5 %). */
  readonly level: 0 | 1
  /** The coarse cluster of a fine one, -1 for a coarse one. */
  readonly parent: number
  /** Chunk ids of the members, nearest to the centroid first. */
  readonly members: readonly string[]
  /** Unit vector: the mean direction of the members. */
  readonly centroid: Float32Array
  /** Most typical identifiers, by class-based tf-idf. */
  readonly label: readonly string[]
  /** The member nearest to the centroid. */
  readonly medoid: { readonly path: string; readonly line: number; readonly name: string }
  /** Folders of the members with their counts, most frequent first. */
  readonly folders: readonly (readonly [folder: string, count: number])[]
}
