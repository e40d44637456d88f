/**
 * Lexical scoring: BM25F over the fields of chunks, BM25 over whole files and paths, and query coverage per chunk.
 * BM25F after Robertson & Zaragoza (2009), "The Probabilistic Relevance Framework"; its constants were tuned on the queries of
 * `training/README.md`.
 */
import { FIELDS } from '../types/chunk.ts'
import type { Corpus } from './corpus.ts'

/** Query term → weight. */
export type TermWeights = ReadonlyMap<string, number>

/** Weights of the path and of the fields names, signature, comments, body. */
interface FieldWeights {
  readonly path: number
  readonly fields: readonly [number, number, number, number]
}

const ALL_FIELDS: FieldWeights = { path: 6, fields: [5, 2, 2, 1] }
const K1 = 2
const B = 0.5
/** k1 of BM25 over paths. */
const PATH_K1 = 1.2
/** BM25 over whole files: parameters and field weights. */
const FILE = { k1: 1.2, b: 0.6, path: 4, fields: [2, 1, 1, 1] } as const

/** Number of chunks that contain the term in their text or path. */
export function documentFrequency(corpus: Corpus, term: number): number {
  const cached = corpus.frequencies.get(term)
  if (cached !== undefined) return cached
  const frequency = countDocuments(corpus, term)
  corpus.frequencies.set(term, frequency)
  return frequency
}

function countDocuments(corpus: Corpus, term: number): number {
  const { offsets, rows, fileOf, firstChunk } = corpus
  const from = offsets[term] ?? 0
  const to = offsets[term + 1] ?? from
  const paths = corpus.inPath.get(term)
  if (!paths) return to - from
  const filesByPath = new Set(paths.map(([file]) => file))
  let frequency = to - from
  for (const file of filesByPath) frequency += firstChunk[file + 1]! - firstChunk[file]!
  for (let row = from; row < to; row++) if (filesByPath.has(fileOf[rows[row]!]!)) frequency--
  return frequency
}

const inverseDocumentFrequency = (documents: number, frequency: number): number =>
  Math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))

/** Inverse document frequency of a term over chunks; `unknown` if the corpus doesn't contain it. */
export function termRarity(corpus: Corpus, text: string, unknown: number): number {
  const term = corpus.term(text)
  return term === undefined ? unknown : inverseDocumentFrequency(corpus.chunks.length, documentFrequency(corpus, term))
}

/** BM25F score per chunk. */
export function scoreChunks(corpus: Corpus, terms: TermWeights, { path, fields } = ALL_FIELDS): Float32Array {
  const { chunks, offsets, rows, counts, fileOf, firstChunk, norms } = corpus
  const scores = new Float32Array(chunks.length)
  let seen: Uint32Array | null = null
  const pathPart = new Float32Array(corpus.files.length)
  let stamp = 0
  for (const [text, weight] of terms) {
    const term = corpus.term(text)
    if (term === undefined) continue
    const gain = inverseDocumentFrequency(chunks.length, documentFrequency(corpus, term)) * weight * (K1 + 1)
    const paths = path ? (corpus.inPath.get(term) ?? []) : []
    for (const [file, count] of paths) pathPart[file] = (path * count) / pathNorm(corpus, file)
    stamp++
    if (paths.length) seen ??= new Uint32Array(chunks.length)
    for (let row = offsets[term] ?? 0; row < (offsets[term + 1] ?? 0); row++) {
      const chunk = rows[row]!
      let frequency = pathPart[fileOf[chunk]!]!
      for (let f = 0; f < FIELDS; f++) {
        const count = counts[row * FIELDS + f]!
        if (count) frequency += (fields[f]! * count) / norms[chunk * FIELDS + f]!
      }
      scores[chunk]! += (gain * frequency) / (frequency + K1)
      if (seen) seen[chunk] = stamp
    }
    for (const [file] of paths) {
      const frequency = pathPart[file]!
      pathPart[file] = 0
      for (let chunk = firstChunk[file]!; chunk < firstChunk[file + 1]!; chunk++)
        if (seen![chunk] !== stamp) scores[chunk]! += (gain * frequency) / (frequency + K1)
    }
  }
  return scores
}

