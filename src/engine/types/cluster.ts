/** A group of chunks that mean alike, and its card. */

export interface Cluster {
  readonly id: number
  /** 0 coarse (about 1 % of the chunks), 1 fine (about 5 %). */
  readonly level: 0 | 1
  /** Coarse cluster of a fine one, -1 for a coarse one. */
  readonly parent: number
  /** Members: chunk ids, nearest to the centroid first. */
  readonly members: readonly string[]
  /** Unit vector, mean direction of the members. */
  readonly centroid: Float32Array
  /** Most typical identifiers, by class-based tf-idf. */
  readonly label: readonly string[]
  /** The member nearest to the centroid. */
  readonly medoid: { readonly path: string; readonly line: number; readonly name: string }
  /** Folders the members lie in with their number, most frequent first. */
  readonly folders: readonly (readonly [folder: string, count: number])[]
}
