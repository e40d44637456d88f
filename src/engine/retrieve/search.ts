/**
 * Plan + corpus → signals: what speaks for each chunk and each file, one array a signal, unweighted. Formulas and
 * constants are those of the ranking notes; BM25F after Robertson & Zaragoza (2009), "The Probabilistic Relevance
 * Framework". Nothing is cut here.
 */
import type { Plan } from '../model/query.ts'
import { isExample, isGenerated, isTest } from '../model/role.ts'
import { type Corpus, FIELDS } from './corpus.ts'
import type { HistoryIndex } from './history.ts'

export interface Signals {
  /** Per chunk. */
  readonly fielded: Float32Array
  /** Per file. */
  readonly wholeFile: Float32Array
  readonly chunkSum: Float32Array
  readonly history: Float32Array
  readonly churn: Float32Array
  readonly mention: Float32Array
  readonly path: Float32Array
  readonly stem: Float32Array
}

const K1 = 2
const B = 0.5
const WEIGHTS = { path: 6, fields: [5, 2, 2, 1] } as const
const FILE = { k1: 1.2, b: 0.6, path: 4, fields: [2, 1, 1, 1] } as const
/** Penalties inside the chunk sums of a file. */
const PENALTY = { test: 0.55, generated: 0.7, example: 0.6 }
/** Weights of a file's four best chunks. */
const BEST = [1, 0.6, 0.4, 0.25]

export function searchCorpus(corpus: Corpus, plan: Plan, history: HistoryIndex): Signals {
  const fielded = scoreChunks(corpus, plan.terms)
  const { wholeFile, path } = scoreFiles(corpus, plan.flatTerms)
  return {
    fielded,
    wholeFile,
    path,
    chunkSum: sumChunks(corpus, fielded, plan),
    history: history.score(plan.flatTerms),
    churn: history.churn,
    mention: mentions(corpus, plan),
    stem: stems(corpus, plan),
  }
}

/** Number of chunks that hold the term in text or path. */
function documentFrequency(corpus: Corpus, term: number): number {
  const { offsets, rows, fileOf, firstChunk } = corpus
  const from = offsets[term] ?? 0
  const to = offsets[term + 1] ?? from
  const paths = corpus.inPath.get(term)
  if (!paths) return to - from
  const named = new Set(paths.map(([file]) => file))
  let frequency = to - from
  for (const file of named) frequency += firstChunk[file + 1]! - firstChunk[file]!
  for (let row = from; row < to; row++) if (named.has(fileOf[rows[row]!]!)) frequency--
  return frequency
}

const inverse = (documents: number, frequency: number) =>
  Math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))

/** BM25F over names, signature, comments, body and path. */
function scoreChunks(corpus: Corpus, terms: ReadonlyMap<string, number>): Float32Array {
  const { chunks, offsets, rows, counts, fileOf, firstChunk, meanLengths } = corpus
  const scores = new Float32Array(chunks.length)
  const seen = new Uint32Array(chunks.length)
  const pathPart = new Float32Array(corpus.files.length)
  let stamp = 0
  for (const [text, weight] of terms) {
    const term = corpus.term(text)
    if (term === undefined) continue
    const gain = inverse(chunks.length, documentFrequency(corpus, term)) * weight * (K1 + 1)
    const paths = corpus.inPath.get(term) ?? []
    for (const [file, count] of paths) pathPart[file] = pathFrequency(corpus, file, count)
    stamp++
    for (let row = offsets[term] ?? 0; row < (offsets[term + 1] ?? 0); row++) {
      const chunk = rows[row]!
      const { lengths } = chunks[chunk]!
      let frequency = pathPart[fileOf[chunk]!]!
      for (let f = 0; f < FIELDS; f++) {
        const count = counts[row * FIELDS + f]!
        if (count) frequency += (WEIGHTS.fields[f]! * count) / (1 - B + (B * lengths[f]!) / meanLengths[f]!)
      }
      scores[chunk]! += (gain * frequency) / (frequency + K1)
      seen[chunk] = stamp
    }
    for (const [file] of paths) {
      const frequency = pathPart[file]!
      pathPart[file] = 0
      for (let chunk = firstChunk[file]!; chunk < firstChunk[file + 1]!; chunk++)
        if (seen[chunk] !== stamp) scores[chunk]! += (gain * frequency) / (frequency + K1)
    }
  }
  return scores
}