function pathNorm(corpus: Corpus, file: number): number {
  return 1 - B + (B * corpus.pathLengths[file]!) / corpus.meanPathLength
}

/** BM25 per file: with the whole file as the document, and over the path alone. */
export function scoreFiles(corpus: Corpus, terms: TermWeights) {
  const { files, chunks, offsets, rows, counts, fileOf } = corpus
  const wholeFile = new Float32Array(files.length)
  const path = new Float32Array(files.length)
  const frequency = new Float32Array(files.length)
  for (const [text, weight] of terms) {
    const term = corpus.term(text)
    if (term === undefined) continue
    const touched: number[] = []
    const add = (file: number, amount: number) => {
      if (!frequency[file]) touched.push(file)
      frequency[file]! += amount
    }
    const inPath = corpus.inPath.get(term) ?? []
    for (const [file, count] of inPath) add(file, FILE.path * count)
    for (let row = offsets[term] ?? 0; row < (offsets[term + 1] ?? 0); row++)
      for (let f = 0; f < FIELDS; f++) {
        const count = counts[row * FIELDS + f]!
        if (count) add(fileOf[rows[row]!]!, FILE.fields[f]! * count)
      }
    const gain = weight * inverseDocumentFrequency(files.length, touched.length)
    for (const file of touched) {
      const tf = frequency[file]!
      const norm = FILE.k1 * (1 - FILE.b + (FILE.b * corpus.fileLengths[file]!) / corpus.meanFileLength)
      wholeFile[file]! += (gain * (FILE.k1 + 1) * tf) / (tf + norm)
      frequency[file] = 0
    }
    if (!inPath.length) continue
    const pathGain = weight * inverseDocumentFrequency(chunks.length, documentFrequency(corpus, term)) * (PATH_K1 + 1)
    for (const [file, count] of inPath) {
      const tf = count / pathNorm(corpus, file)
      path[file]! += (pathGain * tf) / (tf + PATH_K1)
    }
  }
  return { wholeFile, path }
}

/** Share of the query terms, weighted by idf, that each chunk's text contains. */
export function coverChunks(corpus: Corpus, terms: TermWeights): Float32Array {
  const { chunks, offsets, rows } = corpus
  const scores = new Float32Array(chunks.length)
  let total = 0
  for (const [text, weight] of terms) {
    const term = corpus.term(text)
    if (term === undefined) continue
    const gain = weight * inverseDocumentFrequency(chunks.length, documentFrequency(corpus, term))
    total += gain
    for (let row = offsets[term] ?? 0; row < (offsets[term + 1] ?? 0); row++) scores[rows[row]!]! += gain
  }
  const divisor = Math.max(1e-9, total)
  // In place: with a million chunks every discarded array brings the next garbage collection closer.
  for (let chunk = 0; chunk < scores.length; chunk++) scores[chunk]! /= divisor
  return scores
}

/** Indices of the n largest positive values, best first; equal values by index. */
export function topIndices(values: Float32Array, n: number): number[] {
  const found: number[] = []
  let floor = 0
  for (let i = 0; i < values.length; i++) {
    if (values[i]! <= floor) continue
    found.push(i)
    if (found.length < 4 * n + 64) continue
    prune(found, values, n)
    floor = values[found[n - 1]!]!
  }
  prune(found, values, n)
  return found
}

/** Same as `topIndices` for a subset of indices (ascending), whatever the sign of their values. */
export function topIndicesAmong(among: Uint32Array, values: Float32Array, n: number): number[] {
  const found: number[] = []
  let floor = Number.NEGATIVE_INFINITY
  for (const i of among) {
    if (values[i]! <= floor) continue
    found.push(i)
    if (found.length < 2 * n + 64) continue
    prune(found, values, n)
    floor = values[found[n - 1]!]!
  }
  prune(found, values, n)
  return found
}

/** Keeps the n best, sorted. */
function prune(found: number[], values: Float32Array, n: number): void {
  found.sort((a, b) => values[b]! - values[a]! || a - b)
  found.length = Math.min(found.length, n)
}

/** Largest value, at least `floor`: the default is safe to divide by. */
export function maximum(values: Float32Array, floor = 1e-9): number {
  let max = floor
  for (const value of values) if (value > max) max = value
  return max
}
