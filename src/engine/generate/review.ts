/** Changes as they are reviewed: hunk by hunk; what is accepted of them, and how it meets what somebody wrote meanwhile. */
import { createHash } from 'node:crypto'
import { applyPatch, type StructuredPatch, structuredPatch } from 'diff'
import type { FileChange, Hunk, RejectedHunks } from '../types/generation.ts'

/** Lines around a change. */
const CONTEXT = 3

/** None for a file that only moves. */
export function hunksOf(change: FileChange): readonly Hunk[] {
  return hunkedOf(change).hunks.map(({ oldStart, newStart, lines }) => ({ before: oldStart, after: newStart, lines }))
}

/** The file with the lines that are new or changed in it, as `src/a.ts:2,16-18`. */
export function changedLinesText(change: FileChange): string {
  const { path, after } = change
  if (after === null) return path
  const spans = hunksOf(change).flatMap(({ after: first, lines }) => spansOf(first, lines))
  return spans.length ? `${path}:${spans.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(',')}` : path
}

/** Runs of added lines in a hunk. */
function spansOf(first: number, lines: readonly string[]): readonly (readonly [number, number])[] {
  const spans: [number, number][] = []
  let at = first
  for (const line of lines) {
    if (line.startsWith('+')) {
      const last = spans.at(-1)
      if (last?.[1] === at - 1) last[1] = at
      else spans.push([at, at])
    }
    if (line.startsWith('+') || line.startsWith(' ')) at++
  }
  return spans
}

/** What is left of changes without what was refused of them. */
export function acceptChanges(
  changes: readonly FileChange[],
  refused: readonly RejectedHunks[],
): readonly FileChange[] {
  const by = new Map(refused.map((one) => [one.path, one.hunks]))
  return changes.flatMap((change) => {
    const hunks = by.get(change.path)
    if (hunks === undefined) return [change]
    const { before, path, from } = change
    if (hunks === null || before === null || change.after === null) return []
    const patch = hunkedOf(change)
    const kept = patch.hunks.filter((_, n) => !hunks.includes(n))
    const after = applyPatch(before, { ...patch, hunks: kept }, EXACT)
    if (after === false) throw new Error(`The hunks of ${path} do not fit the text they were made of.`)
    return after === before && from === path ? [] : [{ ...change, after }]
  })
}

/** Turns what was done into what undoes it. */
export function invertChanges(changes: readonly FileChange[]): readonly FileChange[] {
  return changes.map(({ path, from, before, after, mode }): FileChange => {
    const hash = after === null ? '' : createHash('sha256').update(after).digest('hex')
    return { path: from || path, from: after === null ? '' : path, before: after, after: before, hash, mode }
  })
}

/** The change over a text as it is now; null when they contradict each other. `now`: null where nothing stands. */
export function mergeChange(change: FileChange, now: string | null): FileChange | null {
  const { before, after } = change
  if (now === before) return change
  if (now === null || before === null || after === null) return null
  const text = applyPatch(now, hunkedOf(change), EXACT)
  return text === false ? null : { ...change, before: now, after: text }
}

const EXACT = { fuzzFactor: 0, autoConvertLineEndings: false }

const hunkedOf = ({ before, after }: FileChange): StructuredPatch =>
  structuredPatch('', '', before ?? '', after ?? '', '', '', { context: CONTEXT })
