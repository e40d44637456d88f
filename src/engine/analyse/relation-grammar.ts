/** Questions about one relation of a symbol (`who calls X`, `X's dependencies`), about imports, and about markers. */
import type { Imports, Markers, Relation } from './grammar.ts'
import { ANYWHERE, COUNT, first, GERUNDS, isNoName, kindsOf, NAME, PAST, rule, SITES, TARGET, VERBS } from './words.ts'

/** Each with the verb, the name and the place as groups. */
const ACTIVE: readonly RegExp[] = [
  rule(
    `(?:who|what|(?:which|what)\\s+(?:code|parts?|else)|(?:${COUNT}|which|list(?: all)?(?: the)?)\\s+${SITES}(?:\\s+that)?)\\s+(?:else\\s+)?(${VERBS})\\s+${TARGET}`,
  ),
  rule(`(?:who|what)(?:\\s+is|'s|\\s+are)\\s+(${GERUNDS})\\s+${TARGET}`),
  rule(
    `(?:does|do)\\s+(?:anything|anyone|anybody|any code|any of them|something)\\s+(${VERBS})\\s+${TARGET}${ANYWHERE}`,
  ),
  rule(`(?:is|are)\\s+(?:anything|anyone|any code)\\s+(${GERUNDS})\\s+${TARGET}${ANYWHERE}`),
  rule(`(?:where|in which files?)\\s+(?:do|does)\\s+(?:we|i|they|it|the code|anyone)\\s+(${VERBS})\\s+${TARGET}`),
]
/** Each with the name, the verb and the place as groups. */
const PASSIVE: readonly RegExp[] = [
  rule(`(?:where|(?:in |from )?how many ${SITES})\\s*(?:is|are|'s)\\s+${TARGET}\\s+${PAST}(${VERBS})(?: in| from)?`),
  rule(`where\\s+(?:does|do)\\s+${TARGET}\\s+gets?\\s+(${VERBS})`),
  rule(`where\\s+${TARGET}\\s+(?:is|are|gets?)\\s+${PAST}(${VERBS})`),
  rule(`(?:is|are)\\s+${TARGET}\\s+${PAST}(${VERBS})${ANYWHERE}`),
]
const NOUNS_ASKED =
  '(callers|users|usages|uses|references|call sites|calls|consumers|clients|dependents|dependencies|subclass(?:es)?|subtypes|children|descendants|derived (?:class(?:es)?|types)|inheritors|implementations|implementers|implementors|tests|callees|base class(?:es)?|super ?class(?:es)?|supertypes?|parent class(?:es)?)'
/** Each with the noun, the name and the place as groups. */
const NOUN: readonly RegExp[] = [
  rule(
    `(?:(?:what|who|which|where)(?:\\s+(?:are|is)|'s)\\s+|list\\s+|show\\s+|find\\s+|${COUNT}\\s+)?(?:all\\s+|every\\s+)?(?:(?:of\\s+)?the\\s+)?${NOUNS_ASKED}\\s+(?:are there\\s+)?(?:of|to|for)\\s+${TARGET}(?:\\s+(?:are there|exist))?`,
  ),
  rule(`(?:how many|which|what)\\s+${NOUNS_ASKED}\\s+(?:does|do|has)\\s+${TARGET}(?:\\s+have)?`),
]
/** Each with the name, the noun and the place as groups. */
const POSSESSIVE: readonly RegExp[] = [
  rule(
    `(?:(?:what|who)(?:\\s+(?:are|is)|'s)\\s+|list\\s+|show\\s+|find\\s+)?(?:all\\s+)?${TARGET}(?:'s|\\(\\)'s)\\s+${NOUNS_ASKED}`,
  ),
  rule(
    `(?:list\\s+|show\\s+|find\\s+)?(?:all\\s+)?${NAME}\\s+(callers|usages|references|call sites|subclasses|implementations|callees)`,
  ),
]
/** Each with the name, the verb and the place as groups. */
const OUT: readonly RegExp[] = [
  rule(
    `(?:what|(?:which|how many)\\s+(?:functions|methods|symbols|classes|interfaces|types|modules))(?:\\s+else)?\\s+(?:does|do)\\s+${TARGET}\\s+(call|invoke|use|refer to|reference|extend|inherit(?: from)?|derive from|implement|import|depend on|rely on|need|consume|instantiate)`,
  ),
]

