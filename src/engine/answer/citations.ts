/**
 * Parses citation marks. A model writes `[b3]`, `[3]`, `[b1, b4]` or, for some lines of a block, `[b3:12-15]`; a reader
 * sees `[3]`, `[1] [4]`, `[3:12-15]`. Text between backticks is code and is left unchanged.
 */

import { termsOf } from '../text/terms.ts'
import type { Citation } from '../types/answer.ts'
import type { Block } from '../types/pack.ts'

const LINES = String.raw`(?::L?\d{1,7}(?:[-–]L?\d{1,7})?)?`
const MARK = new RegExp(String.raw`\[b?\d{1,4}\]|\[b\d{1,4}${LINES}(?:\s*[,;]\s*b?\d{1,4}${LINES})*\]`, 'g')
const ONE = new RegExp(String.raw`b?(\d{1,4})(${LINES})`, 'g')
/** A mark in reader form. */
const PLAIN = /\[(\d{1,4})(?::(\d{1,7})(?:-(\d{1,7}))?)?\]/g
/** Text at the end of a piece that may still become a mark or a longer run of backticks. */
const OPEN = /\[(b[b\d,;:L–\- ]{0,60}|\d{0,4})$|`+$/

/** Rewrites marks to reader form in streamed text; a mark split between two pieces is held back until complete. */
export class CitationStream {
  private pending = ''
  /** Backticks that opened the current code span or fence; '' outside code. */
  private fence = ''

  push(piece: string): string {
    const text = this.pending + piece
    const at = text.search(OPEN)
    this.pending = at < 0 ? '' : text.slice(at)
    return this.rewrite(at < 0 ? text : text.slice(0, at))
  }

  end(): string {
    const rest = this.pending
    this.pending = ''
    return this.rewrite(rest)
  }

  private rewrite(text: string): string {
    return partsOf(text)
      .map((part) => {
        if (part.startsWith('`')) this.toggleFence(part)
        return this.fence || part.startsWith('`') ? part : plainMarks(part)
      })
      .join('')
  }

  private toggleFence(ticks: string): void {
    if (this.fence === '') this.fence = ticks
    else if (ticks === this.fence || (this.fence.length >= 3 && ticks.length >= this.fence.length)) this.fence = ''
  }
}

/** Splits a text into runs of backticks and the text between them. */
const partsOf = (text: string): string[] => text.split(/(`+)/).filter(Boolean)

function plainMarks(text: string): string {
  const plain = (mark: string) =>
    [...mark.matchAll(ONE)].map(([, n, lines]) => `[${Number(n)}${lines!.replaceAll('L', '').replace('–', '-')}]`)
  return text.replace(MARK, (mark) => plain(mark).join(' '))
}

/** A mark in a text: block number and lines (0–0: the whole block). */
export interface CitationMark {
  /** Text between the brackets; equal texts cite the same lines. */
  readonly mark: string
  readonly n: number
  readonly firstLine: number
  readonly lastLine: number
}

/** Resolves the marks of a text (reader form) to blocks, in text order; folder cards can't be cited. */
export function citationsOf(text: string, blocks: readonly Block[]): Omit<Citation, 'verdict' | 'missing' | 'quote'>[] {
  const byNumber = new Map(blocks.map((block) => [Number(block.id.slice(1)), block]))
  const marks = new Map(marksIn(text).map((one) => [one.mark, one]))
  return [...marks.values()].flatMap(({ mark, n, firstLine, lastLine }) => {
    const block = byNumber.get(n)
    if (!block?.path) return []
    const { path, symbols } = block
    const [from, to] = [Math.max(1, block.firstLine), Math.max(1, block.lastLine)]
    // Lines outside the block cite the whole block; verification reports them.
    const isWithin = firstLine > 0 && firstLine <= to && lastLine >= from
    const lines = isWithin
      ? { firstLine: Math.max(firstLine, from), lastLine: Math.min(lastLine, to) }
      : { firstLine: from, lastLine: to }
    return [{ mark, n, path, ...lines, symbols }]
  })
}

/** A sentence naming the marks that refer to no block; empty if there are none. */
export function unknownCitationsNote(text: string, blocks: readonly Block[]): string {
  const known = new Set(blocks.map(({ id }) => Number(id.slice(1))))
  const invented = [...new Set(marksIn(text).flatMap(({ n, mark }) => (known.has(n) ? [] : [`[${mark}]`])))]
  if (invented.length === 0) return ''
  const names = invented.slice(0, 5).join(', ')
  return `The answer cites ${names}${invented.length > 5 ? ', …' : ''}, but the context has no such block: those statements are unsupported.`
}

/** Marks in a text, ignoring code. */
export function marksIn(text: string): CitationMark[] {
  return [...proseOf(text).matchAll(PLAIN)].map(([whole, n, start, end]) => {
    const first = Number(start ?? 0)
    return { mark: whole.slice(1, -1), n: Number(n), firstLine: first, lastLine: Math.max(first, Number(end ?? first)) }
  })
}

/** Block numbers of the marks in a text, ignoring code. */
export function citedBlockNumbers(text: string): number[] {
  return marksIn(text).map(({ n }) => n)
}

/** The text without its marks. */
export const withoutMarks = (text: string): string => text.replace(PLAIN, ' ')

/** The source lines in a block's text, with their line numbers. */
export function numberedLines({
  shown,
  text,
}: Pick<Block, 'shown' | 'text'>): { readonly n: number; readonly line: string }[] {
  const numbers = shown.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i))
  return text
    .split('\n')
    .filter((line) => !/^⋯ \d+-\d+$/.test(line))
    .map((line, i) => ({ line, n: numbers[i] ?? 0 }))
}

const MAX_QUOTED_LINES = 3
const MAX_QUOTE_CHARS = 160

/** The shown lines of a range that share the most terms with `wanted`, in source order. */
export function quoteFrom(block: Block, start: number, end: number, wanted: ReadonlySet<string>): string[] {
  const rows = numberedLines(block)
    .map(({ n, line }) => ({ n, line: line.trim() }))
    .filter(({ n, line }) => n >= start && n <= end && line.length > 3)
    .map((row) => ({ ...row, score: new Set(termsOf(row.line).filter((term) => wanted.has(term))).size }))
  return rows
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.n - b.n)
    .slice(0, MAX_QUOTED_LINES)
    .sort((a, b) => a.n - b.n)
    .map(({ line, n }) => `${n}: ${line.slice(0, MAX_QUOTE_CHARS)}`)
}

/** The text without code spans and fences. */
function proseOf(text: string): string {
  let fence = ''
  let prose = ''
  for (const part of partsOf(text)) {
    if (!part.startsWith('`')) prose += fence ? ' ' : part
    else if (fence === '') fence = part
    else if (part === fence || (fence.length >= 3 && part.length >= fence.length)) fence = ''
  }
  return prose
}
