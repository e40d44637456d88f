/** The words and rules that all forms of exact questions share: names, verbs, places. */
import { EDGE_KINDS, type EdgeKind } from '../types/symbol.ts'

/** Words that are no names unless they are quoted. */
const NO_NAME =
  '(?!(?:we|you|i|they|it|them|this|that|most|fewest|least|any|every|each|all|other|others|more|less|fewer)\\b)'
export const NAME = `[\`'"]?((?:(?<=[\`'"])|${NO_NAME})[A-Za-z_$][\\w$]*(?:(?:\\.|::|#)[\\w$]+)*)[\`'"]?(?:\\(\\))?`
export const KIND =
  '(?:functions?|methods?|class(?:es)?|interfaces?|structs?|enums?|traits?|types?|constants?|macros?|symbols?|components?|hooks?|variables?|decorators?|helpers?|constructors?)'
/** A name, with or without the kind of symbol before or after it; `the` only together with a kind. */
export const TARGET = `(?:the\\s+(?=${KIND}\\s|[\\w$.:#\`]+\\s+${KIND}\\b))?(?:${KIND}\\s+(?:called\\s+|named\\s+)?)?${NAME}(?:\\s+${KIND}\\b)?`
export const PATH = '[`\'"]?([\\w@./\\\\$:#-]+?)[`\'"]?'
/** A file or folder to which the answer is limited. */
export const IN_PLACE = `(?:\\s+(?:in|inside|within|under|from)\\s+(?:the\\s+)?(?:(?:file|folder|directory|package|module)\\s+)?${PATH}(?:\\s+(?:file|folder|directory|package|module))?)?`
export const VERBS =
  'calls?|invokes?|uses?|references?|refers? to|imports?|extends?|subclass(?:es)?|inherits?(?: from)?|derives? from|implements?|tests?|depends? on|rel(?:y|ies) on|needs?|consumes?|instantiates?|constructs?|called|invoked|used|referenced|referred to|imported|extended|subclassed|inherited(?: from)?|implemented|tested|instantiated|constructed'
export const GERUNDS =
  'calling|invoking|using|referencing|referring to|importing|extending|subclassing|inheriting(?: from)?|deriving from|implementing|testing|depending on|relying on|consuming|instantiating|constructing'
export const COUNT = '(?:how many|count(?: all)?(?: of)?(?: the)?|(?:what is )?(?:the )?number of)'
export const SITES = '(?:places|spots|sites|call sites|lines)'
export const PAST = '(?:being\\s+|ever\\s+|still\\s+|actually\\s+)?'
export const ANYWHERE = '(?:\\s+(?:anywhere|at all|by (?:anything|anyone|any code)|somewhere))?'
export const END_OF_QUESTION = `${IN_PLACE}\\W*$`
export const rule = (pattern: string): RegExp => new RegExp(`^\\W*${pattern}${END_OF_QUESTION}`, 'i')
export const first = (rules: readonly RegExp[], text: string): RegExpExecArray | null => {
  for (const one of rules) {
    const found = one.exec(text)
    if (found) return found
  }
  return null
}

/** Whether a word of the text is not a name, unless it is quoted. */
export const isNoName = (text: string, word: string): boolean => NOT_A_NAME.test(word) && !text.includes(`\`${word}`)
/** Words that may follow an `and` but are not names. */
const NOT_A_NAME =
  /^(?:both|that|which|who|are|is|have|has|do|does|not|in|with|without|whose|calls?|invokes?|uses?|references?|refers?|imports?|extends?|implements?|tests?|takes?|called|used|tested|untested|unused|undocumented|documented|longer|shorter|never|named)$/i

export function kindsOf(verb: string): readonly EdgeKind[] {
  if (/^(call|invok|instantiat|construct)/i.test(verb)) return ['call', 'tests']
  if (/^(exten|subclass|inherit|deriv)/i.test(verb)) return ['extends']
  if (/^implement/i.test(verb)) return ['implements', 'extends']
  if (/^test/i.test(verb)) return ['tests']
  if (/^import/i.test(verb)) return ['import']
  return EDGE_KINDS
}
