/** Questions that the index answers exactly, without ranking: who calls, uses, extends, implements or tests a symbol. */
import type { OfflineAnswer, Statement } from '../model/answer.ts'
import type { Related, SymbolCard } from '../model/map.ts'
import type { Context } from '../model/pack.ts'
import { EDGE_KINDS, type EdgeKind } from '../model/symbol.ts'

export interface Relation {
  readonly kinds: readonly EdgeKind[]
  /** The symbol, as it was written. */
  readonly name: string
}

const NAME = '[`\'"]?([A-Za-z_$][\\w$]*(?:(?:\\.|::|#)[\\w$]+)*)[`\'"]?(?:\\(\\))?'
const VERBS =
  'calls?|invokes?|uses?|references?|refers? to|extends?|subclass(?:es)?|implements?|tests?|called|used|referenced|extended|implemented|tested'
const ACTIVE = new RegExp(`^\\W*(?:who|what|which(?:\\s+\\w+)?)\\s+(${VERBS})\\s+${NAME}\\W*$`, 'i')
const PASSIVE = new RegExp(`^\\W*where\\s+(?:is|are)\\s+${NAME}\\s+(${VERBS})\\W*$`, 'i')
const LISTED = 40

/** What the question asks of a symbol, or null when it asks for something else. */
export function relationAsked(text: string): Relation | null {
  const [, verb, name] = ACTIVE.exec(text) ?? []
  if (verb && name) return { kinds: kindsOf(verb), name }
  const [, subject, passive] = PASSIVE.exec(text) ?? []
  return subject && passive ? { kinds: kindsOf(passive), name: subject } : null
}

function kindsOf(verb: string): readonly EdgeKind[] {
  if (/^(call|invoke)/i.test(verb)) return ['call', 'tests']
  if (/^(extend|subclass)/i.test(verb)) return ['extends']
  if (/^implement/i.test(verb)) return ['implements', 'extends']
  if (/^test/i.test(verb)) return ['tests']
  return EDGE_KINDS
}

/** Every place that stands in the relation to one of the definitions, the surest first; not a choice of them. */
export function answerExactly(
  { kinds, name }: Relation,
  cards: readonly SymbolCard[],
  context: Context,
): OfflineAnswer {
  const found = cards.flatMap(({ referredBy }) => referredBy.filter(({ kind }) => kinds.includes(kind)))
  // A reference to one of several definitions, all of which are asked about, is no guess.
  const byPlace = new Map<string, Related>()
  for (const one of found) {
    const key = `${one.path} ${one.line} ${one.name}`
    byPlace.set(key, { ...one, weight: Math.min(1, one.weight + (byPlace.get(key)?.weight ?? 0)) })
  }
  const places = [...byPlace.values()].sort((a, b) => b.weight - a.weight)
  const sure = places.filter(isSure).length
  const defined = cards.map(({ kind, path, first }) => `${kind}, ${path}:${first}`).join('; ')
  const counted = [
    `${sure} ${sure === 1 ? 'place is' : 'places are'} sure`,
    ...(places.length > sure ? [`${places.length - sure} may mean another symbol of the name`] : []),
    ...(places.length > LISTED ? [`the first ${LISTED} are listed`] : []),
  ]
  const summary = places.length
    ? `Read off the index, not ranked: ${counted.join(', ')}. ${name} is defined here: ${defined}.`
    : `Read off the index, not ranked: nothing in it stands so to ${name} (${defined}). What is called by a name made at run time cannot be seen.`
  return { mode: 'offline', summary, statements: places.slice(0, LISTED).map(statementOf), context }
}

const isSure = ({ weight }: Pick<Related, 'weight'>): boolean => weight > 0.99

function statementOf({ kind, path, line, name, weight }: Related): Statement {
  const candidates = !isSure({ weight }) ? ` (one of ${Math.round(1 / weight)} candidates)` : ''
  return { text: `${VERB[kind]} ${name || 'the file itself'}${candidates}`, path, start: line, end: line, quote: [] }
}

const VERB: Readonly<Record<EdgeKind, string>> = {
  call: 'called in',
  import: 'imported in',
  extends: 'extended by',
  implements: 'implemented by',
  tests: 'tested in',
  reference: 'referred to in',
}
