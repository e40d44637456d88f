/** Reviews changes hunk by hunk: splits them, drops rejected hunks, inverts, and merges with concurrent edits. */
import { createHash } from 'node:crypto'
import { applyPatch, type StructuredPatch, structuredPatch } from 'diff'
import type { FileChange, Hunk, RejectedHunks } from '../types/generation.ts'

/** Unchanged lines shown around a change. */
const CONTEXT_LINES = 3

/** The hunks of a change; empty for a file that was only moved. */
export function hunksOf(change: FileChange): readonly Hunk[] {
  return structuredPatchOf(change).hunks.map(({ oldStart, newStart, lines }) => ({
    before: oldStart,
    after: newStart,
    lines,
  }))
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
  let lineNumber = first
  for (const line of lines) {
    if (line.startsWith('+')) {
      const last = spans.at(-1)
      if (last?.[1] === lineNumber - 1) last[1] = lineNumber
      else spans.push([lineNumber, lineNumber])
    }
    if (line.startsWith('+') || line.startsWith(' ')) lineNumber++
  }
  return spans
}

/** The changes without the rejected hunks and files. */
export function acceptChanges(
  changes: readonly FileChange[],
  rejections: readonly RejectedHunks[],
): readonly FileChange[] {
  const rejectedByPath = new Map(rejections.map((one) => [one.path, one.hunks]))
  return changes.flatMap((change) => {
    const hunks = rejectedByPath.get(change.path)
    if (hunks === undefined) return [change]
    const { before, path, from } = change
    if (hunks === null || before === null || change.after === null) return []
    const patch = structuredPatchOf(change)
    const accepted = patch.hunks.filter((_, n) => !hunks.includes(n))
    const after = applyPatch(before, { ...patch, hunks: accepted }, EXACT)
    if (after === false) throw new Error(`The hunks of ${path} do not match the text they were computed from.`)
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

/** Applies a change to the current text, null when the file does not exist. null on a conflict. */
export function mergeChange(change: FileChange, currentText: string | null): FileChange | null {
  const { before, after } = change
  if (currentText === before) return change
  if (currentText === null || before === null || after === null) return null
  const text = applyPatch(currentText, structuredPatchOf(change), EXACT)
  return text === false ? null : { ...change, before: currentText, after: text }
}

const EXACT = { fuzzFactor: 0, autoConvertLineEndings: false }

const structuredPatchOf = ({ before, after }: FileChange): StructuredPatch =>
  structuredPatch('', '', before ?? '', after ?? '', '', '', { context: CONTEXT_LINES })