function pathFrequency(corpus: Corpus, file: number, count: number): number {
  return (WEIGHTS.path * count) / (1 - B + (B * corpus.pathLengths[file]!) / corpus.meanPathLength)
}

/** BM25 with the whole file as the document, and BM25 over the path alone. */
function scoreFiles(corpus: Corpus, terms: ReadonlyMap<string, number>) {
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
    const gain = weight * inverse(files.length, touched.length) * (FILE.k1 + 1)
    for (const file of touched) {
      const tf = frequency[file]!
      const norm = FILE.k1 * (1 - FILE.b + (FILE.b * corpus.fileLengths[file]!) / corpus.meanFileLength)
      wholeFile[file]! += (gain * tf) / (tf + norm)
      frequency[file] = 0
    }
    if (!inPath.length) continue
    const pathGain = weight * inverse(chunks.length, documentFrequency(corpus, term)) * 2.2
    for (const [file, count] of inPath) {
      const tf = count / (1 - B + (B * corpus.pathLengths[file]!) / corpus.meanPathLength)
      path[file]! += (pathGain * tf) / (tf + 1.2)
    }
  }
  return { wholeFile, path }
}

/** The file's best chunks, relative to the best of all, lowered for tests, generated code and examples. */
function sumChunks(corpus: Corpus, fielded: Float32Array, plan: Plan): Float32Array {
  const { files, firstChunk } = corpus
  let max = 1e-9
  for (const score of fielded) if (score > max) max = score
  return Float32Array.from(files, ({ path }, file) => {
    const best = [0, 0, 0, 0]
    for (let chunk = firstChunk[file]!; chunk < firstChunk[file + 1]!; chunk++) {
      let score = fielded[chunk]!
      for (let i = 0; i < best.length; i++)
        if (score > best[i]!) {
          const held = best[i]!
          best[i] = score
          score = held
        }
    }
    const penalty =
      (isTest(path) && !plan.asksTests ? PENALTY.test : 1) *
      (isGenerated(path) ? PENALTY.generated : 1) *
      (isExample(path) && !plan.asksExamples ? PENALTY.example : 1)
    return (penalty * best.reduce((sum, score, i) => sum + BEST[i]! * score, 0)) / max
  })
}

/** Files the question names: by path, by the longest tail of a stack frame's path, by dotted module name (× .7). */
function mentions(corpus: Corpus, plan: Plan): Float32Array {
  const scores = new Float32Array(corpus.files.length)
  const paths = corpus.files.map(({ path }) => path.toLowerCase())
  const matching = (tail: string) =>
    paths.flatMap((path, file) => (path === tail || path.endsWith(`/${tail}`) ? [file] : []))
  for (const path of plan.paths) {
    const segments = path.split('/')
    let found: number[] = []
    for (let cut = 0; cut < segments.length && !found.length; cut++) found = matching(segments.slice(cut).join('/'))
    for (const file of found) scores[file]! += 1 / Math.sqrt(found.length)
  }
  for (const module of plan.modules) {
    const segments = module.split('.')
    for (let n = segments.length; n >= 2; n--) {
      const tail = `/${segments.slice(0, n).join('/')}.`
      const found = paths.flatMap((path, file) => (`/${path}`.includes(tail) ? [file] : []))
      for (const file of found) scores[file] = Math.max(scores[file]!, 0.7 / Math.sqrt(found.length))
      if (found.length) break
    }
  }
  return scores
}

const UNKNOWN_IDF = 6

/** How much of the file's own name the question covers, weighted by rarity. */
function stems(corpus: Corpus, plan: Plan): Float32Array {
  const weights = new Map<string, number>()
  return Float32Array.from(corpus.stems, (stem) => {
    let covered = 0
    let all = 0
    for (const text of stem) {
      let weight = weights.get(text)
      if (weight === undefined) {
        const term = plan.flatTerms.has(text) ? corpus.term(text) : undefined
        weight = term === undefined ? UNKNOWN_IDF : inverse(corpus.chunks.length, documentFrequency(corpus, term))
        weights.set(text, weight)
      }
      all += weight
      if (plan.flatTerms.has(text)) covered += weight
    }
    return all ? (covered * covered) / all : 0
  })
}
