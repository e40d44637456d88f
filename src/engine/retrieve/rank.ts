/**
 * Signals → order: a linear fusion with committed weights, one head for chunks (what to show) and one for files
 * (where to look). The weights were learned by cross-validation on public queries; tests and examples are fixed at
 * -1 and get it back when the question asks for them, because the learned value is partly an artefact of the gold.
 */
import type { Why } from '../model/pack.ts'
import type { Plan } from '../model/query.ts'
import { isExample, isGenerated, isTest } from '../model/role.ts'
import type { Corpus } from './corpus.ts'
import type { Signals } from './search.ts'

const FEATURES = [
  'text match',
  'best chunks of the file',
  'whole file match',
  'past commits',
  'recent changes',
  'test',
  'generated',
  'example',
  'function',
  'file length',
  'named in the question',
  'path match',
  'file name match',
] as const
/** Names a question may leave out. */
export const SIGNALS: readonly string[] = FEATURES
const CHUNK_WEIGHTS = [4.6, 2.05, 0.69, 1.42, 0.14, -1, -0.95, -1, 0.68, -0.45, 0.9, 0.54, -0.34]
const FILE_WEIGHTS = [1.23, 3.28, 1.09, 1.85, 0.15, -1, -0.88, -1, 0.5, -0.12, 0.61, 1.16, -0.06]
const MENTION_FLOOR = 0.7

export interface Ranking {
  /** Chunks that match, best first for showing. */
  readonly chunks: readonly number[]
  /** Files that match, best first for looking. */
  readonly files: readonly number[]
  readonly chunkScore: Float32Array
  readonly fileScore: Float32Array
  /** Best chunk of each file, -1 for none. */
  readonly bestChunk: Int32Array
  why(chunk: number): readonly Why[]
}

export function rankChunks(corpus: Corpus, plan: Plan, signals: Signals, without: readonly string[] = []): Ranking {
  const heard = (weight: number, i: number) => (without.includes(FEATURES[i]!) ? 0 : weight)
  const [CHUNK_HEAD, FILE_HEAD] = [CHUNK_WEIGHTS.map(heard), FILE_WEIGHTS.map(heard)]
  const { chunks, files, fileOf, firstChunk } = corpus
  const fileFeatures = featuresOfFiles(corpus, plan, signals)
  const fieldedMax = maximum(signals.fielded)
  const features = (chunk: number): number[] => {
    const row = fileFeatures[fileOf[chunk]!]!.slice()
    row[0] = signals.fielded[chunk]! / fieldedMax
    row[8] = chunks[chunk]!.kind === 'function' ? 1 : 0
    return row
  }
  const chunkBase = fileFeatures.map((row) => dot(row, CHUNK_HEAD))
  const chunkScore = new Float32Array(chunks.length)
  const bestChunk = new Int32Array(files.length).fill(-1)
  for (let chunk = 0; chunk < chunks.length; chunk++) {
    const file = fileOf[chunk]!
    const isFunction = chunks[chunk]!.kind === 'function' ? CHUNK_HEAD[8]! : 0
    chunkScore[chunk] = chunkBase[file]! + (CHUNK_HEAD[0]! * signals.fielded[chunk]!) / fieldedMax + isFunction
    const best = bestChunk[file]!
    if (best < 0 || chunkScore[chunk]! > chunkScore[best]!) bestChunk[file] = chunk
  }
  const fileScore = Float32Array.from(files, (_, file) => {
    const best = bestChunk[file]!
    return best < 0 ? Number.NEGATIVE_INFINITY : dot(features(best), FILE_HEAD)
  })
  const matches = (file: number) =>
    signals.wholeFile[file]! > 0 || signals.mention[file]! > 0 || signals.history[file]! > 0
  const byScore = (scores: Float32Array) => (a: number, b: number) => scores[b]! - scores[a]! || a - b
  const rankedFiles = [...files.keys()].filter((file) => firstChunk[file + 1]! > firstChunk[file]! && matches(file))
  const matching = new Set(rankedFiles)
  return {
    chunks: [...chunks.keys()].filter((chunk) => matching.has(fileOf[chunk]!)).sort(byScore(chunkScore)),
    files: rankedFiles.sort(byScore(fileScore)),
    chunkScore,
    fileScore,
    bestChunk,
    why: (chunk) =>
      features(chunk)
        .map((value, i) => ({ part: FEATURES[i]!, value: Math.round(value * CHUNK_HEAD[i]! * 100) / 100 }))
        .filter(({ value }) => value !== 0)
        .sort((a, b) => Math.abs(b.value) - Math.abs(a.value)),
  }
}

function featuresOfFiles(corpus: Corpus, plan: Plan, signals: Signals): number[][] {
  const max = {
    sum: maximum(signals.chunkSum),
    whole: maximum(signals.wholeFile),
    history: maximum(signals.history),
    mention: Math.max(MENTION_FLOOR, maximum(signals.mention)),
    path: maximum(signals.path),
    stem: maximum(signals.stem),
  }
  return corpus.files.map(({ path }, file) => [
    0,
    signals.chunkSum[file]! / max.sum,
    signals.wholeFile[file]! / max.whole,
    signals.history[file]! / max.history,
    signals.churn[file]!,
    isTest(path) && !plan.asksTests ? 1 : 0,
    isGenerated(path) ? 1 : 0,
    isExample(path) && !plan.asksExamples ? 1 : 0,
    0,
    Math.log(1 + corpus.fileLengths[file]!),
    signals.mention[file]! / max.mention,
    signals.path[file]! / max.path,
    signals.stem[file]! / max.stem,
  ])
}

function maximum(values: Float32Array): number {
  let max = 1e-9
  for (const value of values) if (value > max) max = value
  return max
}

function dot(row: readonly number[], weights: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < row.length; i++) sum += row[i]! * weights[i]!
  return sum
}
