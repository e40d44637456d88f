/**
 * References of one kind, attributed to the symbols that make them: each symbol once, with the weight of its most
 * certain reference.
 */
import type { EdgeKind } from '../types/symbol.ts'
import type { Link, SymbolGraph } from './symbol-graph.ts'

/** A type itself extends another, not the members in it. */
export const isInheritance = (kinds: readonly EdgeKind[]): boolean =>
  kinds.every((kind) => kind === 'extends' || kind === 'implements')

/** Whether a base type shares its name only with functions or keys here, so that the type itself is not indexed. */
export const isDefinedElsewhere = (
  graph: SymbolGraph,
  nodes: readonly number[],
  kinds: readonly EdgeKind[],
  found: readonly Link[],
): boolean => isInheritance(kinds) && found.length === 0 && !nodes.some((node) => graph.isType(node))

/**
 * What refers to any of `nodes`, attributed by `holder` (-1: to nothing), most certain first. A reference to one of
 * several definitions is certain when all of them are asked about.
 */
export function referrers(
  graph: SymbolGraph,
  nodes: readonly number[],
  kinds: readonly EdgeKind[],
  holder: (node: number) => number = (node) => innermostCallable(graph, node),
): Link[] {
  const found = new Map<number, Link>()
  for (const target of nodes)
    for (const [node, link] of mostCertainByHolder(graph.in(target), kinds, holder)) {
      const held = found.get(node)
      found.set(node, held ? { ...held, weight: Math.min(1, held.weight + link.weight) } : link)
    }
  return inOrder(found.values())
}

/** What `nodes` refer to outside themselves, attributed by `holder`, most certain first. */
export function referents(
  graph: SymbolGraph,
  nodes: readonly number[],
  kinds: readonly EdgeKind[],
  holder: (node: number) => number = (node) => node,
): Link[] {
  const own = new Set(
    isInheritance(kinds) ? nodes.flatMap((one) => withImpls(graph, one)) : nodes.flatMap((one) => graph.whole(one)),
  )
  const links = [...own].flatMap((node) => graph.out(node)).filter(({ node }) => !own.has(node))
  return inOrder(mostCertainByHolder(links, kinds, holder).values())
}

const inOrder = (links: Iterable<Link>): Link[] => [...links].sort((a, b) => b.weight - a.weight || a.node - b.node)

/** The most certain reference of each holder. */
function mostCertainByHolder(
  links: readonly Link[],
  kinds: readonly EdgeKind[],
  holder: (node: number) => number,
): ReadonlyMap<number, Link> {
  const found = new Map<number, Link>()
  for (const link of links) {
    const node = kinds.includes(link.kind) ? holder(link.node) : -1
    const held = found.get(node)
    if (node >= 0 && !(held && held.weight >= link.weight)) found.set(node, { ...link, node })
  }
  return found
}

const withImpls = (graph: SymbolGraph, type: number): number[] => [
  type,
  ...graph.members(type).filter((one) => graph.isImpl(one)),
]

/** The innermost function around a reference; the node itself when there is none. */
function innermostCallable(graph: SymbolGraph, node: number): number {
  for (let at = node; graph.symbol(at) && !graph.isType(at); at = graph.parent(at)) if (graph.isCallable(at)) return at
  return node
}
