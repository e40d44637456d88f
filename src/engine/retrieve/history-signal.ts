/**
 * Scores files and chunks by past commits: BM25 of the question over commit messages, credited to what each commit
 * touched. `trace-lines.ts` maps hunks to current lines. Every score is 0 without a history.
 */
import { termsOf } from '../text/terms.ts'
import type { Commit, TreeEntry } from '../types/tree.ts'
import type { Corpus } from './corpus.ts'
import { traceLines } from './trace-lines.ts'

export interface HistoryIndex {
  /**
   * Score per file and per chunk, from BM25 (k1 1.2, b .75) of the question over commit messages. `corpus` must have
   * the file list the index was built for.
   */
  score(
    corpus: Corpus,
    terms: ReadonlyMap<string, number>,
  ): { readonly files: Float32Array; readonly chunks: Float32Array }
  /** Recent change frequency per file: ln(1 + Σ exp(-age in commits / 1000)). */
  readonly churn: Float32Array
}

/** Larger commits are ignored: they say little about any one file. */
const MAX_COMMIT_FILES = 15
const MAX_COMMITS_USED = 40
/** Weight of a term that occurs only in the message body; the subject counts 1. */
const BODY_WEIGHT = 0.5
/** BM25 parameters. */
const K1 = 1.2
const B = 0.75

interface PastChange {
  readonly terms: ReadonlyMap<string, number>
  readonly files: readonly number[]
  readonly ranges: readonly { readonly file: number; readonly firstLine: number; readonly lastLine: number }[]
}

/** Indexes commits (newest first) against the current file list. */
export function indexHistory(
  entries: readonly Pick<TreeEntry, 'path'>[],
  commits: readonly Commit[],
  stop: ReadonlySet<string>,
): HistoryIndex {
  const fileOf = new Map(entries.map(({ path }, file) => [path, file]))
  const currentLines = traceLines(commits)
  const changes = commits
    .map((commit, i): PastChange => {
      const files = commit.paths.flatMap((path) => fileOf.get(path) ?? [])
      if (files.length === 0 || files.length > MAX_COMMIT_FILES) return { terms: new Map(), files: [], ranges: [] }
      const ranges = (currentLines[i] ?? []).map(({ path, firstLine, lastLine }) => ({
        file: fileOf.get(path) ?? -1,
        firstLine,
        lastLine,
      }))
      return { terms: messageTerms(commit, stop), files, ranges }
    })
    .filter(({ files }) => files.length > 0)
  const inverted = new Map<string, [commit: number, weight: number][]>()
  const weight = new Float32Array(entries.length)
  const lengths = changes.map(({ terms }) => [...terms.values()].reduce((sum, w) => sum + w, 0))
  changes.forEach(({ terms, files }, age) => {
    for (const file of files) weight[file]! += Math.exp(-age / 1000)
    for (const [term, w] of terms) {
      const list = inverted.get(term)
      if (list) list.push([age, w])
      else inverted.set(term, [[age, w]])
    }
  })
  const mean = lengths.reduce((sum, n) => sum + n, 0) / Math.max(1, changes.length)
  return {
    churn: weight.map((w) => Math.log(1 + w)),
    score(corpus, terms) {
      const scores = new Float32Array(changes.length)
      for (const [term, termWeight] of terms) {
        const list = inverted.get(term) ?? []
        const gain = termWeight * Math.log(1 + (changes.length - list.length + 0.5) / (list.length + 0.5)) * (K1 + 1)
        for (const [i, w] of list) scores[i]! += (gain * w) / (w + K1 * (1 - B + (B * lengths[i]!) / mean))
      }
      const top = [...scores.keys()].filter((i) => scores[i]! > 0).sort((a, b) => scores[b]! - scores[a]! || a - b)
      const files = new Float32Array(corpus.files.length)
      const chunks = new Float32Array(corpus.chunks.length)
      for (const i of top.slice(0, MAX_COMMITS_USED)) {
        const past = changes[i]!
        for (const file of past.files) files[file]! += scores[i]! ** 2 / Math.sqrt(past.files.length)
        const touchedChunks = new Set(
          past.ranges.flatMap(({ file, firstLine, lastLine }) => corpus.chunksAt(file, firstLine, lastLine)),
        )
        for (const chunk of touchedChunks) chunks[chunk]! += scores[i]! ** 2 / Math.sqrt(touchedChunks.size)
      }
      for (const values of [files, chunks])
        for (let i = 0; i < values.length; i++) if (values[i]) values[i] = Math.sqrt(values[i]!)
      return { files, chunks }
    },
  }
}

/** Terms of the message with their weights: 1 in the subject, `BODY_WEIGHT` in the body only. */
function messageTerms({ subject, body }: Commit, stop: ReadonlySet<string>): Map<string, number> {
  const terms = new Map<string, number>()
  const add = (text: string, weight: number) => {
    for (const term of termsOf(text))
      if (term.length > 1 && !stop.has(term) && !terms.has(term)) terms.set(term, weight)
  }
  add(subject, 1)
  add(body, BODY_WEIGHT)
  return terms
}
