/**
 * The built-in embedder: sums a learned vector per sub-token with learned weights. Out-of-vocabulary sub-tokens are
 * composed of hashed character n-grams (fastText, Bojanowski et al. 2017). Trained in training/embedder;
 * media/EMBEDDER.md describes the data and the quality. Its id contains the checksum of the weights, because vectors
 * and clusters made with other weights are not comparable. When embedder.bin is missing, truncated, damaged or of
 * another version, one warning is logged and hashed sub-tokens (`ingest/embed`) are used instead.
 *
 * File, little-endian: magic (8 bytes), version, CRC-32 of everything after it, dimensions, number of terms, number of
 * n-gram buckets, size of the vocabulary in bytes (u32 each); a scale and a query factor per row (f32 each); the rows
 * (int8, terms before buckets); the vocabulary (UTF-8, terms separated by line feeds).
 */

export const EMBEDDING_MAGIC = 'FOVEAEMB'
export const EMBEDDING_VERSION = 1
/** Byte offset from which the checksum is computed. */
export const CHECKED_FROM = 16
/** Size of the header in bytes. */
export const HEADER_BYTES = 32

export interface Embedding {
  /** Identifies the weights: vectors of different ids are never mixed. */
  readonly id: string
  readonly dimensions: number
  /** Resolves the terms of a file once, so that its chunks hash no strings. Skips whole identifiers (`=name`). */
  resolve(terms: readonly string[]): ResolvedTerms
  /**
   * Writes the unit vector of a chunk to `into`; zero for a chunk without terms. `terms` are indices into the resolved
   * terms; `counts` holds one number per term and field, which are summed for each term.
   */
  embedCode(file: ResolvedTerms, terms: Uint16Array | Uint32Array, counts: ArrayLike<number>, into: Float32Array): void
  /** Unit vector of a question's terms, comparable with those of code. Without `weights` each term counts once. */
  embedQuery(terms: readonly string[], weights?: ArrayLike<number>): Float32Array
}

/** The terms of a file, resolved to vectors. */
export interface ResolvedTerms {
  /** Row of each term; rows past the end of the embedder's table are in `composed`; -1 for a term without a vector. */
  readonly rows: Int32Array
  /** Weighted vectors of the out-of-vocabulary terms. */
  readonly composed: Float32Array
}

/** Hash buckets (FNV-1a) of a term's character 3- to 5-grams; `<` and `>` mark its ends. */
export function ngramBuckets(term: string, buckets: number): number[] {
  const bounded = `<${term}>`
  const found: number[] = []
  for (let size = 3; size <= 5; size++)
    for (let start = 0; start + size <= bounded.length; start++) {
      let hash = 0x811c9dc5
      for (let i = start; i < start + size; i++) hash = Math.imul(hash ^ bounded.charCodeAt(i), 0x01000193)
      found.push(((hash ^ (hash >>> 15)) >>> 0) % buckets)
    }
  return found
}

/** Factor for the sum of a term's n n-gram vectors, which makes it about as long as the vector of a known term. */
export const ngramShare = (n: number): number => 1 / Math.sqrt(n)

/** CRC-32 (IEEE 802.3). */
export function crc32(bytes: Uint8Array): number {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let c = byte
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
    return c
  })
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

/**
 * Reads the embedder from the bytes of its file. `reason` says why the file is unusable, as the end of a sentence that
 * begins with the file's name.
 */
