/** The review of changes, hunk by hunk: what is accepted, and how it merges with what was written meanwhile. */
import { createHash } from 'node:crypto'
import { applyPatch, type StructuredPatch, structuredPatch } from 'diff'
import type { FileChange, Hunk, RejectedHunks } from '../types/generation.ts'

/** Context lines around a change. */
const CONTEXT = 3

/** Empty for a file that was only moved. */
export function hunksOf(change: FileChange): readonly Hunk[] {
  return hunkedOf(change).hunks.map(({ oldStart, newStart, lines }) => ({ before: oldStart, after: newStart, lines }))
}

/** A file with its new or changed lines, as `src/a.ts:2,16-18`. */
export function changedLinesText(change: FileChange): string {
  const { path, after } = change
  if (after === null) return path
  const spans = hunksOf(change).flatMap(({ after: first, lines }) => spansOf(first, lines))
  return spans.length ? `${path}:${spans.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(',')}` : path
}

/** Ranges of added lines in a hunk. */
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

/** The changes without what was rejected. */
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

/** Inverts changes, to undo them. */
export function invertChanges(changes: readonly FileChange[]): readonly FileChange[] {
  return changes.map(({ path, from, before, after, mode }): FileChange => {
    const hash = after === null ? null : createHash('sha256').update(after).digest('hex')
    return { path: from ?? path, from: after === null ? null : path, before: after, after: before, hash, mode }
  })
}

/** Applies a change to the current text; null on a conflict. `now`: null when the file does not exist. */
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
