/**
 * The built-in embedder: a learned vector for each sub-token, summed with learned weights. Sub-tokens out of its
 * vocabulary are composed of hashed character n-grams (fastText, Bojanowski et al. 2017). Trained in training/embedder;
 * media/EMBEDDER.md says on what and how well.
 *
 * File, little-endian: magic (8 bytes), version, CRC-32 of all that follows, dimensions, number of terms, number of
 * n-gram buckets, bytes of the vocabulary (u32 each); a scale and a query factor for each row (f32 each); the rows (int8,
 * terms then buckets); the vocabulary (UTF-8, terms separated by line ends).
 */

export const EMBEDDING_MAGIC = 'FOVEAEMB'
export const EMBEDDING_VERSION = 1
/** Bytes before what the checksum covers. */
export const CHECKED_FROM = 16
export const HEADER = 32

export interface Embedding {
  /** Names the weights: vectors of different ids are never mixed. */
  readonly id: string
  readonly dimensions: number
  /** Once a file, so that its chunks hash no strings. Whole identifiers (`=name`) are left out. */
  resolve(terms: readonly string[]): ResolvedTerms
  /**
   * Writes a chunk's unit vector; zero for a chunk without terms. `terms` are indices into what was resolved; `counts`
   * has as many numbers a term as there are fields, and they are added up.
   */
  embedCode(file: ResolvedTerms, terms: Uint16Array | Uint32Array, counts: ArrayLike<number>, into: Float32Array): void
  /** Unit vector of a question's terms, to be compared with those of code. Without `weights` each term counts once. */
  embedQuery(terms: readonly string[], weights?: ArrayLike<number>): Float32Array
}

/** Where the vectors of a file's terms are found. */
export interface ResolvedTerms {
  /** Row of each term; those after the embedder's own are in `composed`; -1 for a term that has none. */
  readonly rows: Int32Array
  /** Weighted vectors of the terms out of vocabulary. */
  readonly composed: Float32Array
}

/** Buckets of a term's character 3- to 5-grams, with marks at both ends. */
export function ngramBuckets(term: string, buckets: number): number[] {
  const marked = `<${term}>`
  const found: number[] = []
  for (let size = 3; size <= 5; size++)
    for (let from = 0; from + size <= marked.length; from++) {
      let hash = 0x811c9dc5
      for (let i = from; i < from + size; i++) hash = Math.imul(hash ^ marked.charCodeAt(i), 0x01000193)
      found.push(((hash ^ (hash >>> 15)) >>> 0) % buckets)
    }
  return found
}

/** A term of n n-grams is their sum times this: about as long as a term of the vocabulary. */
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

/** The embedder in the file's bytes, or what is wrong with them, as the end of a sentence that begins with the file's name. */
export function readEmbedding(bytes: Uint8Array): Embedding | { readonly reason: string } {
  if (bytes.length < HEADER) return { reason: 'is cut short' }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const word = (i: number) => view.getUint32(8 + 4 * i, true)
  const magic = String.fromCharCode(...bytes.subarray(0, EMBEDDING_MAGIC.length))
  if (magic !== EMBEDDING_MAGIC) return { reason: 'is not an embedder' }
  if (word(0) !== EMBEDDING_VERSION) return { reason: `has version ${word(0)} instead of ${EMBEDDING_VERSION}` }
  const [checksum, dimensions, known, buckets, textBytes] = [word(1), word(2), word(3), word(4), word(5)]
  const count = known + buckets
  const size = HEADER + count * (8 + dimensions) + textBytes
  if (bytes.length < size) return { reason: 'is cut short' }
  if (bytes.length > size || crc32(bytes.subarray(CHECKED_FROM)) !== checksum) return { reason: 'is damaged' }
  const floats = (from: number) => {
    const numbers = new Float32Array(count)
    for (let i = 0; i < count; i++) numbers[i] = view.getFloat32(from + 4 * i, true)
    return numbers
  }
  const rowsAt = HEADER + 8 * count
  const text = new TextDecoder().decode(bytes.subarray(size - textBytes))
  return new StaticEmbedding(
    `fovea-static-${dimensions}-${checksum.toString(16).padStart(8, '0')}`,
    dimensions,
    new Map(text.split('\n').map((term, row) => [term, row])),
    buckets,
    new Int8Array(bytes.buffer, bytes.byteOffset + rowsAt, count * dimensions),
    floats(HEADER),
    floats(HEADER + 4 * count),
  )
}

class StaticEmbedding implements Embedding {
  readonly id: string
  readonly dimensions: number
  private readonly vocabulary: ReadonlyMap<string, number>
  private readonly buckets: number
  private readonly table: Int8Array
  /** int8 → number, with the row's weight on the code side. */
  private readonly scales: Float32Array
  /** Weight on the query side / weight on the code side. */
  private readonly factors: Float32Array
  /** Kept from chunk to chunk. */
  private readonly held = new WeightedRows()

  constructor(
    id: string,
    dimensions: number,
    vocabulary: ReadonlyMap<string, number>,
    buckets: number,
    table: Int8Array,
    scales: Float32Array,
    factors: Float32Array,
  ) {
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
    const foreign: number[][] = []
    terms.forEach((term, i) => {
      const row = term.startsWith('=') ? -1 : this.vocabulary.get(term)
      if (row !== undefined) rows[i] = row
      else {
        const grams = ngramBuckets(term, this.buckets)
        rows[i] = grams.length ? this.scales.length + foreign.push(grams) - 1 : -1
      }
    })
    const composed = new Float32Array(foreign.length * d)
    foreign.forEach((grams, i) => {
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
    const { dimensions: d, scales, held } = this
    const fields = counts.length / terms.length
    into.fill(0)
    held.length = 0
    for (let t = 0; t < terms.length; t++) {
      const row = rows[terms[t]!]!
      if (row < 0) continue
      let count = 0
      for (let f = t * fields; f < (t + 1) * fields; f++) count += counts[f]!
      const weight = COUNT_WEIGHTS[count] ?? countWeight(count)
      if (row < scales.length) held.push(row * d, weight * scales[row]!)
      else {
        const from = (row - scales.length) * d
        for (let i = 0; i < d; i++) into[i]! += weight * composed[from + i]!
      }
    }
    held.addTo(this.table, into)
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
    const from = row * dimensions
    for (let d = 0; d < dimensions; d++) into[d]! += scaled * table[from + d]!
  }
}

/** Rows of a table to be added up: where each begins, and its weight. */
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

  /** Eight rows at a time: twice as fast as one by one. */
  addTo(table: Int8Array, into: Float32Array): void {
    while (this.length % 8 > 0) this.push(0, 0)
    for (let i = 0; i < this.length; i += 8) addEight(table, this.starts, this.weights, i, into)
  }
}

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

/** Weight of a term that occurs so often in one text. */
export const countWeight = (count: number): number => 1 + Math.log(Math.max(1, count))
const COUNT_WEIGHTS = Float64Array.from({ length: 1024 }, (_, count) => countWeight(count))

/** Scales to unit length; a vector without direction stays zero. */
export function unit(vector: Float32Array): void {
  let sum = 0
  for (let d = 0; d < vector.length; d++) sum += vector[d]! * vector[d]!
  if (sum === 0) return
  const factor = 1 / Math.sqrt(sum)
  for (let d = 0; d < vector.length; d++) vector[d]! *= factor
}
