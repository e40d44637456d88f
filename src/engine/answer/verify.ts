/**
 * Checks whether cited lines contain what a claim names: the deterministic part of a citation check (L-CiteEval,
 * Tang et al. 2024, judges the rest with a model). A claim is a sentence with the marks in it or right after it.
 */

import { PATH_EXTENSIONS } from '../text/language.ts'
import { termsOf } from '../text/terms.ts'
import type { Citation, Verdict } from '../types/answer.ts'
import type { Block } from '../types/pack.ts'
import { type CitationMark, marksIn, numberedLines, quoteFrom, withoutMarks } from './citations.ts'

const FENCED = /(^|\n)(`{3,})[\s\S]*?(\n\2`*|$)/g
/** A sentence ends at a line end, or at punctuation before a capital letter, emphasis or code. */
const SENTENCE_END = /\n+|(?<=[.!?;:])\s+(?=[A-Z`*_"“(])/
const CODE_SPAN = /`([^`]+)`/g
/** Names that aren't natural-language words: `camelCase`, `snake_case`, `CONSTANT_CASE`, `Type.member`. */
const NAME_IN_PROSE = /\b(?:[a-z]+[A-Z]\w*|[A-Z][a-z]+[A-Z]\w*|\w+_\w+|\w+(?:\.\w+)+(?=\())\b/g
const LITERAL = /(?<![\w.])\d{2,}(?:\.\d+)?(?![\w.])/g
const MIN_TERM_CHARS = 4
/** Words that a sentence without names must share with the cited lines. */
const MIN_SHARED_TERMS = 2

const QUOTED_WORDS = /["“]([^"“”\n]*(?:\s[^"“”\n]*){3})["”]/g
/** A code span of at least three words is a quotation. */
const QUOTED_CODE = /\S\s+\S+\s+\S/
const MAX_QUOTE_CHARS = 60

/** Claims like "`A` calls `B`", possibly negated. */
const RELATION =
  /`([^`\n]+)`\s+(?:(?:in|of|from) `[^`\n]+`\s+)?(?:(does not|doesn['’]t|do not|don['’]t|never|no longer)\s+)?(?:directly |also |then |itself |in turn )?(?:calls?|invokes?|uses?|extends?|implements?|inherits? from|subclass(?:es)?|delegates to|hands? over to|wraps?|creates?|constructs?|raises?|throws?)\s+(?:on )?(?:the |a |an |its )?`([^`\n]+)`/gi
/** Claims like "`B` is called by `A`", possibly negated. */
const RELATION_BY =
  /`([^`\n]+)`\s+(?:is|are|gets?)\s+(not |never )?(?:directly |only |also )?(?:called|used|invoked|extended|implemented|created|constructed|raised|thrown|wrapped)\s+by\s+(?:the )?`([^`\n]+)`/gi
const PATH = new RegExp(`(?<![\\w./-])(?:[\\w.-]+/)*[\\w-][\\w.-]*\\.(?:${PATH_EXTENSIONS})(?![\\w/])`, 'g')

/** Finds the definitions of a name, as line ranges. */
export type FindSymbol = (
  name: string,
) => readonly { readonly path: string; readonly firstLine: number; readonly lastLine: number }[]

interface Claim {
  readonly marks: readonly CitationMark[]
  readonly text: string
}

type Cited = Omit<Citation, 'verdict' | 'missing' | 'quote'>

/** What citations are checked against. */
interface VerifyOptions {
  readonly blocks: readonly Block[]
  /** Ids of blocks whose file has changed since. */
  readonly staleIds: ReadonlySet<string>
  readonly find: FindSymbol
}

/** Verifies each citation against every claim that uses it; a single unsupported claim makes it unsupported. */
export function verifyCitations(
  text: string,
  citations: readonly Cited[],
  { blocks, staleIds: stale, find }: VerifyOptions,
): readonly Citation[] {
  const claims = claimsOf(text)
  const byNumber = new Map(blocks.map((block) => [Number(block.id.slice(1)), block]))
  return citations.map((citation): Citation => {
    const citing = claims.filter(({ marks }) => marks.some(({ mark }) => mark === citation.mark))
    const failed = citing
      .map((claim) => missingFromEvidence(claim, citation.mark, byNumber, find))
      .filter((missing) => missing !== null)
    const verdict: Verdict = stale.has(`b${citation.n}`) ? 'stale' : failed.length ? 'unsupported' : 'verified'
    const block = byNumber.get(citation.n)
    const wanted = new Set(citing.flatMap((claim) => termsOf(claim.text)).filter((term) => term.length > 2))
    const quote = block ? quoteFrom(block, citation.firstLine, citation.lastLine, wanted) : []
    return { ...citation, verdict, missing: [...new Set(failed.flat())], quote }
  })
}

/** Sentences of a text, without fenced code. */
export function sentencesOf(text: string): readonly string[] {
  return text.replace(FENCED, '\n').split(SENTENCE_END)
}

/** Sentences with marks; marks without text of their own belong to the sentence before. */
function claimsOf(text: string): readonly Claim[] {
  const claims: { marks: CitationMark[]; text: string }[] = []
  for (const sentence of sentencesOf(text)) {
    const marks = marksIn(sentence)
    const plain = withoutMarks(sentence).trim()
    const last = claims.at(-1)
    if (/[\p{L}\p{N}]/u.test(plain)) claims.push({ marks, text: plain })
    else last?.marks.push(...marks)
  }
  return claims.filter(({ marks }) => marks.length > 0)
}

/** Null if the claim is supported; else the names none of its marks contains (none if it merely shares no words). */
function missingFromEvidence(
  { marks, text }: Claim,
  mark: string,
  blocks: ReadonlyMap<number, Block>,
  find: FindSymbol,
): readonly string[] | null {
  const evidence = new Map(marks.map((one) => [one.mark, evidenceOf(blocks.get(one.n), one)]))
  const all = [...evidence.values()]
  const own = evidence.get(mark) ?? ''
  const cited = marks.find((one) => one.mark === mark)
  // Lines the block doesn't show are no evidence.
  if (own === '' && cited && cited.firstLine > 0) return [`${cited.firstLine}-${cited.lastLine}`]
  const quoted = quotationsOf(text).filter(
    (quote) => !all.some((lines) => normalized(lines).includes(normalized(quote))),
  )
  if (quoted.length)
    return quoted.map((quote) => (quote.length > MAX_QUOTE_CHARS ? `${quote.slice(0, MAX_QUOTE_CHARS)}…` : quote))
  const citedBlocks = marks.flatMap((one) => blocks.get(one.n) ?? [])
  const elsewhere = unsupportedPaths(text, citedBlocks, all)
  if (elsewhere.length) return elsewhere
  const names = namesIn(text.replace(PATH, ' '))
  if (names.length === 0) {
    const terms = [...new Set(termsOf(text))].filter((term) => term.length >= MIN_TERM_CHARS && !term.startsWith('='))
    const evidenceTerms = new Set(termsOf(own))
    const shared = terms.filter((term) => evidenceTerms.has(term)).length
    return shared >= Math.min(MIN_SHARED_TERMS, terms.length) ? null : []
  }
  const missing = names.filter((name) => !all.some((lines) => contains(lines, name)))
  if (missing.length) return missing
  const wrongRelations = unsupportedRelations(text, citedBlocks, find)
  if (wrongRelations.length) return wrongRelations
  return names.some((name) => contains(own, name)) ? null : names
}

/** Paths a claim names that are neither the path of a cited block nor mentioned in one. */
function unsupportedPaths(text: string, blocks: readonly Block[], evidence: readonly string[]): string[] {
  const named = [...new Set(text.match(PATH) ?? [])]
  return named.filter((path) => {
    const wanted = path.toLowerCase().replace(/^\.\//, '')
    const isCited = blocks.some((block) => `/${block.path.toLowerCase()}`.endsWith(`/${wanted}`))
    // The first line of the evidence is the block's own path; only other mentions count.
    return !isCited && !evidence.some((lines) => lines.slice(lines.indexOf('\n')).includes(wanted))
  })
}

/** Relations a claim states (or denies) that the subject's lines don't show (or do show). */
function unsupportedRelations(text: string, blocks: readonly Block[], find: FindSymbol): string[] {
  const relations = [
    ...[...text.matchAll(RELATION)].map(([whole, subject = '', denied, object = '']) => ({
      whole,
      subject,
      denied,
      object,
    })),
    ...[...text.matchAll(RELATION_BY)].map(([whole, object = '', denied, subject = '']) => ({
      whole,
      subject,
      denied,
      object,
    })),
  ]
  return relations.flatMap(({ whole, subject, denied, object }) => {
    const last = lastPart(object)
    const bodies = (name: string) => find(name).flatMap((place) => bodyIn(place, blocks) ?? [])
    const isNamedIn = (name: string, inBodies: readonly string[]) =>
      inBodies.some((body) => contains(body.toLowerCase(), name))
    const subjectBodies = bodies(subject)
    if (!/^\w+$/.test(last)) return []
    // Without the subject's lines, the object's lines may show that the relation is the other way round.
    const isWrong = subjectBodies.length
      ? isNamedIn(last, subjectBodies) === Boolean(denied)
      : !denied && isNamedIn(lastPart(subject), bodies(object))
    return isWrong ? [whole.replaceAll('`', '')] : []
  })
}

