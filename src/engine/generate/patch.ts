/** Turns changes into a patch for `git apply`, and maps line numbers across the changes. */
import { createTwoFilesPatch, structuredPatch } from 'diff'
import type { FileChange } from '../types/generation.ts'
import type { Override } from '../types/query.ts'

export function patchOf(changes: readonly FileChange[]): string {
  return changes.map(patchOfFile).join('')
}

function patchOfFile({ path, from, before, after, mode }: FileChange): string {
  const oldPath = from || path
  const header = [`diff --git ${prefixedPath('a', oldPath)} ${prefixedPath('b', path)}`]
  if (before === null) header.push(`new file mode ${gitMode(mode)}`)
  else if (after === null) header.push(`deleted file mode ${gitMode(mode)}`)
  else if (oldPath !== path) header.push(`rename from ${quotePath(oldPath)}`, `rename to ${quotePath(path)}`)
  const body =
    before === after
      ? ''
      : createTwoFilesPatch('x', 'y', before ?? '', after ?? '', '', '', { context: 3 })
          .split('\n')
          .slice(3)
          .join('\n')
  const fileHeader = body
    ? [
        `--- ${before === null ? '/dev/null' : prefixedPath('a', oldPath)}`,
        `+++ ${after === null ? '/dev/null' : prefixedPath('b', path)}`,
      ]
    : []
  return `${[...header, ...fileHeader].join('\n')}\n${body}${body && !body.endsWith('\n') ? '\n' : ''}`
}

const gitMode = (mode: number): string => (mode & 0o100 ? '100755' : '100644')

const prefixedPath = (side: 'a' | 'b', path: string): string => quotePath(`${side}/${path}`)

/** Quotes names with special characters as git does. */
const quotePath = (text: string): string => (/["\\\t\n]/.test(text) ? JSON.stringify(text) : text)

/** Where a range of lines is after the changes, including insertions within it. Empty when the file is deleted. */
export function linesAfter<T extends Pick<Override, 'path' | 'firstLine' | 'lastLine'>>(
  range: T,
  changes: readonly FileChange[],
): readonly T[] {
  const change = changes.find(({ from }) => from === range.path)
  if (!change) return [range]
  const { path, before, after } = change
  if (after === null) return []
  if (range.firstLine === 0 || before === null) return [{ ...range, path }]
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 0 })
  const spans = hunks.map(({ oldStart, oldLines, newLines }) => ({
    firstLine: oldStart,
    lastLine: oldStart + oldLines - 1,
    growth: newLines - oldLines,
  }))
  const spanAt = (line: number) => spans.find(({ firstLine, lastLine }) => firstLine <= line && line <= lastLine)
  const growthOf = (these: typeof spans) => these.reduce((sum, { growth }) => sum + growth, 0)
  const first =
    (spanAt(range.firstLine)?.firstLine ?? range.firstLine) +
    growthOf(spans.filter(({ lastLine }) => lastLine < range.firstLine))
  const last =
    (spanAt(range.lastLine)?.lastLine ?? range.lastLine) +
    growthOf(spans.filter(({ firstLine }) => firstLine <= range.lastLine))
  return [{ ...range, path, firstLine: first, lastLine: Math.max(first, last) }]
}
