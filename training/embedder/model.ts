/**
 * The embedder during training: vectors and weights, forward and backward pass, and Adam on the rows a batch touches.
 */
import { ngramShare } from '../../src/engine/text/embedding.ts'
import { type Bag, type Data, ngramRows, weightsOf } from './data.ts'

const TEMPERATURE = 0.05
const DROPOUT = 0.3
/** Share of vocabulary terms that a batch composes of n-grams on both sides, and again on each side separately. */
const COMPOSED = 0.03
const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8]
/** Learning rate factor of the weights relative to the vectors. */
const WEIGHT_RATE = 2.5
/** Initial idf of n-gram buckets, which stand for rare terms. */
const BUCKET_IDF = 8

/** A tensor of rows with its gradient and Adam's moments; only touched rows are updated. */
class Rows {
  readonly value: Float32Array
  readonly gradient: Float32Array
  private readonly mean: Float32Array
  private readonly square: Float32Array
  private readonly width: number
  private readonly isTouched: Uint8Array
  private readonly touched: number[] = []

  constructor(rows: number, width: number, start: () => number) {
    this.width = width
    this.value = Float32Array.from({ length: rows * width }, start)
    this.gradient = new Float32Array(rows * width)
    this.mean = new Float32Array(rows * width)
    this.square = new Float32Array(rows * width)
    this.isTouched = new Uint8Array(rows)
  }

  touch(row: number): void {
    if (this.isTouched[row]) return
    this.isTouched[row] = 1
    this.touched.push(row)
  }

  step(rate: number, steps: number): void {
    const { value, gradient, mean, square, width } = this
    const scaled = (rate * Math.sqrt(1 - BETA2 ** steps)) / (1 - BETA1 ** steps)
    for (const row of this.touched) {
      for (let i = row * width; i < (row + 1) * width; i++) {
        const g = gradient[i]!
        const m = BETA1 * mean[i]! + (1 - BETA1) * g
        const v = BETA2 * square[i]! + (1 - BETA2) * g * g
        mean[i] = m
        square[i] = v
        value[i]! -= (scaled * m) / (Math.sqrt(v) + EPSILON)
        gradient[i] = 0
      }
      this.isTouched[row] = 0
    }
    this.touched.length = 0
  }
}

/** One side of a batch: the rows and shares that make up each vector, and the unit vectors. */
interface Side {
  readonly weights: Rows
  readonly rows: number[]
  readonly shares: number[]
  readonly starts: number[]
  readonly vectors: Float64Array
  readonly lengths: Float64Array
  readonly gradient: Float64Array
}

export type SideName = 'query' | 'code'

export class Model {
  readonly dimensions: number
  readonly data: Data
  readonly vectors: Rows
  /** Logarithms of the terms' weights. */
  readonly weights: Record<SideName, Rows>
  private readonly grams: readonly Int32Array[]
  private readonly random: () => number
  private steps = 0

  constructor(data: Data, dimensions: number, buckets: number, random: () => number) {
    this.data = data
    this.dimensions = dimensions
    this.random = random
    this.grams = ngramRows(data, buckets)
    const rows = data.known + buckets
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    this.vectors = new Rows(rows, dimensions, () => normal() / Math.sqrt(dimensions))
    const idf = logIdf(data, rows)
    const weights = () => {
      let row = 0
      return new Rows(rows, 1, () => idf[row++]!)
    }
    this.weights = { query: weights(), code: weights() }
  }

  /** Performs one training step on a batch; returns the mean loss. */
  train(batch: readonly Data['train'][number][], rate: number): number {
    const { known } = this.data
    const both = Uint8Array.from({ length: known }, () => (this.random() < COMPOSED ? 1 : 0))
    const query = this.forward(
      batch.map(({ query }) => query),
      'query',
      both,
    )
    const code = this.forward(
      batch.map(({ code }) => code),
      'code',
      both,
    )
    const loss = contrast(batch, query, code, this.dimensions)
    this.backward(query)
    this.backward(code)
    this.steps++
    this.vectors.step(rate, this.steps)
    for (const side of [query, code]) side.weights.step(rate * WEIGHT_RATE, this.steps)
    return loss
  }