const lastPart = (name: string): string =>
  name
    .replace(/\(.*$/, '')
    .split(/\.|::|->|#/)
    .at(-1)!
    .trim()

/** Lines of a symbol; null unless one block shows all of them. */
function bodyIn(
  { path, firstLine, lastLine }: ReturnType<FindSymbol>[number],
  blocks: readonly Block[],
): string | null {
  const block = blocks.find(
    (one) => one.path === path && one.shown.some(([from, to]) => from <= firstLine && to >= lastLine),
  )
  if (!block) return null
  const lines = numberedLines(block).filter(({ n }) => n >= firstLine && n <= lastLine)
  return lines.map(({ line }) => line).join('\n')
}

/**
 * Evidence text of a mark, in lower case: the block's path, symbols and cited lines; empty if it shows none of them.
 */
function evidenceOf(block: Block | undefined, { firstLine, lastLine }: CitationMark): string {
  if (!block) return ''
  const lines = firstLine
    ? numberedLines(block).filter(({ n }) => n >= firstLine && n <= lastLine)
    : [{ line: block.text }]
  if (lines.length === 0) return ''
  return `${block.path}\n${block.symbols.join(', ')}\n${lines.map(({ line }) => line).join('\n')}`.toLowerCase()
}

/** Verbatim quotations of code or text; a call with its arguments is a name, not a quotation. */
function quotationsOf(text: string): string[] {
  const code = [...text.matchAll(CODE_SPAN)].map(([, inner]) => inner!).filter((inner) => QUOTED_CODE.test(inner))
  const words = [...text.replace(CODE_SPAN, ' ').matchAll(QUOTED_WORDS)].map(([, inner]) => inner!)
  return [...code, ...words]
    .map((quote) => quote.replace(/…|\.\.\.$/g, '').trim())
    .filter((quote) => !/^[\w.:$]+\([^()]*\)$/.test(quote))
}

const normalized = (text: string): string => text.toLowerCase().replace(/\s+/g, ' ').trim()

/** Whether a lower-case text contains a name as a whole word, ignoring case. */
function contains(evidence: string, name: string): boolean {
  const wanted = name.toLowerCase()
  for (let at = evidence.indexOf(wanted); at >= 0; at = evidence.indexOf(wanted, at + 1)) {
    const [before, after] = [evidence[at - 1] ?? ' ', evidence[at + wanted.length] ?? ' ']
    if (!/\w/.test(before) && !/\w/.test(after)) return true
  }
  return false
}

/** Names and numbers in a claim; of a dotted name only the last part, as the others may be implied. */
function namesIn(text: string): readonly string[] {
  const code = [...text.matchAll(CODE_SPAN)].map(([, inner]) => inner!)
  const prose = text.replace(CODE_SPAN, ' ')
  const spans = code.flatMap((inner) => inner.match(/[\p{L}_$][\w$]*(?:(?:\.|::|->|#)[\w$]+)*/gu) ?? [])
  const named = [...spans, ...(prose.match(NAME_IN_PROSE) ?? [])].map((name) => name.split(/\.|::|->|#/).at(-1)!)
  const literals = [...code.flatMap((inner) => inner.match(LITERAL) ?? []), ...(prose.match(LITERAL) ?? [])]
  return [...new Set([...named, ...literals])].filter((name) => name.length > 1)
}
