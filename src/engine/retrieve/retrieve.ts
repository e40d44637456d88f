/**
 * Entry point of retrieve: an indexed tree and a question → ranked hits and one packed context per budget. The
 * ranking of the last question is cached, as it is often packed again with other overrides or another budget.
 * `Context.notes` states in sentences what a reader must know to judge the result. Symbol lookup is separate
 * (`engine/graph`): exact, not ranked.
 */

import type { Clock, Ports, Tokenizer } from '../ports.ts'
import { termsOfWord, wordsOf } from '../text/terms.ts'
import type { FileRecord } from '../types/chunk.ts'
import type { Context, Dropped, Hit } from '../types/pack.ts'
import type { QueryPlan, Question } from '../types/query.ts'
import type { Run } from '../types/run.ts'
import type { Lines, ReadLines } from '../types/source.ts'
import type { Tree } from '../types/tree.ts'
import { buildCorpus, type Corpus } from './corpus.ts'
import { type HistoryIndex, indexHistory } from './history-signal.ts'
import { termRarity } from './lexical.ts'
import { missingNames } from './missing-names.ts'
import { resolveOverrides } from './overrides.ts'
import { packContext } from './pack.ts'
import { patchCorpus, samePaths } from './patch-corpus.ts'
import { planQuery, REPORT_STOP_WORDS, searchText } from './plan-query.ts'
import { type Ranking, rankChunks, SIGNALS } from './rank.ts'
import { WEIGHTS, type Weights } from './ranking-weights.ts'
import { type Signals, searchCorpus } from './search.ts'
import { chunkTitle } from './title.ts'

export { areasOf, childrenOf, mapOf, suggestNames } from './browse.ts'
export { type DenseIndex, openDense } from './dense.ts'
export { identifiersIn, searchText } from './plan-query.ts'
export { headingOf, presentMap, presentOutline, presentPack, presentSymbols, priceBlock } from './present.ts'
export { SIGNALS }

/** Hits: files in the order of the file head, each with up to `HITS_PER_FILE` of its best chunks. */
const MAX_HIT_FILES = 200
const HITS_PER_FILE = 3

/** An indexed tree, ready for questions. */
export interface Retriever {
  readonly corpus: Corpus
  readonly history: HistoryIndex
  /** The last question's ranking: it is often packed again, with other overrides or another budget. */
  lastRanked: RankedQuestion | null
}

interface RankedQuestion {
  /** The text searched for. */
  readonly text: string
  readonly withoutSignals: Question['withoutSignals']
  readonly weights: Weights
  readonly plan: QueryPlan
  readonly signals: Signals
  readonly ranking: Ranking
}

/** Builds the corpus and the history index. */
export async function openRetriever(
  tree: Tree,
  records: readonly FileRecord[],
  clock: Pick<Clock, 'yieldTurn'>,
): Promise<Retriever> {
  const corpus = await buildCorpus(tree, records, clock)
  return { corpus, history: indexHistory(corpus.files, tree.commits, REPORT_STOP_WORDS), lastRanked: null }
}

/** Opens the next state of the tree, reusing what is unchanged if only a few files changed. */
export async function reopenRetriever(
  before: Retriever,
  tree: Tree,
  records: readonly FileRecord[],
  clock: Pick<Clock, 'yieldTurn'>,
): Promise<Retriever> {
  const corpus = patchCorpus(before.corpus, tree, records)
  if (!corpus) return openRetriever(tree, records, clock)
  // The history index refers to files by index.
  const isSameHistory =
    samePaths(before.corpus.files, corpus.files) && sameCommits(before.corpus.tree.commits, tree.commits)
  const history = isSameHistory ? before.history : indexHistory(corpus.files, tree.commits, REPORT_STOP_WORDS)
  return { corpus, history, lastRanked: null }
}

/** Whether both lists hold the same commits, newest first. */
function sameCommits(a: Tree['commits'], b: Tree['commits']): boolean {
  return a === b || (a.length === b.length && a.every(({ hash }, i) => hash === b[i]!.hash))
}

export interface RetrieveSources {
  readonly ports: Pick<Ports, 'tokenizer' | 'clock' | 'embedding'>
  /** Returns a file's lines as indexed, or why they can't be shown. */
  readonly read: ReadLines
  /** Defaults to the committed weights. */
  readonly weights?: Weights
}

