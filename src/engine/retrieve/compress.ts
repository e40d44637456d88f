/**
 * One symbol, chunk or file at a resolution of the ladder: r0 full · r1 trimmed body · r2 signature and first doc
 * line · r3 name line · r4 file card · r5 folder card. Lines that stand verbatim carry their real numbers.
 */
import type { Chunk, FileRecord } from '../types/chunk.ts'
import type { Resolution } from '../types/pack.ts'
import type { LineRange } from '../types/source.ts'
import { chooseLines } from './trim.ts'

export interface Rendering {
  readonly resolution: Resolution
  readonly text: string
  readonly shown: readonly (readonly [number, number])[]
}

export function renderFull(lines: readonly string[], { firstLine, lastLine }: LineRange): Rendering {
  return { resolution: 'full', text: numbered(lines, [[firstLine, lastLine]]), shown: [[firstLine, lastLine]] }
}

/** The head of the symbol and the lines that speak to the question; null when that saves less than a third. */
export function renderTrimmed(
  lines: readonly string[],
  chunk: Chunk,
  record: FileRecord,
  lineRelevance: (line: string) => number,
): Rendering | null {
  const { firstLine, lastLine } = chunk
  const head = record.symbols[chunk.symbol]
  const headEnd = head && chunk.part === 0 ? Math.min(lastLine, Math.max(firstLine, head.bodyLine)) : firstLine
  const keep = chooseLines(lines, { firstLine, lastLine, headEnd }, lineRelevance)
  if (keep.length * 3 > (lastLine - firstLine + 1) * 2) return null
  const shown = ranges(keep)
  return { resolution: 'trimmed', text: numbered(lines, shown, lastLine), shown }
}

/** Signature and first sentence of the documentation. */
export function renderSignature(record: FileRecord, symbol: number): Rendering {
  const { signature, doc, firstLine } = record.symbols[symbol]!
  return { resolution: 'signature', text: `${firstLine}: ${signature}${doc ? ` — ${doc}` : ''}`, shown: [] }
}

export function renderName(record: FileRecord, symbol: number): Rendering {
  const { kind, name, firstLine, lastLine } = record.symbols[symbol]!
  return { resolution: 'name', text: `${firstLine}-${lastLine}: ${kind} ${name}`, shown: [] }
}

/** What a file is: its outermost names, as many as fit the characters. */
export function renderFile(record: FileRecord, chars: number): Rendering {
  const names = record.symbols.filter(({ parent }) => parent < 0).map(({ name }) => name)
  const distinct = [...new Set(names)].join(', ')
  const text = distinct.length > chars ? distinct.slice(0, chars).replace(/,? ?[^,]*$/, '') : distinct
  return { resolution: 'file card', text, shown: [] }
}

/** The repository in one card: folders with their files and the names of its clusters. */
export function renderMap(
  folders: readonly (readonly [folder: string, files: number])[],
  labels: readonly string[],
): Rendering {
  const rows = folders.map(([folder, files]) => `${folder || '.'} (${files})`)
  const topics = labels.length ? `\ntopics: ${labels.join('; ')}` : ''
  return { resolution: 'folder card', text: `${rows.join(' · ')}${topics}`, shown: [] }
}

function ranges(numbers: readonly number[]): [number, number][] {
  const result: [number, number][] = []
  for (const n of numbers) {
    const held = result.at(-1)
    if (held && held[1] >= n - 1) held[1] = n
    else result.push([n, n])
  }
  return result
}

/** Verbatim lines, each range under its first line's number, and a mark where lines are left out. */
function numbered(lines: readonly string[], shown: readonly (readonly [number, number])[], end?: number): string {
  const parts: string[] = []
  let next = shown[0]?.[0] ?? 1
  for (const [first, last] of shown) {
    if (first > next) parts.push(`⋯ ${next}-${first - 1}`)
    parts.push(lines.slice(first - 1, last).join('\n'))
    next = last + 1
  }
  if (end !== undefined && next <= end) parts.push(`⋯ ${next}-${end}`)
  return parts.join('\n')
}
