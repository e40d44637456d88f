/**
 * Deterministic statistics of a cited answer: its sentences, their citation marks (`[n]`, `[n:12-15]`), and whether its
 * code quotes occur in the blocks it cites. Nothing here judges the content.
 */
import type { ModelAnswer } from '../engine/types/answer.ts'

const FENCED = /(?:^|\n)(`{3,})[^\n]*\n([\s\S]*?)(?:\n\1|$)/g
const SPAN = /`([^`\n]+)`/g
const MARK = /\[(\d{1,4})(?::\d+(?:-\d+)?)?\]/g
/** A shorter code span counts as a name, not a quote. */
const QUOTE_CHARS = 12
/** A sentence with more marks counts as over-cited. */
const MAX_MARKS = 3

export interface Reading {
  /** Sentences with content; headings do not count. */
  readonly sentences: number
  /** Sentences with at least one mark. */
  readonly cited: number
  /** Sentences with more than three marks. */
  readonly overCited: number
  readonly marks: number
  /** Marks that name no block of a file. */
  readonly invalid: number
  /** Spans and lines of code that are more than a name. */
  readonly quotes: number
  /** Quotes found in no cited block. */
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
    overCited: sentences.filter((sentence) => (sentence.match(MARK)?.length ?? 0) > MAX_MARKS).length,
    marks: marks.length,
    invalid: marks.filter((n) => !blocks.has(n)).length,
    quotes: quotes.length,
    invented: quotes.filter((quote) => !evidence.some((text) => text.includes(plain(quote)))),
  }
}

/** Splits prose into sentences, each with the marks that follow it; skips headings and text without a word. */
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
