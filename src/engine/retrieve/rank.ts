/**
 * Signals → ranking: a linear fusion with committed weights (`ranking-weights.ts`, fitted by `training/ranking`), one head for
 * chunks (what to show) and one for files (where to look). Roles (tests, examples, documents, configuration, generated
 * code) are fixed priors that give way when the question asks for them; they aren't fitted, because what public queries
 * call gold leaves tests and documents out by construction. `search.ts` lowers the same roles in a file's sum (`ROLE_PENALTY`). `training/README.md` lists the signals
 * that were kept and those that were tried and dropped.
 */

import type { PathRoles } from '../text/path-role.ts'
import type { ScorePart } from '../types/pack.ts'
import type { QueryPlan } from '../types/query.ts'
import type { Corpus } from './corpus.ts'
import { maximum, topIndicesAmong } from './lexical.ts'
import type { Head, Weights } from './ranking-weights.ts'
import { CHUNK_SIGNALS, FILE_SIGNALS, type Signals } from './search.ts'

/** Minimum divisor of the mention signal: a question's best mention isn't necessarily a good one. */
const MENTION_FLOOR = 0.7
/** Prior of each such role, unless the question asks for it. */
const ROLE_PRIOR = -1

/** Not fitted: semantic similarity is used only where hardly any word matches. */
const SIMILARITY_WEIGHT = 4

/** Names of the signals a question may switch off. */
export const SIGNALS: readonly string[] = [...CHUNK_SIGNALS, ...FILE_SIGNALS, 'meaning']

export interface Ranking {
  /** Number of chunks that match. */
  readonly matches: number
  /** The n best of them, best first, by the chunk head. */
  best(n: number): readonly number[]
  /** Matching files, best first, by the file head. */
  readonly files: readonly number[]
  readonly chunkScore: Float32Array
  readonly fileScore: Float32Array
  /** Best chunk of each file, -1 for none. */
  readonly bestChunk: Int32Array
  /** The parts of a chunk's score, largest first. */
  why(chunk: number): readonly ScorePart[]
}

/** Scaled signals of a query's chunks and files, the input of the heads. */
export interface Features {
  readonly chunk: readonly Float32Array[]
  readonly file: readonly Float32Array[]
  /** Role prior of each file. */
  readonly prior: Float32Array
  readonly similarity: Float32Array | null
}

/**
 * Divides relative signals by their largest value for the question, in place: arrays of a million chunks aren't copied.
 * Absolute signals are left as they are.
 */
export function featuresOf(corpus: Corpus, plan: QueryPlan, signals: Signals, without: ReadonlySet<string>): Features {
  // The weights of absolute signals were fitted beside lexical matches; without those they would dominate.
  const similarity = without.has('meaning') ? null : signals.similarity
  const scale = (name: string, values: Float32Array) => {
    if (without.has(name) || (similarity && ABSOLUTE_SIGNALS.has(name))) return new Float32Array(values.length)
    if (ABSOLUTE_SIGNALS.has(name)) return values
    const max = maximum(values, name === 'mention' ? MENTION_FLOOR : undefined)
    return divide(values, max)
  }
  return {
    chunk: CHUNK_SIGNALS.map((name) => scale(name, signals.chunk[name])),
    file: FILE_SIGNALS.map((name) => scale(name, signals.file[name])),
    prior: Float32Array.from(corpus.roles, (roles) => priorOf(roles, plan)),
    similarity: similarity && divide(similarity, maximum(similarity)),
  }
}

/** Signals whose scale is the same for every question. */
const ABSOLUTE_SIGNALS = new Set<string>(['churn', 'references', 'length', 'function'])

/** Plain loop: `map` with a callback takes ten times as long on arrays of tens of thousands. */
function divide(values: Float32Array, by: number): Float32Array {
  for (let i = 0; i < values.length; i++) values[i]! /= by
  return values
}

function priorOf({ test, example, document, configuration, generated }: PathRoles, plan: QueryPlan): number {
  let prior = 0
  if (test && !plan.asksTests) prior += ROLE_PRIOR
  if (example && !plan.asksExamples) prior += ROLE_PRIOR
  if ((document && !plan.asksExamples) || (configuration && !plan.asksConfiguration)) prior += ROLE_PRIOR
  if (generated && !plan.asksGenerated) prior += ROLE_PRIOR
  return prior
}

/** What `rankChunks` ranks: a query's signals, the names of the signals to leave out, and the weights of both heads. */
interface RankInput {
  readonly plan: QueryPlan
  readonly signals: Signals
  readonly without: ReadonlySet<string>
  readonly weights: Weights
}

