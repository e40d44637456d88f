/**
 * Whether the lines a sentence cites hold what it names: the deterministic part of a citation check (L-CiteEval,
 * Tang et al. 2024, judges the rest with a model). A claim is a sentence with the marks in it or right behind it.
 */
import type { Citation, Verdict } from '../model/answer.ts'
import type { Block } from '../model/pack.ts'
import { termsOf } from '../model/terms.ts'
import { citedNumbers } from './marks.ts'

const FENCED = /(^|\n)(`{3,})[\s\S]*?(\n\2`*|$)/g
/** A sentence ends at a line end, or at a stop before a capital, a mark of emphasis or code. */
const SENTENCE_END = /\n+|(?<=[.!?;:])\s+(?=[A-Z`*_"“(])/
const CODE_SPAN = /`([^`]+)`/g
const MARK = /\[\d{1,4}\]/g
/** Names that are no words of a language: `camelCase`, `snake_case`, `CONSTANT_CASE`, `Type.member`. */
const NAME_IN_PROSE = /\b(?:[a-z]+[A-Z]\w*|[A-Z][a-z]+[A-Z]\w*|\w+_\w+|\w+(?:\.\w+)+(?=\())\b/g
const LITERAL = /(?<![\w.])\d{2,}(?:\.\d+)?(?![\w.])/g
const SHORTEST_TERM = 4
/** A sentence without names must share so many words with what it cites. */
const SHARED_TERMS = 2

interface Claim {
  readonly numbers: readonly number[]
  readonly text: string
}

/** Judges each citation by all claims it stands in: one that fails it fails it. `stale` holds ids of blocks. */
export function verifyCitations(
  text: string,
  citations: readonly Omit<Citation, 'verdict' | 'missing'>[],
  blocks: readonly Block[],
  stale: ReadonlySet<string>,
): readonly Citation[] {
  const claims = claimsOf(text)
  const byNumber = new Map(blocks.map((block) => [Number(block.id.slice(1)), block]))
  return citations.map((citation): Citation => {
    const own = claims.filter(({ numbers }) => numbers.includes(citation.n))
    const failed = own.map((claim) => missingIn(claim, citation.n, byNumber)).filter((missing) => missing !== null)
    const verdict: Verdict = stale.has(`b${citation.n}`) ? 'stale' : failed.length ? 'unsupported' : 'verified'
    return { ...citation, verdict, missing: [...new Set(failed.flat())] }
  })
}

/** Sentences with marks; marks that stand alone belong to what is before them. */
function claimsOf(text: string): readonly Claim[] {
  const claims: { numbers: number[]; text: string }[] = []
  for (const sentence of text.replace(FENCED, '\n').split(SENTENCE_END)) {
    const numbers = citedNumbers(sentence)
    const plain = sentence.replace(MARK, ' ').trim()
    const last = claims.at(-1)
    if (/[\p{L}\p{N}]/u.test(plain)) claims.push({ numbers, text: plain })
    else last?.numbers.push(...numbers)
  }
  return claims.filter(({ numbers }) => numbers.length > 0)
}

/** null when the claim stands; else the names that none of its blocks holds (none, when it shares no words). */
function missingIn({ numbers, text }: Claim, n: number, blocks: ReadonlyMap<number, Block>): readonly string[] | null {
  const evidence = new Map(numbers.map((number) => [number, evidenceOf(blocks.get(number))]))
  const own = evidence.get(n) ?? ''
  const names = namesIn(text)
  if (names.length === 0) {
    const terms = [...new Set(termsOf(text))].filter((term) => term.length >= SHORTEST_TERM && !term.startsWith('='))
    const held = new Set(termsOf(own))
    const shared = terms.filter((term) => held.has(term)).length
    return shared >= Math.min(SHARED_TERMS, terms.length) ? null : []
  }
  const missing = names.filter((name) => ![...evidence.values()].some((held) => holds(held, name)))
  if (missing.length) return missing
  return names.some((name) => holds(own, name)) ? null : names
}

function evidenceOf(block: Block | undefined): string {
  return block ? `${block.path}\n${block.symbol}\n${block.text}`.toLowerCase() : ''
}

/** As a whole word, whatever its case. */
function holds(evidence: string, name: string): boolean {
  const wanted = name.toLowerCase()
  for (let at = evidence.indexOf(wanted); at >= 0; at = evidence.indexOf(wanted, at + 1)) {
    const [before, after] = [evidence[at - 1] ?? ' ', evidence[at + wanted.length] ?? ' ']
    if (!/\w/.test(before) && !/\w/.test(after)) return true
  }
  return false
}

/** What the claim names: of a dotted name the last part, as those before it may be implied. */
function namesIn(text: string): readonly string[] {
  const code = [...text.matchAll(CODE_SPAN)].map(([, inner]) => inner!)
  const prose = text.replace(CODE_SPAN, ' ')
  const spans = code.flatMap((inner) => inner.match(/[\p{L}_$][\w$]*(?:(?:\.|::|->|#)[\w$]+)*/gu) ?? [])
  const named = [...spans, ...(prose.match(NAME_IN_PROSE) ?? [])].map((name) => name.split(/\.|::|->|#/).at(-1)!)
  const literals = [...code.flatMap((inner) => inner.match(LITERAL) ?? []), ...(prose.match(LITERAL) ?? [])]
  return [...new Set([...named, ...literals])].filter((name) => name.length > 1)
}