/** Ranks a question and packs a context per budget. */
export async function retrieveContext(
  run: Run,
  retriever: Retriever,
  question: Question,
  { ports, read, weights = WEIGHTS }: RetrieveSources,
): Promise<Context> {
  const began = ports.clock.now()
  const { corpus } = retriever
  const reads = new Map<number, Promise<Lines>>()
  const readOnce = (file: number): Promise<Lines> => {
    const lines = reads.get(file) ?? read(file)
    reads.set(file, lines)
    return lines
  }
  const { plan, signals, ranking } = await rankQuestion(run, retriever, question, {
    ...{ embedding: ports.embedding, read: readOnce, weights },
  })
  const tokenCounts = new Map<string, number>()
  const tokenizer: Tokenizer = {
    id: ports.tokenizer.id,
    count(text) {
      const known = tokenCounts.get(text)
      if (known !== undefined) return known
      const tokens = ports.tokenizer.count(text)
      tokenCounts.set(text, tokens)
      return tokens
    },
  }
  const weightOf = (term: string): number => {
    const weight = plan.terms.get(term)
    return weight === undefined ? 0 : weight * termRarity(corpus, term, 0)
  }
  const lineRelevance = (line: string): number =>
    [...new Set(wordsOf(line).flatMap(termsOfWord))].reduce((sum, term) => sum + weightOf(term), 0)
  const overrides = resolveOverrides(corpus, question.overrides ?? [])
  const packs = []
  for (const budget of question.budgets) {
    run.signal.throwIfAborted()
    packs.push(
      await packContext({ corpus, plan, ranking, tokenizer, read: readOnce, lineRelevance, overrides }, budget),
    )
  }
  return {
    query: question.text,
    hits: hitsOf(corpus, ranking),
    packs,
    notes: [...notesOf(corpus, plan, signals), ...changedFilesNote(packs[0]?.dropped ?? [])],
    ms: Math.round(ports.clock.now() - began),
  }
}

/** Ranks a question, or returns the cached ranking of the same question. */
async function rankQuestion(
  run: Run,
  retriever: Retriever,
  question: Question,
  { embedding, read, weights }: Pick<Ports, 'embedding'> & { readonly read: ReadLines; readonly weights: Weights },
): Promise<RankedQuestion> {
  const { corpus, history, lastRanked: last } = retriever
  const text = searchText(question)
  const isSameQuestion = last?.text === text && last.withoutSignals === question.withoutSignals
  if (last && isSameQuestion && last.weights === weights) return last
  const plan = planQuery(text)
  const signals = await searchCorpus(corpus, plan, history, { read, embedding })
  run.signal.throwIfAborted()
  const ranking = rankChunks(corpus, {
    ...{ plan, signals, weights },
    without: new Set(question.withoutSignals),
  })
  retriever.lastRanked = { text, withoutSignals: question.withoutSignals, weights, plan, signals, ranking }
  return retriever.lastRanked
}

/** Says that matching files are missing because they changed since they were indexed. */
function changedFilesNote(dropped: readonly Dropped[]): string[] {
  const files = new Set(
    dropped.filter(({ reason }) => reason === 'changed since it was indexed').map(({ path }) => path),
  ).size
  if (files === 0) return []
  const what = files === 1 ? 'A matching file has' : `${files} matching files have`
  return [`${what} changed since ${files === 1 ? 'it was' : 'they were'} indexed: ask again in a moment.`]
}

function notesOf(corpus: Corpus, plan: QueryPlan, { chunk, similarity }: Signals): string[] {
  const { tree, files } = corpus
  const notes: string[] = []
  if (files.length === 0) {
    const reasons = [...Map.groupBy(tree.skipped, ({ reason }) => reason)].map(
      ([reason, skipped]) => `${skipped.length} ${reason}`,
    )
    notes.push(
      `Nothing is indexed in ${tree.roots.join(', ')}: ${reasons.length ? `files were skipped (${reasons.join(', ')})` : 'it holds no files, or .gitignore excludes all of them (`!/src/` in a .foveaignore includes a folder anyway)'}.`,
    )
  } else if (plan.terms.size === 0) notes.push('The question has no word that can be searched: name what it is about.')
  else if (similarity && !chunk.text.some((score) => score > 0))
    notes.push('No word of the question occurs in the code: these results are a guess by similar meaning.')
  notes.push(...missingNames(corpus, plan))
  if (plan.unreadChars > 0)
    notes.push(
      `Of the question's ${plan.text.length + plan.unreadChars} characters ${plan.text.length} were read: its beginning, its end and the lines around errors.`,
    )
  return notes
}

function hitsOf(corpus: Corpus, ranking: Ranking): Hit[] {
  return ranking.files.slice(0, MAX_HIT_FILES).flatMap((file) => {
    const chunks: number[] = []
    for (let chunk = corpus.firstChunk[file]!; chunk < corpus.firstChunk[file + 1]!; chunk++) chunks.push(chunk)
    return chunks
      .sort((a, b) => ranking.chunkScore[b]! - ranking.chunkScore[a]! || a - b)
      .slice(0, HITS_PER_FILE)
      .map((chunk): Hit => {
        const { id, firstLine, lastLine } = corpus.chunks[chunk]!
        return {
          chunk: id,
          path: corpus.files[file]!.path,
          firstLine,
          lastLine,
          symbol: chunkTitle(corpus.chunks[chunk]!),
          score: Math.round(ranking.fileScore[file]! * 1000) / 1000,
          why: ranking.why(chunk),
        }
      })
  })
}
