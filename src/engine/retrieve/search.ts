/**
 * Plan + corpus → signals: one unweighted score array per signal, over all chunks or all files; nothing is cut off
 * here. Sources: `lexical.ts` words, `expand.ts` inflections and compounds, `mentioned-names.ts` what the question names,
 * `references.ts` calls and references, `history-signal.ts` past commits, `dense.ts` semantic similarity, `phrases.ts`
 * adjacent words.
 */
import type { Embedding } from '../text/embedding.ts'
import type { PathRoles } from '../text/path-role.ts'
import type { QueryPlan } from '../types/query.ts'
import type { ReadLines } from '../types/source.ts'
import type { Corpus } from './corpus.ts'
import { similarChunks } from './dense.ts'
import { inflectionsOf } from './expand.ts'
import type { HistoryIndex } from './history-signal.ts'
import { coverChunks, maximum, scoreChunks, scoreFiles, type TermWeights } from './lexical.ts'
import { definedSymbols, mentionedFiles, scopedFiles } from './mentioned-names.ts'
import { matchPhrases } from './phrases.ts'
import { followCalls } from './references.ts'

export const CHUNK_SIGNALS = [
  'text',
  'body',
  'coverage',
  'phrase',
  'defined',
  'callee',
  'pastChunk',
  'function',
] as const
export const FILE_SIGNALS = [
  'chunks',
  'wholeFile',
  'path',
  'mention',
  'scope',
  'past',
  'churn',
  'references',
  'length',
] as const
export type ChunkSignal = (typeof CHUNK_SIGNALS)[number]
export type FileSignal = (typeof FILE_SIGNALS)[number]

export interface Signals {
  readonly chunk: Readonly<Record<ChunkSignal, Float32Array>>
  readonly file: Readonly<Record<FileSignal, Float32Array>>
  /** Semantic similarity per chunk; null where lexical matches suffice. */
  readonly similarity: Float32Array | null
}

/** Weights of an inflection and of a compound, relative to the word itself. */
const INFLECTION_WEIGHT = 0.6
const COMPOUND_WEIGHT = 0.6
/** Factors for chunks of such files, applied in a file's chunk sum. */
const ROLE_PENALTY = { test: 0.55, generated: 0.7, example: 0.6 }
/** Weights of a file's four best chunks in its sum. */
const BEST_CHUNK_WEIGHTS = [1, 0.6, 0.4, 0.25]
const BODY_ONLY = { path: 0, fields: [0, 0, 0, 1] } as const
const MAX_CALLER_CHUNKS = 10

/** Computes all signals of a query. `read` serves the phrase signal; without an embedding similarity is null. */
export async function searchCorpus(
  corpus: Corpus,
  plan: QueryPlan,
  history: HistoryIndex,
  { read, embedding = null }: { readonly read: ReadLines; readonly embedding?: Embedding | null },
): Promise<Signals> {
  const { fileOf } = corpus
  const lexical = scoreChunks(corpus, expandTerms(corpus, plan))
  const text = smoothWithinSymbol(corpus, lexical)
  const penalty = Float32Array.from(corpus.roles, (roles) => penaltyOf(roles, plan))
  const max = maximum(lexical)
  const evidence = new Float32Array(lexical.length)
  for (let chunk = 0; chunk < lexical.length; chunk++)
    evidence[chunk] = (lexical[chunk]! / max) * penalty[fileOf[chunk]!]!
  const { wholeFile, path } = scoreFiles(corpus, plan.flatTerms)
  const past = history.score(corpus, plan.flatTerms)
  return {
    chunk: {
      text,
      body: scoreChunks(corpus, plan.terms, BODY_ONLY),
      coverage: coverChunks(corpus, plan.terms),
      phrase: await matchPhrases(corpus, plan, text, read),
      defined: definedSymbols(corpus, plan),
      callee: followCalls(corpus, evidence, MAX_CALLER_CHUNKS),
      pastChunk: past.chunks,
      function: corpus.isFunction,
    },
    file: {
      chunks: sumChunks(corpus, evidence),
      wholeFile,
      path,
      mention: mentionedFiles(corpus, plan),
      scope: scopedFiles(corpus, plan),
      past: past.files,
      churn: history.churn,
      references: corpus.references,
      length: corpus.fileLengths.map((length) => Math.log(1 + length)),
    },
    similarity: similarChunks(corpus, plan, embedding, lexical),
  }
}

/** The query terms, their inflections in the corpus, and compounds of adjacent words. */
function expandTerms(corpus: Corpus, { terms, compounds }: QueryPlan): TermWeights {
  const all = new Map(terms)
  const add = (others: TermWeights, factor: number) => {
    for (const [term, weight] of others) if (!all.has(term)) all.set(term, factor * weight)
  }
  add(inflectionsOf(corpus, terms), INFLECTION_WEIGHT)
  add(compounds, COMPOUND_WEIGHT)
  return all
}

function penaltyOf({ test, generated, example }: PathRoles, plan: QueryPlan): number {
  return (
    (test && !plan.asksTests ? ROLE_PENALTY.test : 1) *
    (generated && !plan.asksGenerated ? ROLE_PENALTY.generated : 1) *
    (example && !plan.asksExamples ? ROLE_PENALTY.example : 1)
  )
}

/** Smooths scores over the parts of a split symbol: a third the part's own score, two thirds the best part's. */
function smoothWithinSymbol({ splitSymbols }: Corpus, scores: Float32Array): Float32Array {
  const result = scores.slice()
  for (const [from, to] of splitSymbols) {
    const best = maximum(scores.subarray(from, to), 0)
    for (let i = from; i < to; i++) result[i] = (scores[i]! + 2 * best) / 3
  }
  return result
}

/** Weighted sum of each file's best chunks. */
function sumChunks({ files, firstChunk }: Corpus, evidence: Float32Array): Float32Array {
  return Float32Array.from(files, (_, file) => {
    const best = [0, 0, 0, 0]
    for (let chunk = firstChunk[file]!; chunk < firstChunk[file + 1]!; chunk++) {
      let score = evidence[chunk]!
      for (let i = 0; i < best.length; i++)
        if (score > best[i]!) {
          const displaced = best[i]!
          best[i] = score
          score = displaced
        }
    }
    return best.reduce((sum, score, i) => sum + BEST_CHUNK_WEIGHTS[i]! * score, 0)
  })
}