export function readEmbedding(bytes: Uint8Array): Embedding | { readonly reason: string } {
  if (bytes.length < HEADER_BYTES) return { reason: 'is cut short' }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerWord = (i: number) => view.getUint32(8 + 4 * i, true)
  const magic = String.fromCharCode(...bytes.subarray(0, EMBEDDING_MAGIC.length))
  if (magic !== EMBEDDING_MAGIC) return { reason: 'is not an embedder' }
  const version = headerWord(0)
  if (version !== EMBEDDING_VERSION) return { reason: `has version ${version} instead of ${EMBEDDING_VERSION}` }
  const [checksum, dimensions, terms] = [headerWord(1), headerWord(2), headerWord(3)]
  const [buckets, vocabularyBytes] = [headerWord(4), headerWord(5)]
  const rows = terms + buckets
  const size = HEADER_BYTES + rows * (8 + dimensions) + vocabularyBytes
  if (bytes.length < size) return { reason: 'is cut short' }
  if (bytes.length > size || crc32(bytes.subarray(CHECKED_FROM)) !== checksum) return { reason: 'is damaged' }
  const floatsAt = (offset: number) => {
    const floats = new Float32Array(rows)
    for (let i = 0; i < rows; i++) floats[i] = view.getFloat32(offset + 4 * i, true)
    return floats
  }
  const tableOffset = HEADER_BYTES + 8 * rows
  const vocabulary = new TextDecoder().decode(bytes.subarray(size - vocabularyBytes))
  return new StaticEmbedding({
    id: `fovea-static-${dimensions}-${checksum.toString(16).padStart(8, '0')}`,
    dimensions,
    vocabulary: new Map(vocabulary.split('\n').map((term, row) => [term, row])),
    buckets,
    table: new Int8Array(bytes.buffer, bytes.byteOffset + tableOffset, rows * dimensions),
    scales: floatsAt(HEADER_BYTES),
    factors: floatsAt(HEADER_BYTES + 4 * rows),
  })
}

/** The weights of an embedder; row i of `table`, `scales` and `factors` is one term or n-gram bucket. */
interface EmbeddingWeights {
  readonly id: string
  readonly dimensions: number
  /** Term → row. */
  readonly vocabulary: ReadonlyMap<string, number>
  readonly buckets: number
  readonly table: Int8Array
  /** Factor from int8 to number, including the row's weight on the code side. */
  readonly scales: Float32Array
  /** Weight on the query side / weight on the code side. */
  readonly factors: Float32Array
}

class StaticEmbedding implements Embedding {
  readonly id: string
  readonly dimensions: number
  private readonly vocabulary: ReadonlyMap<string, number>
  private readonly buckets: number
  private readonly table: Int8Array
  private readonly scales: Float32Array
  private readonly factors: Float32Array
  /** Reused for each chunk to avoid allocations. */
  private readonly weightedRows = new WeightedRows()

  constructor({ id, dimensions, vocabulary, buckets, table, scales, factors }: EmbeddingWeights) {
    this.id = id
    this.dimensions = dimensions
    this.vocabulary = vocabulary
    this.buckets = buckets
    this.table = table
    this.scales = scales
    this.factors = factors
  }

  resolve(terms: readonly string[]): ResolvedTerms {
    const { dimensions: d } = this
    const rows = new Int32Array(terms.length)
    const unknown: number[][] = []
    terms.forEach((term, i) => {
      const row = term.startsWith('=') ? -1 : this.vocabulary.get(term)
      if (row !== undefined) rows[i] = row
      else {
        const grams = ngramBuckets(term, this.buckets)
        rows[i] = grams.length ? this.scales.length + unknown.push(grams) - 1 : -1
      }
    })
    const composed = new Float32Array(unknown.length * d)
    unknown.forEach((grams, i) => {
      const into = composed.subarray(i * d, (i + 1) * d)
      for (const gram of grams) this.add(this.vocabulary.size + gram, ngramShare(grams.length), into)
    })
    return { rows, composed }
  }

  embedCode(
    { rows, composed }: ResolvedTerms,
    terms: Uint16Array | Uint32Array,
    counts: ArrayLike<number>,
    into: Float32Array,
  ): void {
    const { dimensions: d, scales, weightedRows } = this
    const fields = counts.length / terms.length
    into.fill(0)
    weightedRows.length = 0
    for (let t = 0; t < terms.length; t++) {
      const row = rows[terms[t]!]!
      if (row < 0) continue
      let count = 0
      for (let f = t * fields; f < (t + 1) * fields; f++) count += counts[f]!
      const weight = COUNT_WEIGHTS[count] ?? countWeight(count)
      if (row < scales.length) weightedRows.push(row * d, weight * scales[row]!)
      else {
        const start = (row - scales.length) * d
        for (let i = 0; i < d; i++) into[i]! += weight * composed[start + i]!
      }
    }
    weightedRows.addTo(this.table, into)
    unit(into)
  }

