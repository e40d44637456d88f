/** Changes → a patch for `git apply`; and new line numbers after the changes. */
import { createTwoFilesPatch, structuredPatch } from 'diff'
import type { FileChange } from '../types/generation.ts'
import type { Override } from '../types/query.ts'

export function patchOf(changes: readonly FileChange[]): string {
  return changes.map(patchOfFile).join('')
}

function patchOfFile({ path, from, before, after, mode }: FileChange): string {
  const old = from || path
  const head = [`diff --git ${name('a', old)} ${name('b', path)}`]
  if (before === null) head.push(`new file mode ${gitMode(mode)}`)
  else if (after === null) head.push(`deleted file mode ${gitMode(mode)}`)
  else if (old !== path) head.push(`rename from ${quoted(old)}`, `rename to ${quoted(path)}`)
  const body =
    before === after
      ? ''
      : createTwoFilesPatch('x', 'y', before ?? '', after ?? '', '', '', { context: 3 })
          .split('\n')
          .slice(3)
          .join('\n')
  const names = body
    ? [`--- ${before === null ? '/dev/null' : name('a', old)}`, `+++ ${after === null ? '/dev/null' : name('b', path)}`]
    : []
  return `${[...head, ...names].join('\n')}\n${body}${body && !body.endsWith('\n') ? '\n' : ''}`
}

const gitMode = (mode: number): string => (mode & 0o100 ? '100755' : '100644')

const name = (side: 'a' | 'b', path: string): string => quoted(`${side}/${path}`)

/** Quotes names with special characters as git does. */
const quoted = (text: string): string => (/["\\\t\n]/.test(text) ? JSON.stringify(text) : text)

/** The new location of lines after the changes, including what was inserted. Empty when the file is deleted. */
export function linesAfter<T extends Pick<Override, 'path' | 'firstLine' | 'lastLine'>>(
  place: T,
  changes: readonly FileChange[],
): readonly T[] {
  const change = changes.find(({ from }) => from === place.path)
  if (!change) return [place]
  const { path, before, after } = change
  if (after === null) return []
  if (place.firstLine === 0 || before === null) return [{ ...place, path }]
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 0 })
  const spans = hunks.map(({ oldStart, oldLines, newLines }) => ({
    firstLine: oldStart,
    lastLine: oldStart + oldLines - 1,
    grown: newLines - oldLines,
  }))
  const holding = (line: number) => spans.find(({ firstLine, lastLine }) => firstLine <= line && line <= lastLine)
  const grown = (those: typeof spans) => those.reduce((sum, span) => sum + span.grown, 0)
  const first =
    (holding(place.firstLine)?.firstLine ?? place.firstLine) +
    grown(spans.filter(({ lastLine }) => lastLine < place.firstLine))
  const last =
    (holding(place.lastLine)?.lastLine ?? place.lastLine) +
    grown(spans.filter(({ firstLine }) => firstLine <= place.lastLine))
  return [{ ...place, path, firstLine: first, lastLine: Math.max(first, last) }]
}
