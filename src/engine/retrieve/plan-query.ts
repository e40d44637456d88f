/**
 * Question → query plan: weighted terms, identifiers, paths and stack frames, its level and the kinds of files it asks
 * for. Weights (title 2, prose 1, code span 1.5, fenced block .4) were tuned on the queries of `training/README.md`.
 */

import { PATH_EXTENSIONS } from '../text/language.ts'
import { stem, termsOf, termsOfWord, wholeName, wordsOf } from '../text/terms.ts'
import type { QueryLevel, QueryPlan, Question } from '../types/query.ts'
import { compoundsOf } from './expand.ts'

const MAX_QUESTION_CHARS = 24_000
const MAX_TITLE_CHARS = 300
const MAX_LINE_CHARS = 400
const LONG_BODY_CHARS = 200

const stemmed = (words: string) => new Set(words.split(/\s+/).map(stem))
const STOP_WORDS = stemmed(
  'the a an of to in and or is are be for on with this that it as by from at not if when we i you can should has have which how what why where does do its into than then there but so was were will would',
)
/** Stop words of bug reports and requests; applied only to the body of a long question. */
export const REPORT_STOP_WORDS = new Set([
  ...STOP_WORDS,
  ...stemmed(
    'use using used also add added fix fixed bug issue error problem expected actual behavior behaviour version steps reproduce following example code like want get would please thank thanks currently my me our your am been being they them their these those any all some such only just about out up no yes other more most because while between after before however here describe description python node operating system minimal make made see sure new work works working happen happens doesn don t s e g ie eg http https www com github org run running result results output line file name question feature request information environment',
  ),
])

const IDENTIFIER =
  /[A-Za-z_$][\w$]*(?:(?:\.|::|->|#)[A-Za-z_$][\w$]*)+|[A-Za-z_$]*[a-z0-9][A-Z][\w$]*|[A-Za-z$]*\w_\w[\w$]*|[A-Za-z_]\w*(?=\()/g
const PATH = new RegExp(`(?:[\\w.@-]+[/\\\\])*[\\w.@-]+\\.(?:${PATH_EXTENSIONS})(?!\\w)`, 'g')
const PYTHON_FRAME = /File "([^"]+)", line \d+, in (\S+)/g
const JS_FRAME = /^\s*at (?:async )?([\w.$<>]+)[^\n(]*\(([^)\s]+?)(?::\d+)*\)/gm

/** Matches a question that refers back to the previous one. */
const POINTS_BACK =
  /\b(?:it|its|this|that|these|those|they|them|their|he|she|same|such|above|latter|former|else|instead|again|previous)\b|^\W*(?:and|but|so|also|what about|how about|why|where|when|who)\b[^.]{0,24}$/i
/** A question with at most this many content words is taken to refer back, too. */
const FEW_WORDS = 2

/**
 * The text to search for: the question and its hints. A question that refers back gets the previous one appended, which
 * then counts with the weight of a body.
 */
export function searchText({
  text,
  previousQuestions,
  hints,
}: Pick<Question, 'text' | 'previousQuestions' | 'hints'>): string {
  return [withPreviousQuestion(text, previousQuestions), hints].filter(Boolean).join('\n')
}

function withPreviousQuestion(text: string, previousQuestions: readonly string[] = []): string {
  const last = previousQuestions.at(-1)
  if (!last || text.length > 300 || text.includes('\n')) return text
  const refersBack = POINTS_BACK.test(text) || new Set(contentOf(text)).size <= FEW_WORDS
  // A question that names identifiers stands on its own.
  const namesCode = identifiersOf(splitQuestion(text)).size > 0
  return refersBack && !namesCode ? `${text}\n${last}` : text
}

/**
 * A question's parts by weight: its first line, the prose, fenced blocks, code spans, and functions of stack frames.
 */
interface QuestionParts {
  readonly title: string
  readonly body: string
  readonly fences: readonly string[]
  readonly spans: readonly string[]
  readonly frames: readonly string[]
}

