/** Commits → which files and chunks past changes with such a message touched. Neutral when there is no history. */
import { termsOf } from '../text/terms.ts'
import type { Commit, TreeEntry } from '../types/tree.ts'
import type { Corpus } from './corpus.ts'
import { traceLines } from './line-history.ts'

export interface HistoryIndex {
  /** Per file and per chunk of a state of the files it was made for, from BM25 (k1 1.2, b .75) of the question over commit messages. */
  score(
    corpus: Corpus,
    terms: ReadonlyMap<string, number>,
  ): { readonly files: Float32Array; readonly chunks: Float32Array }
  /** Per file: how much it changed lately, ln(1 + Σ exp(-age in commits / 1000)). */
  readonly churn: Float32Array
}

/** Sweeping commits say little about any one of their files. */
const MAX_COMMIT_FILES = 15
const MAX_COMMITS_USED = 40
const BODY_WEIGHT = 0.5

interface PastChange {
  readonly terms: ReadonlyMap<string, number>
  readonly files: readonly number[]
  readonly places: readonly { readonly file: number; readonly firstLine: number; readonly lastLine: number }[]
}

export function indexHistory(
  all: readonly Pick<TreeEntry, 'path'>[],
  commits: readonly Commit[],
  stop: ReadonlySet<string>,
): HistoryIndex {
  const fileOf = new Map(all.map(({ path }, file) => [path, file]))
  const touched = traceLines(commits)
  const kept = commits
    .map((commit, i): PastChange => {
      const files = commit.paths.flatMap((path) => fileOf.get(path) ?? [])
      if (files.length === 0 || files.length > MAX_COMMIT_FILES) return { terms: new Map(), files: [], places: [] }
      const places = (touched[i] ?? []).map(({ path, firstLine, lastLine }) => ({
        file: fileOf.get(path) ?? -1,
        firstLine,
        lastLine,
      }))
      return { terms: messageTerms(commit, stop), files, places }
    })
    .filter(({ files }) => files.length > 0)
  const inverted = new Map<string, [commit: number, weight: number][]>()
  const weight = new Float32Array(all.length)
  const lengths = kept.map(({ terms }) => [...terms.values()].reduce((sum, w) => sum + w, 0))
  kept.forEach(({ terms, files }, age) => {
    for (const file of files) weight[file]! += Math.exp(-age / 1000)
    for (const [term, w] of terms) {
      const list = inverted.get(term)
      if (list) list.push([age, w])
      else inverted.set(term, [[age, w]])
    }
  })
  const mean = lengths.reduce((sum, n) => sum + n, 0) / Math.max(1, kept.length)
  return {
    churn: weight.map((w) => Math.log(1 + w)),
    score(corpus, terms) {
      const scores = new Float32Array(kept.length)
      for (const [term, termWeight] of terms) {
        const list = inverted.get(term) ?? []
        const gain = termWeight * Math.log(1 + (kept.length - list.length + 0.5) / (list.length + 0.5)) * 2.2
        for (const [i, w] of list) scores[i]! += (gain * w) / (w + 1.2 * (0.25 + (0.75 * lengths[i]!) / mean))
      }
      const top = [...scores.keys()].filter((i) => scores[i]! > 0).sort((a, b) => scores[b]! - scores[a]! || a - b)
      const files = new Float32Array(corpus.files.length)
      const chunks = new Float32Array(corpus.chunks.length)
      for (const i of top.slice(0, MAX_COMMITS_USED)) {
        const past = kept[i]!
        for (const file of past.files) files[file]! += scores[i]! ** 2 / Math.sqrt(past.files.length)
        const own = new Set(
          past.places.flatMap(({ file, firstLine, lastLine }) => corpus.chunksAt(file, firstLine, lastLine)),
        )
        for (const chunk of own) chunks[chunk]! += scores[i]! ** 2 / Math.sqrt(own.size)
      }
      for (const values of [files, chunks])
        for (let i = 0; i < values.length; i++) if (values[i]) values[i] = Math.sqrt(values[i]!)
      return { files, chunks }
    },
  }
}

/** Terms of the message with their weights: the subject's count once, those of the body alone by half. */
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
