/** Markdown → one symbol per heading, nested by level. ATX and setext headings; fenced code is skipped. */
import type { SourceSymbol } from '../../types/symbol.ts'

const MAX_NAME_CHARS = 80

export function findHeadings(lines: readonly string[], starts: readonly number[], length: number): SourceSymbol[] {
  const found: { level: number; name: string; first: number }[] = []
  /** Opening fence of the code block the line is in. */
  let fence: string | null = null
  for (const [i, line] of lines.entries()) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (mark && (!fence || line.trim().startsWith(fence))) fence = fence ? null : mark
    if (fence || mark) continue
    const atx = /^ {0,3}(#{1,6})\s+(.+?)\s*#*$/.exec(line)
    if (atx) found.push({ level: atx[1]!.length, name: atx[2]!.slice(0, MAX_NAME_CHARS), first: i + 1 })
    const under = /^(=+|-{2,})\s*$/.exec(line)?.[1]
    const above = lines[i - 1]
    if (under && above && /^\w/.test(above) && found.at(-1)?.first !== i)
      found.push({ level: under.startsWith('=') ? 1 : 2, name: above.trim().slice(0, MAX_NAME_CHARS), first: i })
  }
  const open: number[] = []
  return found.map(({ level, name, first }, i) => {
    while (open.length && found[open.at(-1)!]!.level >= level) open.pop()
    const parent = open.at(-1) ?? -1
    open.push(i)
    const next = found.findIndex((other, j) => j > i && other.level <= level)
    const last = next < 0 ? lines.length : found[next]!.first - 1
    return {
      name,
      kind: 'section',
      parent,
      startOffset: starts[first - 1] ?? 0,
      endOffset: starts[last] ?? length,
      firstLine: first,
      lastLine: last,
      docFirstLine: first,
      bodyLine: first,
      signature: lines[first - 1] ?? '',
      doc: '',
      result: '',
      parameters: null,
    }
  })
}
