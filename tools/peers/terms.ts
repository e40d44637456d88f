/** Words of a question that are worth searching for: what every peer without a query language of its own is given. */
import { termsOfWord } from '../../src/engine/text/terms.ts'

/** Words that say nothing about code, and those that every issue has. */
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
/** Long issues have hundreds of words; a person or an agent would not search for all of them. */
const MAX_TERMS = 40
const WORD = /[A-Za-z_$][A-Za-z0-9_$]{2,}/g

export const isStopWord = (word: string): boolean => STOP.has(word.toLowerCase())

/** Written as a name in code: an inner capital, an underscore or a digit. */
export const isNameLike = (word: string): boolean => /[a-z0-9][A-Z]|_|[A-Za-z]\d/.test(word)

/** Each once (whatever its case), names first, at most 40. */
export function searchWords(text: string): readonly string[] {
  const found = new Map<string, string>()
  for (const [word] of text.matchAll(WORD)) {
    const key = word.toLowerCase()
    if (!STOP.has(key) && !found.has(key)) found.set(key, word)
  }
  const words = [...found.values()]
  return [...words.filter(isNameLike), ...words.filter((word) => !isNameLike(word))].slice(0, MAX_TERMS)
}

/** Stemmed sub-tokens and whole names of the question's words, each once; no limit. */
export function searchTerms(text: string): readonly string[] {
  const words = text.match(WORD) ?? []
  return [...new Set(words.filter((word) => !isStopWord(word)).flatMap((word) => [...termsOfWord(word)]))]
}