  /** Unit vectors of the bags, row by row, without dropout. */
  embed(bags: readonly Bag[], side: SideName): Float32Array {
    return Float32Array.from(this.forward(bags, side, null).vectors)
  }

  private forward(bags: readonly Bag[], name: SideName, composed: Uint8Array | null): Side {
    const { dimensions: d, random } = this
    const side: Side = {
      weights: this.weights[name],
      rows: [],
      shares: [],
      starts: [0],
      vectors: new Float64Array(bags.length * d),
      lengths: new Float64Array(bags.length),
      gradient: new Float64Array(bags.length * d),
    }
    for (const bag of bags) {
      const weights = weightsOf(bag)
      const before = side.rows.length
      const drops = composed !== null && bag.terms.length > 3
      bag.terms.forEach((term, i) => {
        if (drops && random() < DROPOUT) return
        if (term < this.data.known && !(composed && (composed[term] || random() < COMPOSED))) {
          side.rows.push(term)
          side.shares.push(weights[i]!)
          return
        }
        const grams = this.grams[term]!
        for (const row of grams) {
          side.rows.push(row)
          side.shares.push(weights[i]! * ngramShare(grams.length))
        }
      })
      if (side.rows.length === before && bag.terms[0]! < this.data.known) {
        side.rows.push(bag.terms[0]!)
        side.shares.push(1)
      }
      side.starts.push(side.rows.length)
    }
    for (let i = 0; i < bags.length; i++) this.sum(side, i)
    return side
  }

  private sum({ weights, rows, shares, starts, vectors, lengths }: Side, i: number): void {
    const d = this.dimensions
    const table = this.vectors.value
    const out = i * d
    for (let k = starts[i]!; k < starts[i + 1]!; k++) {
      const row = rows[k]!
      const weight = shares[k]! * Math.exp(weights.value[row]!)
      const from = row * d
      for (let t = 0; t < d; t++) vectors[out + t]! += weight * table[from + t]!
    }
    let square = 0
    for (let t = out; t < out + d; t++) square += vectors[t]! * vectors[t]!
    lengths[i] = Math.sqrt(square) || 1
    for (let t = out; t < out + d; t++) vectors[t]! /= lengths[i]!
  }

  private backward({ weights, rows, shares, starts, vectors, lengths, gradient }: Side): void {
    const d = this.dimensions
    const { value: table, gradient: tableGradient } = this.vectors
    for (let i = 0; i < lengths.length; i++) {
      const out = i * d
      // Through u = s / |s|: the component along u vanishes.
      let along = 0
      for (let t = out; t < out + d; t++) along += gradient[t]! * vectors[t]!
      for (let t = out; t < out + d; t++) gradient[t] = (gradient[t]! - along * vectors[t]!) / lengths[i]!
      for (let k = starts[i]!; k < starts[i + 1]!; k++) {
        const row = rows[k]!
        const weight = shares[k]! * Math.exp(weights.value[row]!)
        const from = row * d
        this.vectors.touch(row)
        weights.touch(row)
        let product = 0
        for (let t = 0; t < d; t++) {
          const g = gradient[out + t]!
          product += g * table[from + t]!
          tableGradient[from + t]! += weight * g
        }
        weights.gradient[row]! += weight * product
      }
    }
  }
}

/** Logarithm of the inverse document frequency over the code side; n-gram buckets get that of rare terms. */
function logIdf({ train, known }: Data, rows: number): Float32Array {
  const frequency = new Float64Array(known)
  for (const { code } of train) for (const term of code.terms) if (term < known) frequency[term]!++
  return Float32Array.from({ length: rows }, (_, row) =>
    Math.log(row < known ? Math.max(0.3, Math.log((train.length + 1) / (frequency[row]! + 1))) : BUCKET_IDF),
  )
}

