/**
 * Citations in a model's text: it writes `[b3]`, `[3]`, `[b1, b4]` or, for some lines of a block, `[b3:12-15]`; a
 * reader sees `[3]`, `[1] [4]`, `[3:12-15]`. Text between backticks is code and left alone.
 */

import { termsOf } from '../text/terms.ts'
import type { Citation } from '../types/answer.ts'
import type { Block } from '../types/pack.ts'

const LINES = String.raw`(?::L?\d{1,7}(?:[-–]L?\d{1,7})?)?`
const MARK = new RegExp(String.raw`\[b?\d{1,4}\]|\[b\d{1,4}${LINES}(?:\s*[,;]\s*b?\d{1,4}${LINES})*\]`, 'g')
const ONE = new RegExp(String.raw`b?(\d{1,4})(${LINES})`, 'g')
/** A citation as a reader sees it. */
const PLAIN = /\[(\d{1,4})(?::(\d{1,7})(?:-(\d{1,7}))?)?\]/g
/** The beginning of a citation, or of a run of backticks, that more text may complete. */
const OPEN = /\[(b[b\d,;:L–\- ]{0,60}|\d{0,4})$|`+$/

/**
 * Rewrites streamed text to plain citations; a citation that is split between two chunks is held back until it is
 * complete.
 */
export class CitationStream {
  private held = ''
  /** The backticks that opened the current code; '' outside code. */
  private fence = ''

  push(piece: string): string {
    const text = this.held + piece
    const at = text.search(OPEN)
    this.held = at < 0 ? '' : text.slice(at)
    return this.take(at < 0 ? text : text.slice(0, at))
  }

  end(): string {
    const rest = this.held
    this.held = ''
    return this.take(rest)
  }

  private take(text: string): string {
    return partsOf(text)
      .map((part) => {
        if (part.startsWith('`')) this.turn(part)
        return this.fence || part.startsWith('`') ? part : plainMarks(part)
      })
      .join('')
  }

  private turn(ticks: string): void {
    if (this.fence === '') this.fence = ticks
    else if (ticks === this.fence || (this.fence.length >= 3 && ticks.length >= this.fence.length)) this.fence = ''
  }
}

/** Splits text into runs of backticks and the text between them. */
const partsOf = (text: string): string[] => text.split(/(`+)/).filter(Boolean)

function plainMarks(text: string): string {
  const plain = (mark: string) =>
    [...mark.matchAll(ONE)].map(([, n, lines]) => `[${Number(n)}${lines!.replaceAll('L', '').replace('–', '-')}]`)
  return text.replace(MARK, (mark) => plain(mark).join(' '))
}

/** A parsed citation: the block, and which of its lines (0–0: all of them). */
export interface CitationMark {
  /** The text between the brackets: equal marks cite the same lines. */
  readonly mark: string
  readonly n: number
  readonly firstLine: number
  readonly lastLine: number
}

/** The citations of a text, in order, each with its block; folder cards cannot be cited. */
export function citationsOf(text: string, blocks: readonly Block[]): Omit<Citation, 'verdict' | 'missing' | 'quote'>[] {
  const byNumber = new Map(blocks.map((block) => [Number(block.id.slice(1)), block]))
  const marks = new Map(marksIn(text).map((one) => [one.mark, one]))
  return [...marks.values()].flatMap(({ mark, n, firstLine, lastLine }) => {
    const block = byNumber.get(n)
    if (!block?.path) return []
    const { path, symbols } = block
    const [from, to] = [Math.max(1, block.firstLine), Math.max(1, block.lastLine)]
    // Lines outside the block are ignored: the whole block is meant then, and the check reports it.
    const within = firstLine > 0 && firstLine <= to && lastLine >= from
    const lines = within
      ? { firstLine: Math.max(firstLine, from), lastLine: Math.min(lastLine, to) }
      : { firstLine: from, lastLine: to }
    return [{ mark, n, path, ...lines, symbols }]
  })
}

/** A sentence about citations that name no block; '' when all do. */
export function unknownCitationsNote(text: string, blocks: readonly Block[]): string {
  const known = new Set(blocks.map(({ id }) => Number(id.slice(1))))
  const invented = [...new Set(marksIn(text).flatMap(({ n, mark }) => (known.has(n) ? [] : [`[${mark}]`])))]
  if (invented.length === 0) return ''
  const names = invented.slice(0, 5).join(', ')
  return `The answer cites ${names}${invented.length > 5 ? ', …' : ''}, and the context has no such block: nothing bears out what is said there.`
}

/** The citations in a text, except in code. */
export function marksIn(text: string): CitationMark[] {
  return [...proseOf(text).matchAll(PLAIN)].map(([whole, n, start, end]) => {
    const first = Number(start ?? 0)
    return { mark: whole.slice(1, -1), n: Number(n), firstLine: first, lastLine: Math.max(first, Number(end ?? first)) }
  })
}

/** Block numbers cited in a text, except in code. */
export function citedBlockNumbers(text: string): number[] {
  return marksIn(text).map(({ n }) => n)
}

/** The text without its citations. */
export const withoutMarks = (text: string): string => text.replace(PLAIN, ' ')

/** The lines that a block shows, with their numbers. */
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

/** The shown lines of a range that share most terms with the query, in source order. */
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

/** The text without its code. */
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