  embedQuery(terms: readonly string[], weights?: ArrayLike<number>): Float32Array {
    const into = new Float32Array(this.dimensions)
    terms.forEach((term, i) => {
      if (term.startsWith('=')) return
      const weight = weights ? weights[i]! : 1
      const row = this.vocabulary.get(term)
      if (row !== undefined) this.add(row, weight * this.factors[row]!, into)
      else {
        const grams = ngramBuckets(term, this.buckets).map((gram) => this.vocabulary.size + gram)
        for (const gram of grams) this.add(gram, weight * this.factors[gram]! * ngramShare(grams.length), into)
      }
    })
    unit(into)
    return into
  }

  private add(row: number, weight: number, into: Float32Array): void {
    const { table, dimensions } = this
    const scaled = weight * this.scales[row]!
    const start = row * dimensions
    for (let d = 0; d < dimensions; d++) into[d]! += scaled * table[start + d]!
  }
}

/** The rows of a table to be summed: start offset and weight of each. */
class WeightedRows {
  length = 0
  private starts = new Int32Array(256)
  private weights = new Float64Array(256)

  push(start: number, weight: number): void {
    if (this.length === this.starts.length) {
      const { starts, weights, length } = this
      this.starts = new Int32Array(2 * length)
      this.weights = new Float64Array(2 * length)
      this.starts.set(starts)
      this.weights.set(weights)
    }
    this.starts[this.length] = start
    this.weights[this.length++] = weight
  }

  /** Adds eight rows at a time, which is twice as fast as one by one. */
  addTo(table: Int8Array, into: Float32Array): void {
    while (this.length % 8 > 0) this.push(0, 0)
    for (let i = 0; i < this.length; i += 8) addEight(table, this.starts, this.weights, i, into)
  }
}

/** Hot inner loop: separate parameters avoid allocating an options object per call. */
function addEight(table: Int8Array, starts: Int32Array, weights: Float64Array, i: number, into: Float32Array): void {
  const [a0, a1, a2, a3] = [starts[i]!, starts[i + 1]!, starts[i + 2]!, starts[i + 3]!]
  const [a4, a5, a6, a7] = [starts[i + 4]!, starts[i + 5]!, starts[i + 6]!, starts[i + 7]!]
  const [w0, w1, w2, w3] = [weights[i]!, weights[i + 1]!, weights[i + 2]!, weights[i + 3]!]
  const [w4, w5, w6, w7] = [weights[i + 4]!, weights[i + 5]!, weights[i + 6]!, weights[i + 7]!]
  for (let d = 0; d < into.length; d++)
    into[d]! +=
      w0 * table[a0 + d]! +
      w1 * table[a1 + d]! +
      w2 * table[a2 + d]! +
      w3 * table[a3 + d]! +
      w4 * table[a4 + d]! +
      w5 * table[a5 + d]! +
      w6 * table[a6 + d]! +
      w7 * table[a7 + d]!
}

/** Weight of a term that occurs `count` times in a text. */
export const countWeight = (count: number): number => 1 + Math.log(Math.max(1, count))
const COUNT_WEIGHTS = Float64Array.from({ length: 1024 }, (_, count) => countWeight(count))

/** Scales a vector to unit length in place; a zero vector stays zero. */
export function unit(vector: Float32Array): void {
  let sum = 0
  for (let d = 0; d < vector.length; d++) sum += vector[d]! * vector[d]!
  if (sum === 0) return
  const factor = 1 / Math.sqrt(sum)
  for (let d = 0; d < vector.length; d++) vector[d]! *= factor
}