export function parseRelation(text: string): Relation | null {
  const relation = (direction: 'in' | 'out', verb: string, name: string, place: string | undefined): Relation => ({
    ...{ form: 'relation', direction, kinds: kindsOf(verb), name },
    ...(place && { place }),
  })
  const byNoun = (noun: string, name: string, place: string | undefined) => {
    const { verb, direction } = NOUNS[nounKey(noun)]!
    return relation(direction, verb, name, place)
  }
  const active = first(ACTIVE, text)
  if (active && !isNoName(text, active[2]!)) return relation('in', active[1]!, active[2]!, active[3])
  const passive = first(PASSIVE, text)
  if (passive && !isNoName(text, passive[1]!)) return relation('in', passive[2]!, passive[1]!, passive[3])
  const noun = first(NOUN, text)
  if (noun) return byNoun(noun[1]!, noun[2]!, noun[3])
  const possessive = first(POSSESSIVE, text)
  if (possessive && !isNoName(text, possessive[1]!)) return byNoun(possessive[2]!, possessive[1]!, possessive[3])
  const out = first(OUT, text)
  return out && relation('out', out[2]!, out[1]!, out[3])
}

const nounKey = (noun: string): string =>
  noun
    .toLowerCase()
    .replace(/ /g, '')
    .replace(/classes$/, 'class')
    .replace(/types$/, 'type')
    .replace(/s$/, '')

interface AskedNoun {
  readonly verb: string
  readonly direction: 'in' | 'out'
}
const asked = (direction: 'in' | 'out', verb: string, nouns: string): [string, AskedNoun][] =>
  nouns.split(' ').map((noun) => [nounKey(noun), { verb, direction }])
/** By `nounKey`. */
const NOUNS: Readonly<Record<string, AskedNoun>> = Object.fromEntries([
  ...asked('in', 'call', 'callers callsites calls'),
  ...asked('out', 'call', 'callees'),
  ...asked('in', 'use', 'users usages uses references consumers clients dependents'),
  ...asked('out', 'use', 'dependencies'),
  ...asked('in', 'extend', 'subclass subtypes children descendants derivedclass derivedtypes inheritors'),
  ...asked('out', 'extend', 'baseclass superclass supertypes parentclass'),
  ...asked('in', 'implement', 'implementations implementers implementors'),
  ...asked('in', 'test', 'tests'),
])

const MARKER = '(todo|fixme|xxx|hack)s?'
const MARKER_RULE = rule(
  `(?:(how many|count)\\s+|(?:list|show|find|get|print|what are|where are)\\s+)?(?:all\\s+)?(?:(?:of\\s+)?the\\s+)?${MARKER}(?:\\s+(?:and|or)\\s+${MARKER})?(?:\\s+(?:comments?|notes?|markers?|items?))?(?:\\s+(?:are there|are left|remain|exist|left))?`,
)

/** `list the TODOs in src`: comments that mark work to be done. */
export function parseMarkers(text: string): Markers | null {
  const found = MARKER_RULE.exec(text)
  if (!found) return null
  const [, counting, word, second, place] = found
  return {
    ...{ form: 'markers', words: [word!, ...(second ? [second] : [])].map((one) => one.toUpperCase()) },
    ...{ count: counting !== undefined, ...(place && { place }) },
  }
}

const MODULE = '[`\'"]?((?:\\.{0,2}/)?[@\\w][\\w@./:$-]*[\\w$])[`\'"]?'
const IMPORT_RULES: readonly RegExp[] = [
  new RegExp(
    `^(?:(how many|count(?: the)?|number of)|which|what|list(?: all)?(?: the)?|find(?: all)?|show(?: all)?)?\\s*(?:files|modules)\\s+(?:that\\s+|which\\s+)?(?:are\\s+)?(?:import|include|require|importing|use the module)s?\\s+${MODULE}$`,
    'i',
  ),
  new RegExp(`^(?:who|what)\\s+(?:imports|includes|requires|is importing)()\\s+${MODULE}$`, 'i'),
  new RegExp(`^where\\s+is()\\s+${MODULE}\\s+(?:imported|included|required)(?: from)?$`, 'i'),
]

/** `which files import express`. */
export function parseImports(text: string): Imports | null {
  const found = first(IMPORT_RULES, text)
  return found && { form: 'imports', name: found[2]!, count: Boolean(found[1]) }
}