/** Ranks files and chunks. Scales the signals in place, so they can't be ranked twice. */
export function rankChunks(corpus: Corpus, { plan, signals, without, weights }: RankInput): Ranking {
  const { files, fileOf, firstChunk } = corpus
  const features = featuresOf(corpus, plan, signals, without)
  const chunkScore = scoreChunks(corpus, features, weights.chunk)
  const fileScore = scoreFiles(corpus, features, weights.file)
  const bestChunk = new Int32Array(files.length).fill(-1)
  for (let chunk = 0; chunk < fileOf.length; chunk++) {
    const best = bestChunk[fileOf[chunk]!]!
    if (best < 0 || chunkScore[chunk]! > chunkScore[best]!) bestChunk[fileOf[chunk]!] = chunk
  }
  const fileSimilarity = features.similarity && bestOfFiles(fileOf, features.similarity, files.length)
  const matches = (file: number) =>
    firstChunk[file + 1]! > firstChunk[file]! &&
    ((fileSimilarity?.[file] ?? 0) > 0 ||
      signals.file.chunks[file]! > 0 ||
      signals.file.wholeFile[file]! > 0 ||
      signals.file.mention[file]! > 0 ||
      signals.file.past[file]! > 0)
  const rankedFiles = [...files.keys()].filter(matches)
  const candidates = new Uint32Array(
    rankedFiles.reduce((sum, file) => sum + firstChunk[file + 1]! - firstChunk[file]!, 0),
  )
  let size = 0
  for (const file of rankedFiles)
    for (let chunk = firstChunk[file]!; chunk < firstChunk[file + 1]!; chunk++) candidates[size++] = chunk
  const byScore = (scores: Float32Array) => (a: number, b: number) => scores[b]! - scores[a]! || a - b
  return {
    matches: candidates.length,
    best: (n) => topIndicesAmong(candidates, chunkScore, n),
    files: rankedFiles.sort(byScore(fileScore)),
    chunkScore,
    fileScore,
    bestChunk,
    why: (chunk) => scoreParts(features, chunk, fileOf[chunk]!, weights.chunk),
  }
}

/** The part of the score that all chunks of a file share. */
function sharedScore({ file, prior }: Features, head: Head): Float32Array {
  const scores = prior.slice()
  FILE_SIGNALS.forEach((name, i) => {
    const values = file[i]!
    if (head[name]) for (let f = 0; f < scores.length; f++) scores[f]! += head[name] * values[f]!
  })
  return scores
}

function scoreChunks({ fileOf }: Corpus, features: Features, head: Head): Float32Array {
  const shared = sharedScore(features, head)
  const scores = new Float32Array(fileOf.length)
  for (let chunk = 0; chunk < scores.length; chunk++) scores[chunk] = shared[fileOf[chunk]!]!
  CHUNK_SIGNALS.forEach((name, i) => {
    const values = features.chunk[i]!
    if (head[name]) for (let chunk = 0; chunk < scores.length; chunk++) scores[chunk]! += head[name] * values[chunk]!
  })
  features.similarity?.forEach((value, chunk) => {
    scores[chunk]! += SIMILARITY_WEIGHT * value
  })
  return scores
}

/** Scores files; of each chunk signal a file takes the maximum over its chunks. */
function scoreFiles({ fileOf }: Corpus, features: Features, head: Head): Float32Array {
  const scores = sharedScore(features, head)
  const add = (weight: number, values: Float32Array) => {
    const best = bestOfFiles(fileOf, values, scores.length)
    for (let file = 0; file < scores.length; file++) scores[file]! += weight * best[file]!
  }
  CHUNK_SIGNALS.forEach((name, i) => {
    add(head[name], features.chunk[i]!)
  })
  if (features.similarity) add(SIMILARITY_WEIGHT, features.similarity)
  return scores
}

function bestOfFiles(fileOf: Uint32Array, values: Float32Array, files: number): Float32Array {
  const best = new Float32Array(files)
  for (let chunk = 0; chunk < values.length; chunk++)
    if (values[chunk]! > best[fileOf[chunk]!]!) best[fileOf[chunk]!] = values[chunk]!
  return best
}

/** Display names of signals; the remaining ones are shown under their own names. */
const SIGNAL_LABELS: Readonly<Partial<Record<keyof Head, string>>> = {
  text: 'text match',
  body: 'match in the body',
  coverage: 'share of the question',
  phrase: 'words beside each other',
  defined: 'named in the question',
  callee: 'called by the best matches',
  pastChunk: 'past commits here',
  chunks: 'best chunks of the file',
  wholeFile: 'whole file match',
  path: 'path match',
  mention: 'file named in the question',
  scope: 'scope of the title',
  past: 'past commits',
  churn: 'recent changes',
  references: 'references to the file',
  length: 'file length',
}

function scoreParts(features: Features, chunk: number, file: number, head: Head): ScorePart[] {
  const parts = [
    ...CHUNK_SIGNALS.map((name, i) => ({
      part: SIGNAL_LABELS[name] ?? name,
      value: features.chunk[i]![chunk]! * head[name],
    })),
    ...FILE_SIGNALS.map((name, i) => ({
      part: SIGNAL_LABELS[name] ?? name,
      value: features.file[i]![file]! * head[name],
    })),
    { part: 'role', value: features.prior[file]! },
    { part: 'alike in meaning', value: SIMILARITY_WEIGHT * (features.similarity?.[chunk] ?? 0) },
  ]
  return parts
    .map(({ part, value }) => ({ part, value: Math.round(value * 100) / 100 }))
    .filter(({ value }) => value !== 0)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
}
