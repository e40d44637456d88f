/** Commits → which files past changes with such a message touched. Neutral when there is no history. */
import { termsOf } from '../model/terms.ts'
import type { Commit } from '../model/tree.ts'

export interface HistoryIndex {
  /** Per file, from BM25 (k1 1.2, b .75) of the question over commit subjects. */
  score(terms: ReadonlyMap<string, number>): Float32Array
  /** Per file: how much it changed lately, ln(1 + Σ exp(-age in commits / 1000)). */
  readonly churn: Float32Array
}

/** Sweeping commits say little about any one of their files. */
const MAX_FILES = 15
const TOP = 40

export function indexHistory(
  commits: readonly Commit[],
  paths: readonly string[],
  stop: ReadonlySet<string>,
): HistoryIndex {
  const fileOf = new Map(paths.map((path, file) => [path, file]))
  const kept = commits
    .map(({ subject, paths: touched }) => ({
      terms: new Set(termsOf(subject).filter((term) => term.length > 1 && !stop.has(term))),
      files: touched.flatMap((path) => fileOf.get(path) ?? []),
    }))
    .filter(({ files }) => files.length > 0 && files.length <= MAX_FILES)
  const inverted = new Map<string, number[]>()
  const weight = new Float32Array(paths.length)
  let total = 0
  kept.forEach(({ terms, files }, age) => {
    total += terms.size
    for (const file of files) weight[file]! += Math.exp(-age / 1000)
    for (const term of terms) {
      const list = inverted.get(term)
      if (list) list.push(age)
      else inverted.set(term, [age])
    }
  })
  const mean = total / Math.max(1, kept.length)
  return {
    churn: weight.map((w) => Math.log(1 + w)),
    score(terms) {
      const scores = new Float32Array(kept.length)
      for (const [term, termWeight] of terms) {
        const list = inverted.get(term) ?? []
        const gain = termWeight * Math.log(1 + (kept.length - list.length + 0.5) / (list.length + 0.5)) * 2.2
        for (const i of list) scores[i]! += gain / (1 + 1.2 * (0.25 + (0.75 * kept[i]!.terms.size) / mean))
      }
      const top = [...scores.keys()].filter((i) => scores[i]! > 0).sort((a, b) => scores[b]! - scores[a]! || a - b)
      const files = new Float32Array(paths.length)
      for (const i of top.slice(0, TOP))
        for (const file of kept[i]!.files) files[file]! += scores[i]! ** 2 / Math.sqrt(kept[i]!.files.length)
      return files.map(Math.sqrt)
    },
  }
}
