/** What can be told of a cited answer without judging it: sentences, their marks, and whether its quotes stand in what it cites. */
import type { ModelAnswer } from '../engine/types/answer.ts'

const FENCED = /(?:^|\n)(`{3,})[^\n]*\n([\s\S]*?)(?:\n\1|$)/g
const SPAN = /`([^`\n]+)`/g
const MARK = /\[(\d{1,4})(?::\d+(?:-\d+)?)?\]/g
/** A shorter span is a name, not a quote. */
const QUOTE_CHARS = 12
const MOST_MARKS = 3

export interface Reading {
  /** Sentences that say something. */
  readonly sentences: number
  readonly cited: number
  /** With more marks than three. */
  readonly overCited: number
  readonly marks: number
  /** Marks that name no block of a file. */
  readonly invalid: number
  /** Spans and lines of code that are more than a name. */
  readonly quotes: number
  /** Quotes that stand in no cited block. */
  readonly invented: readonly string[]
}

export function readAnswer({ text, context }: Pick<ModelAnswer, 'text' | 'context'>): Reading {
  // Cards of folders and clusters cannot be cited.
  const citable = (context.packs[0]?.blocks ?? []).filter(({ path }) => path !== '')
  const blocks = new Map(citable.map((block) => [Number(block.id.slice(1)), block]))
  const prose = text.replace(FENCED, '\n')
  const sentences = sentencesOf(prose)
  const marks = [...prose.matchAll(MARK)].map(([, n]) => Number(n))
  const plain = (code: string) => code.replace(/\s+/g, ' ').trim()
  const evidence = [...new Set(marks)].map((n) => plain(blocks.get(n)?.text ?? ''))
  const quotes = quotesOf(text)
  return {
    sentences: sentences.length,
    cited: sentences.filter((sentence) => sentence.match(MARK)).length,
    overCited: sentences.filter((sentence) => (sentence.match(MARK)?.length ?? 0) > MOST_MARKS).length,
    marks: marks.length,
    invalid: marks.filter((n) => !blocks.has(n)).length,
    quotes: quotes.length,
    invented: quotes.filter((quote) => !evidence.some((held) => held.includes(plain(quote)))),
  }
}

/** Sentences with the marks right behind them; headings and what has no word are none. */
export function sentencesOf(prose: string): readonly string[] {
  const found: string[] = []
  for (const part of prose.split(/\n+|(?<=[.!?])\s+(?=[A-Z`*_"“(])/)) {
    const isMarksOnly = /^\W*(\[\d+(:\d+(-\d+)?)?\]\W*)+$/.test(part)
    if (isMarksOnly && found.length) found.push(`${found.pop()} ${part}`)
    else if (/\p{L}{2}/u.test(part) && !/^\s*#/.test(part)) found.push(part)
  }
  return found
}

function quotesOf(text: string): readonly string[] {
  const lines = [...text.matchAll(FENCED)].flatMap(([, , code = '']) => code.split('\n'))
  const spans = [...text.replace(FENCED, '\n').matchAll(SPAN)].map(([, code]) => code!)
  const isQuote = (code: string) => code.trim().length >= QUOTE_CHARS && /[\s()=[\]{};]/.test(code.trim())
  return [...lines, ...spans].filter((code) => isQuote(code) && /\w/.test(code))
}