/** Plans a query; a text over `MAX_QUESTION_CHARS` is condensed first. */
export function planQuery(question: string): QueryPlan {
  const text = condense(question)
  const parts = splitQuestion(text)
  const identifiers = identifiersOf(parts)
  return {
    text,
    unreadChars: question.length - text.length,
    level: levelOf(parts.title, identifiers.size),
    terms: weighTerms(parts, identifiers, { titleWeight: 2, growth: 0.6 }),
    flatTerms: weighTerms(parts, identifiers, { titleWeight: 1.5, growth: 0.3 }),
    compounds: compoundsOfParts(parts),
    pairs: pairsOf(parts),
    identifiers,
    paths: pathsOf(text),
    modules: [...new Set([...text.matchAll(/\b[a-z_]\w*(?:\.[A-Za-z_]\w*)+/g)].map(([m]) => m.toLowerCase()))],
    asksTests:
      /\btests?\b|\bspecs?\b|fixture|mock/i.test(parts.title) || (text.length < 400 && /\btests?\b/i.test(text)),
    asksExamples: /\bexamples?\b|\bdocs?\b|\bdocumentation\b|\bbench|\bscripts?\b|\btools?\b/i.test(parts.title),
    asksGenerated: /\bgenerated\b|\bvendor(ed)?\b|\bminified\b|\.d\.ts\b|\btypings?\b/i.test(parts.title),
    asksConfiguration:
      /\bconfig(uration)?s?\b|\bsettings?\b|\bmanifests?\b|\bworkflows?\b|\b(ya?ml|json|toml|ini)\b/i.test(parts.title),
  }
}

const ERROR_LINE = /\b(?:Traceback|Error|Exception|panic(?:ked)?|FAILED|Caused by|fatal)\b|^\s+at |^\s*File "/

/** Shortens a long text to its beginning, its end and the lines around errors. */
function condense(text: string): string {
  if (text.length <= MAX_QUESTION_CHARS) return text
  const third = MAX_QUESTION_CHARS / 3
  const head = text.slice(0, third)
  const tail = text.slice(-third)
  const lines = text.slice(third, -third).split('\n')
  const errorLines = new Set<number>()
  lines.forEach((line, i) => {
    if (ERROR_LINE.test(line.slice(0, MAX_LINE_CHARS))) for (let n = i - 1; n <= i + 2; n++) errorLines.add(n)
  })
  // Last errors first: the last one is usually what the question is about.
  const kept: string[] = []
  let remainingChars = third
  for (const n of [...errorLines].sort((a, b) => b - a)) {
    const line = (lines[n] ?? '').slice(0, MAX_LINE_CHARS)
    if (line.length >= remainingChars) break
    remainingChars -= line.length + 1
    kept.push(line)
  }
  return [head, ...kept.reverse(), tail].join('\n').slice(0, MAX_QUESTION_CHARS)
}

