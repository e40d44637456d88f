/**
 * Traces commits' hunks to the current lines they wrote. Going back in time, each file keeps a map from its lines then
 * to its lines now. Side branches are treated as one linear history, which shifts lines slightly at most.
 */
import type { Commit } from '../types/tree.ts'

export interface TouchedLines {
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
}

/** Lines `from` … `to` of a past state are now `from + shift` … `to + shift`. Lists are sorted and don't overlap. */
interface LineSpan {
  readonly from: number
  readonly to: number
  readonly shift: number
}

const WHOLE_FILE: readonly LineSpan[] = [{ from: 0, to: Number.MAX_SAFE_INTEGER / 2, shift: 0 }]

/** Row i: current lines that commit i wrote. `commits` are newest first. */
export function traceLines(commits: readonly Commit[]): TouchedLines[][] {
  const maps = new Map<string, readonly LineSpan[]>()
  return commits.map(({ paths, hunks }) =>
    paths.flatMap((path, i) => {
      const fileHunks = hunks[i]
      if (!fileHunks?.length) return []
      const spans = maps.get(path) ?? WHOLE_FILE
      maps.set(path, mapBefore(spans, fileHunks))
      return currentLines(spans, fileHunks).map(([first, last]) => ({ path, firstLine: first, lastLine: last }))
    }),
  )
}

/** Current lines of what a commit wrote; a pure removal counts as the line before it. */
function currentLines(spans: readonly LineSpan[], hunks: Int32Array): [number, number][] {
  const found: [number, number][] = []
  for (let h = 0; h < hunks.length; h += 4) {
    const first = hunks[h + 2]!
    const last = first + Math.max(1, hunks[h + 3]!) - 1
    for (const { from, to, shift } of spans)
      if (from <= last && to >= first) found.push([Math.max(from, first) + shift, Math.min(to, last) + shift])
  }
  return found
}

/** Derives the line map of the state before a commit from the one after it. */
function mapBefore(spans: readonly LineSpan[], hunks: Int32Array): LineSpan[] {
  const result: LineSpan[] = []
  let next = 0
  let delta = 0
  const copySpans = (from: number, to: number) => {
    for (const span of spans) {
      const first = Math.max(from + delta, span.from)
      const last = Math.min(to + delta, span.to)
      if (first <= last) result.push({ from: first - delta, to: last - delta, shift: span.shift + delta })
    }
  }
  for (let h = 0; h < hunks.length; h += 4) {
    const [before, removed, , added] = [hunks[h]!, hunks[h + 1]!, hunks[h + 2]!, hunks[h + 3]!]
    // For a pure insertion, git reports the line before it.
    const start = removed > 0 ? before : before + 1
    copySpans(next, start - 1)
    next = start + removed
    delta += added - removed
  }
  copySpans(next, Number.MAX_SAFE_INTEGER / 2)
  return result
}
