/**
 * Commits' hunks → the lines they wrote as they stand now. Going back in time, each file keeps a map from its lines
 * then to its lines now; side branches are taken as one line of history, which shifts lines a little at most.
 */
import type { Commit } from '../types/tree.ts'

export interface TouchedLines {
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
}

/** Lines `from` … `to` of a past state are now `from + shift` … `to + shift`. Sorted, without overlap. */
interface LineSpan {
  readonly from: number
  readonly to: number
  readonly shift: number
}

const WHOLE_FILE: readonly LineSpan[] = [{ from: 0, to: Number.MAX_SAFE_INTEGER / 2, shift: 0 }]

/** Row i: lines commit i wrote that still stand; commits newest first. */
export function traceLines(commits: readonly Commit[]): TouchedLines[][] {
  const maps = new Map<string, readonly LineSpan[]>()
  return commits.map(({ paths, hunks }) =>
    paths.flatMap((path, i) => {
      const places = hunks[i]
      if (!places?.length) return []
      const runs = maps.get(path) ?? WHOLE_FILE
      maps.set(path, mapBefore(runs, places))
      return currentLines(runs, places).map(([first, last]) => ({ path, firstLine: first, lastLine: last }))
    }),
  )
}

/** What a commit wrote, in the lines of now; a place where it only removed is the line before it. */
function currentLines(runs: readonly LineSpan[], hunks: Int32Array): [number, number][] {
  const found: [number, number][] = []
  for (let h = 0; h < hunks.length; h += 4) {
    const first = hunks[h + 2]!
    const last = first + Math.max(1, hunks[h + 3]!) - 1
    for (const { from, to, shift } of runs)
      if (from <= last && to >= first) found.push([Math.max(from, first) + shift, Math.min(to, last) + shift])
  }
  return found
}

/** The map of the state before a commit, from that after it. */
function mapBefore(runs: readonly LineSpan[], hunks: Int32Array): LineSpan[] {
  const kept: LineSpan[] = []
  let next = 0
  let delta = 0
  const keep = (from: number, to: number) => {
    for (const run of runs) {
      const first = Math.max(from + delta, run.from)
      const last = Math.min(to + delta, run.to)
      if (first <= last) kept.push({ from: first - delta, to: last - delta, shift: run.shift + delta })
    }
  }
  for (let h = 0; h < hunks.length; h += 4) {
    const [before, removed, , added] = [hunks[h]!, hunks[h + 1]!, hunks[h + 2]!, hunks[h + 3]!]
    // Without removed lines git names the line before the place.
    const start = removed > 0 ? before : before + 1
    keep(next, start - 1)
    next = start + removed
    delta += added - removed
  }
  keep(next, Number.MAX_SAFE_INTEGER / 2)
  return kept
}