/** Symmetric softmax over the batch: every other pair is a negative. Leaves the gradients on both sides. */
function contrast(batch: readonly Data['train'][number][], query: Side, code: Side, d: number): number {
  const n = batch.length
  const scores = products(query.vectors, code.vectors, n, n, d)
  const rowSums = new Float64Array(n)
  const columnSums = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const { queryText, codeText } = batch[i]!
    for (let j = 0; j < n; j++) {
      const same = i !== j && (batch[j]!.queryText === queryText || batch[j]!.codeText === codeText)
      // Scores are at most 1, so the exponent does not overflow.
      const odds = same ? 0 : Math.exp((scores[i * n + j]! - 1) / TEMPERATURE)
      scores[i * n + j] = odds
      rowSums[i]! += odds
      columnSums[j]! += odds
    }
  }
  let loss = 0
  const across = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    const positive = scores[i * n + i]!
    loss -= Math.log((positive / rowSums[i]!) * (positive / columnSums[i]!)) / 2
    for (let j = 0; j < n; j++) {
      const p = scores[i * n + j]! * (1 / rowSums[i]! + 1 / columnSums[j]!) - (i === j ? 2 : 0)
      const gradient = p / (2 * n * TEMPERATURE)
      scores[i * n + j] = gradient
      across[j * n + i] = gradient
    }
  }
  query.gradient.set(products(scores, transposed(code.vectors, n, d), n, d, n))
  code.gradient.set(products(across, transposed(query.vectors, n, d), n, d, n))
  return loss / n
}

function transposed(a: Float64Array, n: number, d: number): Float64Array {
  const out = new Float64Array(n * d)
  for (let i = 0; i < n; i++) for (let t = 0; t < d; t++) out[t * n + i] = a[i * d + t]!
  return out
}

/** a·bᵀ of an n × d and an m × d matrix, in 2 × 4 blocks that stay in registers. */
function products(a: Float64Array, b: Float64Array, n: number, m: number, d: number): Float64Array {
  const out = new Float64Array(n * m)
  const block = new Float64Array(8)
  for (let i = 0; i < n; i += 2)
    for (let j = 0; j < m; j += 4) {
      multiply(a, i * d, Math.min(n - 1, i + 1) * d, b, j, m, d, block)
      for (let k = 0; k < 8; k++) {
        const row = i + (k >> 2)
        const column = j + (k & 3)
        if (row < n && column < m) out[row * m + column] = block[k]!
      }
    }
  return out
}

/**
 * Multiplies two rows of a, at offsets a0 and a1, with four of b from row j on. Plain parameters: this is the inner
 * loop.
 */
function multiply(
  a: Float64Array,
  a0: number,
  a1: number,
  b: Float64Array,
  j: number,
  m: number,
  d: number,
  out: Float64Array,
): void {
  const b0 = j * d
  const b1 = Math.min(m - 1, j + 1) * d
  const b2 = Math.min(m - 1, j + 2) * d
  const b3 = Math.min(m - 1, j + 3) * d
  let s00 = 0
  let s01 = 0
  let s02 = 0
  let s03 = 0
  let s10 = 0
  let s11 = 0
  let s12 = 0
  let s13 = 0
  for (let t = 0; t < d; t++) {
    const x = a[a0 + t]!
    const y = a[a1 + t]!
    const p = b[b0 + t]!
    const q = b[b1 + t]!
    const r = b[b2 + t]!
    const s = b[b3 + t]!
    s00 += x * p
    s01 += x * q
    s02 += x * r
    s03 += x * s
    s10 += y * p
    s11 += y * q
    s12 += y * r
    s13 += y * s
  }
  out[0] = s00
  out[1] = s01
  out[2] = s02
  out[3] = s03
  out[4] = s10
  out[5] = s11
  out[6] = s12
  out[7] = s13
}
