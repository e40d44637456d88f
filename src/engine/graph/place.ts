/**
 * Finds the definitions of a name, and describes a symbol in one sentence: what it is, where it is, who calls it, what
 * tests it. After the entity tree of T-RAG (Fatehkia et al., 2024), applied to the names found in a question.
 */
import { lastName } from '../text/owner.ts'
import { wholeName } from '../text/terms.ts'
import { isCertain, type SymbolGraph } from './symbol-graph.ts'

/** Maximum number of names in a list within the sentence. */
const MAX_NAMES = 3
/** Maximum number of members listed for a file. */
const MAX_MEMBERS = 6
/** Maximum number of symbols described per question. */
const MAX_SYMBOLS = 8
/** Maximum number of definitions described per name. */
const MAX_DEFINITIONS_PER_NAME = 3

/**
 * Definitions of a name. `Class.method` narrows it, and includes inherited members when the class defines none. Exact
 * spelling wins when it exists.
 */
export function findDefinitions(graph: SymbolGraph, name: string): number[] {
  const parts = name
    .replace(/\(.*\)$/, '')
    .replace('.prototype', '')
    .split(/\.|::|#|->/)
    .filter(Boolean)
  const last = parts.at(-1) ?? ''
  const tail = `.${wholeName(parts.join('.'))}`
  const named = graph.named(last)
  const titleOf = (node: number) => `.${wholeName(graph.title(node).replace('.prototype', ''))}`
  const matches = named.filter((node) => parts.length === 1 || titleOf(node).endsWith(tail))
  const found = matches.length || parts.length === 1 ? matches : inheritedMembers(graph, named, parts.at(-2)!)
  const exact = found.filter((node) => lastName(graph.symbol(node)!.name) === last)
  return exact.length ? exact : found
}

/** Those of `members` that belong to a type or, failing that, to its nearest base type that has any. */
function inheritedMembers(graph: SymbolGraph, members: readonly number[], typeName: string): number[] {
  // Iteration over a set includes what is added meanwhile: a breadth-first search of the base types.
  const types = new Set(findDefinitions(graph, typeName).filter((node) => graph.isType(node)))
  for (const type of types) {
    const found = members.filter((member) => graph.parent(member) === type)
    if (found.length) return found
    for (const base of graph.relatedTypes(type, true)) types.add(base)
  }
  return []
}

/** Describes a symbol or a file in one sentence. */
export function describeSymbol(graph: SymbolGraph, node: number): string {
  const symbol = graph.symbol(node)
  const path = graph.path(node)
  if (!symbol) {
    const members = graph.members(node).map((member) => `\`${graph.symbol(member)!.name}\``)
    if (members.length === 0) return `\`${path}\` is a file.`
    const more = members.length > MAX_MEMBERS ? `, … (${members.length})` : ''
    return `\`${path}\` is a file that defines ${members.slice(0, MAX_MEMBERS).join(', ')}${more}.`
  }
  const owner = graph.parent(node)
  const within = graph.symbol(owner) ? ` of ${graph.symbol(owner)!.kind} \`${graph.title(owner)}\`` : ''
  const users = graph
    .whole(node)
    .flatMap((part) => graph.in(part))
    .filter((link) => isCertain(link) && link.kind !== 'import')
  const inside = new Set(graph.whole(node))
  const callers = [...new Set(users.map((link) => link.node))].filter((from) => !inside.has(from))
  const code = callers.filter((from) => !graph.rolesOf(from).test)
  const tests = new Set(callers.filter((from) => graph.rolesOf(from).test).map((from) => graph.path(from)))
  const files = new Set(code.map((from) => graph.path(from)))
  // Constructors and implementations share the type's name and belong to it.
  const isPartOfOwner = graph.isType(owner) && graph.symbol(owner)?.name === symbol.name
  const sameSymbol = isPartOfOwner ? new Set(graph.whole(owner)) : inside
  const namesakes = graph
    .named(symbol.name)
    .filter((other) => !sameSymbol.has(other) && graph.symbol(other)?.name === symbol.name)
  const names = code.slice(0, MAX_NAMES).map((from) => `\`${graph.title(from)}\``)
  const bases = graph.out(node).filter(({ kind }) => kind === 'extends' || kind === 'implements')
  const baseNames = [...new Set(bases.map(({ node: base }) => `\`${graph.title(base)}\``))].slice(0, MAX_NAMES)
  const places = `${code.length} ${code.length === 1 ? 'place' : 'places'}`
  const inFiles = `${files.size} ${files.size === 1 ? 'file' : 'files'}`
  const parts = [
    ...(bases.length ? [`extends ${baseNames.join(', ')}`] : []),
    code.length
      ? `is used in ${places} in ${inFiles} (${names.join(', ')}${code.length > names.length ? ', …' : ''})`
      : namesakes.length > 0
        ? `has no certain use (${namesakes.length + 1} symbols have this name, and a use may mean any of them)`
        : 'has no resolved use in the index',
    ...(tests.size ? [`is tested in ${[...tests].slice(0, 2).join(', ')}${tests.size > 2 ? ', …' : ''}`] : []),
  ]
  const doc = symbol.doc ? ` ${/[.!?]$/.test(symbol.doc) ? symbol.doc : `${symbol.doc}.`}` : ''
  const kind = within && symbol.kind === 'function' ? 'method' : symbol.kind
  const article = /^[aeiou]/.test(kind) ? 'an' : 'a'
  const location = `${path}:${symbol.firstLine}`
  return `\`${graph.title(node)}\` is ${article} ${kind}${within} in ${location}; it ${parts.join(', ')}.${doc}`
}

/** Nodes of the symbols that the identifiers of a question name (as `wholeName`), highest weight first. */
export function namedNodes(graph: SymbolGraph, identifiers: ReadonlyMap<string, number>): number[] {
  // Most references first, tests last.
  const rank = (node: number) => graph.referenceCount(node) - (graph.rolesOf(node).test ? 1e6 : 0)
  return [...identifiers]
    .sort((a, b) => b[1] - a[1])
    .flatMap(([name]) => [...graph.named(name)].sort((a, b) => rank(b) - rank(a)).slice(0, MAX_DEFINITIONS_PER_NAME))
    .slice(0, MAX_SYMBOLS)
}
