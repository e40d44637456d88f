/** Extracts the search words of a question, for every peer that has no query language of its own. */
import { termsOfWord } from '../../src/engine/text/terms.ts'

/** English stop words, and words that occur in every issue. */
const STOP = new Set(
  (
    'a an and any are as at be been being but by can could did do does doing don for from get gets got had has have ' +
    'having how if in into is isn it its just like may me might more most must my no nor not of off on once one only ' +
    'or other our out over own same shall she should so some such than that the their them then there these they ' +
    'this those through to too up us use used uses using very was we were what when where which while who whom why ' +
    'will with would you your ' +
    'issue bug error expected actual behavior behaviour version steps reproduce example please following also need'
  ).split(' '),
)
/** Issues can have hundreds of words; neither a person nor an agent would search for all of them. */
const MAX_TERMS = 40
const WORD = /[A-Za-z_$][A-Za-z0-9_$]{2,}/g

export const isStopWord = (word: string): boolean => STOP.has(word.toLowerCase())

/** Whether a word looks like an identifier: it has an inner capital, an underscore or a digit. */
export const isNameLike = (word: string): boolean => /[a-z0-9][A-Z]|_|[A-Za-z]\d/.test(word)

/** The distinct words of the question (ignoring case), identifiers first, at most 40. */
export function searchWords(text: string): readonly string[] {
  const found = new Map<string, string>()
  for (const [word] of text.matchAll(WORD)) {
    const key = word.toLowerCase()
    if (!STOP.has(key) && !found.has(key)) found.set(key, word)
  }
  const words = [...found.values()]
  return [...words.filter(isNameLike), ...words.filter((word) => !isNameLike(word))].slice(0, MAX_TERMS)
}

/** The distinct stemmed sub-tokens and whole names of the question's words, without a limit. */
export function searchTerms(text: string): readonly string[] {
  const words = text.match(WORD) ?? []
  return [...new Set(words.filter((word) => !isStopWord(word)).flatMap((word) => [...termsOfWord(word)]))]
}
