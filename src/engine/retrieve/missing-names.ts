/** Names a question speaks of that do not occur in the index, and the names that are nearest to them. */

import { subTokens, termsOfWord, wholeName } from '../text/terms.ts'
import type { QueryPlan } from '../types/query.ts'
import type { Corpus } from './corpus.ts'

/** A report names much that lies elsewhere; of a question every name counts. */
const MAX_QUESTION_CHARS = 400
const MAX_NAMES = 4
const MAX_SUGGESTIONS = 3
const MIN_SIMILARITY = 0.45
/** Names with fewer pairs of letters in common do not share half of their sub-tokens either. */
const MIN_SHARED_PAIRS = 0.25

/** A sentence for each name that is looked for in vain. */
export function missingNames(corpus: Corpus, { text, identifiers, paths }: QueryPlan): string[] {
  if (text.length > MAX_QUESTION_CHARS) return []
  const asWritten = (name: string) => text.match(/[A-Za-z_$][\w$]*/g)?.find((word) => wholeName(word) === name) ?? name
  const wanted = [...identifiers.keys()].filter((name) => !occurs(corpus, name, asWritten(name))).slice(0, MAX_NAMES)
  const parts = new Set(wanted.length ? corpus.files.flatMap(({ path }) => path.split(/[/.]/).map(wholeName)) : [])
  const inPath = (name: string) => parts.has(name) || paths.some((path) => wholeName(path).includes(name))
  const missing = wanted
    .filter((name) => !inPath(name))
    .map((name) => {
      const written = asWritten(name)
      return `\`${written}\` does not occur in the index${nearestText(corpus, written)}.`
    })
  const lost = paths.filter(
    (path) => path.includes('/') && !corpus.files.some((file) => file.path.toLowerCase().endsWith(path)),
  )
  return [...missing, ...lost.slice(0, MAX_NAMES).map((path) => `No file of the index is called \`${path}\`.`)]
}

/** As a definition, a composite word, or a word in any of its forms. */
function occurs(corpus: Corpus, name: string, written: string): boolean {
  if (corpus.definitions.has(name) || corpus.term(`=${name}`) !== undefined) return true
  const terms = termsOfWord(written)
  return terms.length === 1 && corpus.term(terms[0]!) !== undefined
}

function nearestText(corpus: Corpus, written: string): string {
  const own = new Set(subTokens(written))
  const whole = wholeName(written)
  const pairs = new Set(pairsOf(whole))
  const likes: { readonly name: string; readonly chunk: number; readonly like: number }[] = []
  for (const [name, [chunk]] of corpus.definitions) {
    if (chunk === undefined || Math.abs(name.length - whole.length) > whole.length) continue
    const like = similarity(own, pairs, name, corpus, chunk)
    if (like >= MIN_SIMILARITY) likes.push({ name, chunk, like })
  }
  const best = likes.sort((a, b) => b.like - a.like || a.name.length - b.name.length).slice(0, MAX_SUGGESTIONS)
  if (best.length === 0) return ''
  const rows = best.map(({ name, chunk }) => {
    const { names, firstLine } = corpus.chunks[chunk]!
    const shown = names.find((one) => wholeName(one) === name) ?? name
    return `\`${shown}\` (${corpus.files[corpus.fileOf[chunk]!]!.path}:${firstLine})`
  })
  return `; nearest: ${rows.join(', ')}`
}

/** Share of sub-tokens in common, or of pairs of letters (Dice) where there is one sub-token. */
function similarity(
  own: ReadonlySet<string>,
  pairs: ReadonlySet<number>,
  name: string,
  corpus: Corpus,
  chunk: number,
): number {
  const likely = dice(pairs, name)
  if (own.size < 2 || likely < MIN_SHARED_PAIRS) return likely
  const written = corpus.chunks[chunk]!.names.find((one) => wholeName(one) === name)
  const parts = new Set(subTokens(written ?? name))
  const shared = [...parts].filter((part) => own.has(part)).length
  return Math.max(likely, (2 * shared) / (own.size + parts.size))
}

function dice(pairs: ReadonlySet<number>, name: string): number {
  let shared = 0
  for (let i = 0; i + 1 < name.length; i++) if (pairs.has(pairAt(name, i))) shared++
  return (2 * shared) / Math.max(1, pairs.size + name.length - 1)
}

const pairsOf = (name: string): number[] =>
  Array.from({ length: Math.max(0, name.length - 1) }, (_, i) => pairAt(name, i))

/** Two letters as one number: a string each would take most of the time. */
const pairAt = (name: string, i: number): number => name.charCodeAt(i) * 65_536 + name.charCodeAt(i + 1)
