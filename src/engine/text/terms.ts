/**
 * The vocabulary that indexing and asking must agree on: text → terms. A word gives its stemmed sub-tokens
 * (`parseHTTPHeader` → pars, http, header) and, when composite, the whole identifier as `=parsehttpheader`.
 */

const WORD = /[A-Za-z_$][A-Za-z0-9_$]*|\d+|[\p{L}\p{N}]+/gu
const SUB_TOKEN = /[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+/g
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u
const CACHE_LIMIT = 200_000
const cache = new Map<string, readonly string[]>()

/** V8 makes a longer part of a string a reference to the whole, which then stays as long as the part. */
const COPIED = 12

/** The same text, which keeps nothing else in memory: for parts of a file that outlive it. */
export function detachedCopy(part: string): string {
  return part.length > COPIED ? Buffer.from(part).toString() : part
}

/** A light suffix stripper: inflected English words meet, identifiers stay recognisable. */
export function stem(token: string): string {
  const n = token.length
  if (n > 6 && token.endsWith('ing')) return token.slice(0, -3)
  if (n > 6 && token.endsWith('ies')) return `${token.slice(0, -3)}y`
  if (n > 5 && (token.endsWith('es') || token.endsWith('ed'))) return token.slice(0, -2)
  if (n > 4 && token.endsWith('s')) return token.slice(0, -1)
  return token
}

/** Form under which a whole identifier is looked up: lower case without `_` and `$`. */
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
  const own = detachedCopy(word)
  const terms = own.charCodeAt(0) < 128 ? asciiTerms(own) : otherTerms(own)
  if (cache.size >= CACHE_LIMIT) cache.clear()
  cache.set(own, terms)
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

/** Scripts without blanks give overlapping pairs of characters, the others the lower-cased word. */
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
