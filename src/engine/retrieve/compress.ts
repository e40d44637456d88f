/**
 * Renders a symbol, chunk or file at one resolution: full text, trimmed body, signature with the first line of
 * documentation, name, file card, folder card. Verbatim lines keep their real line numbers.
 */
import type { Chunk, FileRecord } from '../types/chunk.ts'
import type { Resolution } from '../types/pack.ts'
import type { LineRange } from '../types/source.ts'
import { chooseLines } from './trim.ts'

/** A rendered text, with the line ranges it shows verbatim (1-based, inclusive). */
export interface Rendering {
  readonly resolution: Resolution
  readonly text: string
  readonly shown: readonly (readonly [number, number])[]
}

export function renderFull(lines: readonly string[], { firstLine, lastLine }: LineRange): Rendering {
  return { resolution: 'full', text: joinRanges(lines, [[firstLine, lastLine]]), shown: [[firstLine, lastLine]] }
}

/** Renders the symbol's head and the lines relevant to the question; null when that saves less than a third. */
export function renderTrimmed(
  lines: readonly string[],
  chunk: Chunk,
  record: FileRecord,
  lineRelevance: (line: string) => number,
): Rendering | null {
  const { firstLine, lastLine } = chunk
  const head = record.symbols[chunk.symbol]
  const headEnd = head && chunk.part === 0 ? Math.min(lastLine, Math.max(firstLine, head.bodyLine)) : firstLine
  const kept = chooseLines(lines, { firstLine, lastLine, headEnd }, lineRelevance)
  if (kept.length * 3 > (lastLine - firstLine + 1) * 2) return null
  const shown = toRanges(kept)
  return { resolution: 'trimmed', text: joinRanges(lines, shown, lastLine), shown }
}

/** Renders the signature and the first sentence of the documentation. */
export function renderSignature(record: FileRecord, symbol: number): Rendering {
  const { signature, doc, firstLine } = record.symbols[symbol]!
  return { resolution: 'signature', text: `${firstLine}: ${signature}${doc ? ` — ${doc}` : ''}`, shown: [] }
}

export function renderName(record: FileRecord, symbol: number): Rendering {
  const { kind, name, firstLine, lastLine } = record.symbols[symbol]!
  return { resolution: 'name', text: `${firstLine}-${lastLine}: ${kind} ${name}`, shown: [] }
}

/** Renders a file as its top-level symbol names, up to `chars` characters. */
export function renderFile(record: FileRecord, chars: number): Rendering {
  const names = record.symbols.filter(({ parent }) => parent < 0).map(({ name }) => name)
  const distinct = [...new Set(names)].join(', ')
  const text = distinct.length > chars ? distinct.slice(0, chars).replace(/,? ?[^,]*$/, '') : distinct
  return { resolution: 'file card', text, shown: [] }
}

/** Renders the repository as one card: folders with their file counts, and the cluster labels. */
export function renderMap(
  folders: readonly (readonly [folder: string, files: number])[],
  labels: readonly string[],
): Rendering {
  const rows = folders.map(([folder, files]) => `${folder || '.'} (${files})`)
  const topics = labels.length ? `\ntopics: ${labels.join('; ')}` : ''
  return { resolution: 'folder card', text: `${rows.join(' · ')}${topics}`, shown: [] }
}

/** Merges ascending line numbers into ranges. */
function toRanges(numbers: readonly number[]): [number, number][] {
  const result: [number, number][] = []
  for (const n of numbers) {
    const last = result.at(-1)
    if (last && last[1] >= n - 1) last[1] = n
    else result.push([n, n])
  }
  return result
}

/** Joins verbatim lines, with a `⋯ from-to` mark for every omitted range. */
function joinRanges(lines: readonly string[], shown: readonly (readonly [number, number])[], end?: number): string {
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
