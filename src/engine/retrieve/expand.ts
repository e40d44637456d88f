/**
 * Query expansion: compounds (`lock file` ↔ `lockFile`, `lockfile`) and other inflections of a query term that occur in
 * the corpus (`decoded`, `decoder`, `decoding`).
 */
import { stem, wordsOf } from '../text/terms.ts'
import type { Corpus } from './corpus.ts'

const SUFFIX =
  /(?:ization|isation|ations?|ations|ators?|ation|ments?|ness|ables?|ible|ives?|ions?|ors?|ers?|als?|ings?|ized?|ises?|ify|ies|ed|es|ly|e|y|s)$/
const MIN_STEM_CHARS = 4

/** Family key of a term: the term without its suffixes. */
export function familyOf(term: string): string {
  if (term.startsWith('=') || term.length <= MIN_STEM_CHARS) return term
  const root = term.replace(SUFFIX, '')
  const bare = root.length >= MIN_STEM_CHARS - 1 ? root : term
  return bare.length > 3 && bare.at(-1) === bare.at(-2) ? bare.slice(0, -1) : bare
}

/** Adjacent words joined into one, as whole identifiers (`=` prefix) and as plain stemmed words. */
export function compoundsOf(text: string, stop: ReadonlySet<string>): string[] {
  const found: string[] = []
  for (const line of text.split(/[\n.;:!?()[\]{}"`]/)) {
    const words = wordsOf(line).map((word) => word.toLowerCase())
    words.forEach((word, i) => {
      if (word.length > 2 && !stop.has(stem(word))) found.push(`=${word.replace(/[_$]/g, '')}`)
      const next = words[i + 1]
      if (next === undefined || stop.has(stem(word)) || stop.has(stem(next))) return
      const joined = (word + next).replace(/[_$]/g, '')
      if (joined.length >= 5) found.push(`=${joined}`, stem(joined))
    })
  }
  return found
}

/** Corpus terms of the same family as a query term that aren't query terms themselves, each with its weight. */
export function inflectionsOf(corpus: Corpus, terms: ReadonlyMap<string, number>): Map<string, number> {
  const found = new Map<string, number>()
  for (const [term, weight] of terms)
    for (const other of corpus.families.get(familyOf(term)) ?? [])
      if (!terms.has(other)) found.set(other, Math.max(weight, found.get(other) ?? 0))
  return found
}
