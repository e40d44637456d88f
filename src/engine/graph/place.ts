/**
 * Describes a symbol in one sentence read off the tree: what it is, where it is, who calls it, what tests it. After the
 * entity tree of T-RAG (Fatehkia et al., 2024), applied to the names found in a question.
 */
import { wholeName } from '../text/terms.ts'
import { isCertain, type SymbolGraph } from './symbol-graph.ts'

const MAX_NAMED = 3
/** Symbols of a question that are described. */
const MAX_SYMBOLS = 8
/** Definitions described per name. */
const MAX_DEFINITIONS_PER_NAME = 3

/**
 * Definitions of a name. `Class.method` narrows it, and includes inherited members when the class defines none. Exact
 * spelling wins when it exists.
 */
export function findDefinitions(graph: SymbolGraph, name: string): number[] {
  const parts = name
    .replace(/\(.*\)$/, '')
    .split(/\.|::|#|->/)
    .filter(Boolean)
  const last = parts.at(-1) ?? ''
  const tail = `.${wholeName(parts.join('.'))}`
  const named = graph.named(last)
  const fits = named.filter((node) => parts.length === 1 || `.${wholeName(graph.title(node))}`.endsWith(tail))
  const found = fits.length || parts.length === 1 ? fits : inheritedMembers(graph, named, parts.at(-2)!)
  const exact = found.filter((node) => graph.symbol(node)!.name === last)
  return exact.length ? exact : found
}

/** The members of a name that a type inherits, nearest first. */
function inheritedMembers(graph: SymbolGraph, members: readonly number[], type: string): number[] {
  const types = findDefinitions(graph, type).filter((node) => graph.isType(node))
  const seen = new Set(types)
  for (const one of seen) {
    const own = members.filter((member) => graph.parent(member) === one)
    if (own.length) return own
    for (const above of graph.relatedTypes(one, true)) seen.add(above)
  }
  return []
}

export function describeSymbol(graph: SymbolGraph, node: number): string {
  const symbol = graph.symbol(node)
  const path = graph.path(node)
  if (!symbol) {
    const members = graph.members(node).map((member) => `\`${graph.symbol(member)!.name}\``)
    return `\`${path}\` is a file${members.length ? ` that defines ${members.slice(0, 6).join(', ')}${members.length > 6 ? `, … (${members.length})` : ''}` : ''}.`
  }
  const owner = graph.parent(node)
  const within = graph.symbol(owner) ? ` of ${graph.symbol(owner)!.kind} \`${graph.title(owner)}\`` : ''
  const users = graph
    .whole(node)
    .flatMap((one) => graph.in(one))
    .filter((link) => isCertain(link) && link.kind !== 'import')
  const own = new Set(graph.whole(node))
  const callers = [...new Set(users.map((link) => link.node))].filter((from) => !own.has(from))
  const code = callers.filter((from) => !graph.rolesOf(from).test)
  const tests = new Set(callers.filter((from) => graph.rolesOf(from).test).map((from) => graph.path(from)))
  const files = new Set(code.map((from) => graph.path(from)))
  // Constructors and implementations share the type's name and belong to it.
  const ours = graph.isType(owner) && graph.symbol(owner)?.name === symbol.name ? new Set(graph.whole(owner)) : own
  const namesakes = graph.named(symbol.name).filter((one) => !ours.has(one) && graph.symbol(one)?.name === symbol.name)
  const names = code.slice(0, MAX_NAMED).map((from) => `\`${graph.title(from)}\``)
  const bases = graph.out(node).filter(({ kind }) => kind === 'extends' || kind === 'implements')
  const parts = [
    ...(bases.length
      ? [
          `extends ${[...new Set(bases.map(({ node: base }) => `\`${graph.title(base)}\``))].slice(0, MAX_NAMED).join(', ')}`,
        ]
      : []),
    code.length
      ? `is used in ${code.length} ${code.length === 1 ? 'place' : 'places'} in ${files.size} ${files.size === 1 ? 'file' : 'files'} (${names.join(', ')}${code.length > names.length ? ', …' : ''})`
      : namesakes.length > 0
        ? `is nowhere used for sure (${namesakes.length + 1} symbols are named so, and a use may mean any of them)`
        : 'is used nowhere else in the code that is indexed',
    ...(tests.size ? [`is tested in ${[...tests].slice(0, 2).join(', ')}${tests.size > 2 ? ', …' : ''}`] : []),
  ]
  const says = symbol.doc ? ` ${/[.!?]$/.test(symbol.doc) ? symbol.doc : `${symbol.doc}.`}` : ''
  const kind = within && symbol.kind === 'function' ? 'method' : symbol.kind
  return `\`${graph.title(node)}\` is ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}${within} in ${path}:${symbol.firstLine}; it ${parts.join(', ')}.${says}`
}

/** Nodes of the symbols that the identifiers of a question name (as `wholeName`), highest weight first. */
export function namedNodes(graph: SymbolGraph, identifiers: ReadonlyMap<string, number>): number[] {
  const users = (node: number) => graph.referenceCount(node) - (graph.rolesOf(node).test ? 1e6 : 0)
  return [...identifiers]
    .sort((a, b) => b[1] - a[1])
    .flatMap(([name]) => [...graph.named(name)].sort((a, b) => users(b) - users(a)).slice(0, MAX_DEFINITIONS_PER_NAME))
    .slice(0, MAX_SYMBOLS)
}