function splitQuestion(text: string): QuestionParts {
  const newline = text.indexOf('\n')
  const title = (newline < 0 ? text : text.slice(0, newline)).slice(0, MAX_TITLE_CHARS)
  const fences: string[] = []
  const rest = newline < 0 ? text.slice(MAX_TITLE_CHARS) : text.slice(newline)
  const body = rest
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/https?:\/\/\S+/g, ' ')
    .replace(/```[\s\S]*?(```|$)/g, (fence) => {
      fences.push(fence.replace(/^```\w*/, ''))
      return '\n'
    })
  const spans = [...`${title}\n${body}`.matchAll(/`([^`\n]{1,120})`/g)].map((match) => match[1] ?? '')
  const frames = [
    ...[...text.matchAll(PYTHON_FRAME)].map((match) => match[2] ?? ''),
    ...[...text.matchAll(JS_FRAME)].map((match) => match[1] ?? ''),
  ]
  return { title, body, fences, spans, frames }
}

function identifiersOf({ title, body, fences, spans, frames }: QuestionParts): Map<string, number> {
  const found = new Map<string, number>()
  const add = (word: string, weight: number) => {
    const name = wholeName(word)
    if (word.length > 2) found.set(name, Math.max(found.get(name) ?? 0, weight))
  }
  const scan = (text: string, weight: number) => {
    for (const [match] of text.matchAll(IDENTIFIER)) for (const part of match.split(/\.|::|->|#/)) add(part, weight)
  }
  scan(title, 2)
  scan(body, 1)
  for (const fence of fences) scan(fence, 0.5)
  for (const span of spans) {
    scan(span, 2)
    for (const word of wordsOf(span)) add(word, 1.5)
  }
  for (const frame of frames) add(frame.split('.').at(-1) ?? '', 1.5)
  return found
}

/** Identifiers in a text (as `wholeName`) → weight. */
export const identifiersIn = (text: string): ReadonlyMap<string, number> => identifiersOf(splitQuestion(condense(text)))

function isLong({ body, fences }: Pick<QuestionParts, 'body' | 'fences'>): boolean {
  return body.length + fences.join('').length > LONG_BODY_CHARS
}

/** Terms of a text in order, without whole identifiers and stop words. */
export function contentOf(text: string): string[] {
  const found: string[] = []
  for (const word of wordsOf(text))
    for (const term of termsOfWord(word)) if (!term.startsWith('=') && !STOP_WORDS.has(term)) found.push(term)
  return found
}

/** Pairs of adjacent terms, `first second` → weight. */
function pairsOf({ title, body, fences }: QuestionParts): Map<string, number> {
  const found = new Map<string, number>()
  const add = (text: string, weight: number) => {
    for (const part of text.split(/[\n.;:!?()[\]{}"`,]/)) {
      const terms = contentOf(part)
      terms.slice(1).forEach((term, i) => {
        const pair = `${terms[i]} ${term}`
        if (terms[i] !== term) found.set(pair, Math.max(weight, found.get(pair) ?? 0))
      })
    }
  }
  add(title, 2)
  add(body, 1)
  for (const fence of fences) add(fence, 0.4)
  return found
}

function compoundsOfParts(parts: QuestionParts): Map<string, number> {
  const found = new Map<string, number>()
  const add = (text: string, weight: number, stop: ReadonlySet<string>) => {
    for (const term of compoundsOf(text, stop)) found.set(term, Math.max(weight, found.get(term) ?? 0))
  }
  add(parts.title, 2, STOP_WORDS)
  add(parts.body, 1, isLong(parts) ? REPORT_STOP_WORDS : STOP_WORDS)
  for (const span of parts.spans) add(span, 1.5, STOP_WORDS)
  return found
}

/** Weight per term: its largest weight × (1 + growth · ln count). */
function weighTerms(
  { title, body, fences, spans }: QuestionParts,
  identifiers: ReadonlyMap<string, number>,
  { titleWeight, growth }: { readonly titleWeight: number; readonly growth: number },
): Map<string, number> {
  const seen = new Map<string, { max: number; count: number }>()
  const note = (term: string, weight: number) => {
    const entry = seen.get(term)
    if (!entry) seen.set(term, { max: weight, count: 1 })
    else {
      entry.max = Math.max(entry.max, weight)
      entry.count++
    }
  }
  const add = (text: string, weight: number, stop: ReadonlySet<string>) => {
    for (const term of termsOf(text)) if ((term.length > 1 || term > '\x7f') && !stop.has(term)) note(term, weight)
  }
  const stop = isLong({ body, fences }) ? REPORT_STOP_WORDS : STOP_WORDS
  add(title, titleWeight, STOP_WORDS)
  add(body, 1, stop)
  for (const fence of fences) add(fence, 0.4, stop)
  for (const span of spans) add(span, 1.5, stop)
  for (const [name, weight] of identifiers) note(`=${name}`, 0.7 * weight)
  return new Map([...seen].map(([term, { max, count }]) => [term, max * (1 + growth * Math.log(count))]))
}

function pathsOf(text: string): string[] {
  const found = new Set<string>()
  for (const [match] of text.matchAll(PATH))
    found.add(
      match
        .replace(/\\/g, '/')
        .replace(/^[ab]\//, '')
        .toLowerCase(),
    )
  return [...found]
}

/** The kind of answer a question wants, after the levels of "RAG and Beyond" (Zhao et al., 2024). */
function levelOf(title: string, identifiers: number): QueryLevel {
  if (/\b(why|rationale|reason|trade-?offs?|design)\b/i.test(title)) return 'interpretable rationale'
  if (/\b(best|should|improve|slow|leak|race|risk|wrong)\b/i.test(title)) return 'hidden rationale'
  if (/\b(where|which|what is|defined?|signature)\b/i.test(title) || (identifiers > 0 && title.length < 80))
    return 'explicit fact'
  return 'implicit fact'
}
