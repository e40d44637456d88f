/**
 * The tokenizer that indexing and querying share: text → terms. A word yields its stemmed sub-tokens (`parseHTTPHeader`
 * → parse, http, header) and, when it has several, the whole identifier as `=parsehttpheader`.
 */

const WORD = /[A-Za-z_$][A-Za-z0-9_$]*|\d+|[\p{L}\p{N}]+/gu
const SUB_TOKEN = /[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+/g
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u
const MAX_CACHED_WORDS = 200_000
/** Word → its terms. */
const cache = new Map<string, readonly string[]>()

/** V8 copies a substring up to this length; a longer one references its parent and keeps it in memory. */
const MAX_COPIED_CHARS = 12

/** Copies a substring so that it does not keep its parent in memory; for parts of a file that outlive it. */
export function detachedCopy(part: string): string {
  return part.length > MAX_COPIED_CHARS ? Buffer.from(part).toString() : part
}

/** A light suffix stripper: conflates inflected English words and keeps identifiers recognisable. */
export function stem(token: string): string {
  const n = token.length
  if (n > 6 && token.endsWith('ing')) return token.slice(0, -3)
  if (n > 6 && token.endsWith('ies')) return `${token.slice(0, -3)}y`
  if (n > 5 && (token.endsWith('es') || token.endsWith('ed'))) return token.slice(0, -2)
  if (n > 4 && token.endsWith('s')) return token.slice(0, -1)
  return token
}

/** Normalises a whole identifier for lookup: lower case, without `_` and `$`. */
export function wholeName(word: string): string {
  return word.toLowerCase().replace(/[_$]/g, '')
}

export function wordsOf(text: string): readonly string[] {
  return text.match(WORD) ?? []
}

/** Terms of one word. */
export function termsOfWord(word: string): readonly string[] {
  const known = cache.get(word)
  if (known) return known
  const copy = detachedCopy(word)
  const terms = copy.charCodeAt(0) < 128 ? asciiTerms(copy) : otherTerms(copy)
  if (cache.size >= MAX_CACHED_WORDS) cache.clear()
  cache.set(copy, terms)
  return terms
}

/** Sub-tokens as written, in lower case: `parseHTTPHeader` → parse, http, header. */
export function subTokens(word: string): readonly string[] {
  return (word.match(SUB_TOKEN) ?? []).map((part) => part.toLowerCase())
}

function asciiTerms(word: string): string[] {
  const parts = word.match(SUB_TOKEN) ?? []
  const terms = parts.map((part) => stem(part.toLowerCase()))
  if (parts.length > 1) terms.push(`=${wholeName(word)}`)
  return terms
}

/** Overlapping character bigrams for CJK scripts, which have no spaces; the lower-cased word for any other script. */
function otherTerms(word: string): string[] {
  if (!CJK.test(word)) return [word.toLowerCase()]
  const characters = [...word]
  if (characters.length === 1) return [word]
  return characters.slice(1).map((character, i) => `${characters[i]}${character}`)
}

export function termsOf(text: string): string[] {
  const terms: string[] = []
  for (const word of wordsOf(text)) for (const term of termsOfWord(word)) terms.push(term)
  return terms
}
