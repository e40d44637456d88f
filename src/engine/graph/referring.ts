/**
 * Finds who refers to whom, by kinds of reference. References are attributed to enclosing symbols: each symbol appears
 * once, with the weight of its most certain reference.
 */
import type { EdgeKind } from '../types/symbol.ts'
import type { Link, SymbolGraph } from './symbol-graph.ts'

/** Whether all kinds are inheritance, which belongs to a type itself and not to its members. */
export const isInheritance = (kinds: readonly EdgeKind[]): boolean =>
  kinds.every((kind) => kind === 'extends' || kind === 'implements')

/** Maps a node to the node its references are attributed to; undefined drops them. */
type Attribution = (node: number) => number | undefined

/** Whether an inheritance question names a base type that is not indexed: only functions or keys share its name. */
export const isDefinedElsewhere = (
  graph: SymbolGraph,
  nodes: readonly number[],
  kinds: readonly EdgeKind[],
  found: readonly Link[],
): boolean => isInheritance(kinds) && found.length === 0 && !nodes.some((node) => graph.isType(node))

/**
 * What refers to any of `nodes`, most certain first. Candidates of an ambiguous reference add up, so it is certain when
 * all the definitions it may mean are among `nodes`.
 */
export function referrers(
  graph: SymbolGraph,
  nodes: readonly number[],
  kinds: readonly EdgeKind[],
  attribute: Attribution = (node) => innermostCallable(graph, node),
): Link[] {
  const found = new Map<number, Link>()
  for (const target of nodes)
    for (const [node, link] of mostCertainByNode(graph.in(target), kinds, attribute)) {
      const previous = found.get(node)
      found.set(node, previous ? { ...previous, weight: Math.min(1, previous.weight + link.weight) } : link)
    }
  return sortByCertainty(found.values())
}

/** What `nodes` refer to outside themselves, most certain first. */
export function referents(
  graph: SymbolGraph,
  nodes: readonly number[],
  kinds: readonly EdgeKind[],
  attribute: Attribution = (node) => node,
): Link[] {
  const sources = new Set(
    isInheritance(kinds) ? nodes.flatMap((node) => withImpls(graph, node)) : nodes.flatMap((node) => graph.whole(node)),
  )
  const links = [...sources].flatMap((node) => graph.out(node)).filter(({ node }) => !sources.has(node))
  return sortByCertainty(mostCertainByNode(links, kinds, attribute).values())
}

/** Ties are broken by node, so that the order is stable. */
const sortByCertainty = (links: Iterable<Link>): Link[] =>
  [...links].sort((a, b) => b.weight - a.weight || a.node - b.node)

/** The most certain reference of each node that references are attributed to. */
function mostCertainByNode(
  links: readonly Link[],
  kinds: readonly EdgeKind[],
  attribute: Attribution,
): ReadonlyMap<number, Link> {
  const found = new Map<number, Link>()
  for (const link of links) {
    if (!kinds.includes(link.kind)) continue
    const node = attribute(link.node)
    if (node === undefined) continue
    const previous = found.get(node)
    if (!previous || previous.weight < link.weight) found.set(node, { ...link, node })
  }
  return found
}

const withImpls = (graph: SymbolGraph, type: number): number[] => [
  type,
  ...graph.members(type).filter((member) => graph.isImpl(member)),
]

/** The innermost function around a reference; the node itself when there is none. */
function innermostCallable(graph: SymbolGraph, node: number): number {
  for (let current = node; graph.symbol(current) && !graph.isType(current); current = graph.parent(current))
    if (graph.isCallable(current)) return current
  return node
}
