/**
 * Notes for names and paths in a question that the index doesn't contain, each with the most similar existing names.
 */

import { subTokens, termsOfWord, wholeName } from '../text/terms.ts'
import type { QueryPlan } from '../types/query.ts'
import type { Corpus } from './corpus.ts'

/** Longer texts are bug reports, which mention many names from elsewhere; in a question every name matters. */
const MAX_QUESTION_CHARS = 400
const MAX_NAMES = 4
const MAX_SUGGESTIONS = 3
const MIN_SIMILARITY = 0.45
/** Names that share fewer bigrams don't share half of their sub-tokens either, so the costlier check is skipped. */
const MIN_SHARED_BIGRAMS = 0.25

/** One sentence per missing name or path. */
export function missingNames(corpus: Corpus, { text, identifiers, paths }: QueryPlan): string[] {
  if (text.length > MAX_QUESTION_CHARS) return []
  const spellingOf = (name: string) => text.match(/[A-Za-z_$][\w$]*/g)?.find((word) => wholeName(word) === name) ?? name
  const unknown = [...identifiers.keys()].filter((name) => !occurs(corpus, name, spellingOf(name))).slice(0, MAX_NAMES)
  const pathParts = new Set(unknown.length ? corpus.files.flatMap(({ path }) => path.split(/[/.]/).map(wholeName)) : [])
  const inPath = (name: string) => pathParts.has(name) || paths.some((path) => wholeName(path).includes(name))
  const missing = unknown
    .filter((name) => !inPath(name))
    .map((name) => {
      const written = spellingOf(name)
      return `\`${written}\` does not occur in the index${nearestText(corpus, written)}.`
    })
  const missingPaths = paths.filter(
    (path) => path.includes('/') && !corpus.files.some((file) => file.path.toLowerCase().endsWith(path)),
  )
  return [...missing, ...missingPaths.slice(0, MAX_NAMES).map((path) => `No file of the index is called \`${path}\`.`)]
}

/** Whether the corpus contains the name as a definition, a compound, or a word in any inflection. */
function occurs(corpus: Corpus, name: string, written: string): boolean {
  if (corpus.definitions.has(name) || corpus.term(`=${name}`) !== undefined) return true
  const terms = termsOfWord(written)
  return terms.length === 1 && corpus.term(terms[0]!) !== undefined
}

/** Suffix that lists the most similar definitions; empty if none is similar enough. */
function nearestText(corpus: Corpus, written: string): string {
  const whole = wholeName(written)
  const wanted = { parts: new Set(subTokens(written)), bigrams: new Set(bigramsOf(whole)) }
  const candidates: { readonly name: string; readonly chunk: number; readonly score: number }[] = []
  for (const [name, [chunk]] of corpus.definitions) {
    if (chunk === undefined || Math.abs(name.length - whole.length) > whole.length) continue
    const score = similarity(wanted, name, corpus.chunks[chunk]!.names)
    if (score >= MIN_SIMILARITY) candidates.push({ name, chunk, score })
  }
  const best = candidates.sort((a, b) => b.score - a.score || a.name.length - b.name.length).slice(0, MAX_SUGGESTIONS)
  if (best.length === 0) return ''
  const rows = best.map(({ name, chunk }) => {
    const { names, firstLine } = corpus.chunks[chunk]!
    const shown = names.find((spelling) => wholeName(spelling) === name) ?? name
    return `\`${shown}\` (${corpus.files[corpus.fileOf[chunk]!]!.path}:${firstLine})`
  })
  return `; nearest: ${rows.join(', ')}`
}

/** Dice coefficient of the sub-tokens, or of the bigrams when that is higher or the wanted name has one sub-token. */
function similarity(
  wanted: { readonly parts: ReadonlySet<string>; readonly bigrams: ReadonlySet<number> },
  name: string,
  spellings: readonly string[],
): number {
  const byBigrams = dice(wanted.bigrams, name)
  if (wanted.parts.size < 2 || byBigrams < MIN_SHARED_BIGRAMS) return byBigrams
  const parts = new Set(subTokens(spellings.find((spelling) => wholeName(spelling) === name) ?? name))
  const shared = [...parts].filter((part) => wanted.parts.has(part)).length
  return Math.max(byBigrams, (2 * shared) / (wanted.parts.size + parts.size))
}

function dice(bigrams: ReadonlySet<number>, name: string): number {
  let shared = 0
  for (let i = 0; i + 1 < name.length; i++) if (bigrams.has(bigramAt(name, i))) shared++
  return (2 * shared) / Math.max(1, bigrams.size + name.length - 1)
}

const bigramsOf = (name: string): number[] =>
  Array.from({ length: Math.max(0, name.length - 1) }, (_, i) => bigramAt(name, i))

/** Two UTF-16 units as one number; allocating a string for each would dominate the run time. */
const bigramAt = (name: string, i: number): number => name.charCodeAt(i) * 65_536 + name.charCodeAt(i + 1)
