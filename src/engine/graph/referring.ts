/** References of one kind, put down to those who make them: each once, with the weight of its best guess. */
import type { EdgeKind } from '../types/symbol.ts'
import type { Link, SymbolGraph } from './symbol-graph.ts'

/** Extending is done by the type itself, not by what stands in it. */
export const isInheritance = (kinds: readonly EdgeKind[]): boolean =>
  kinds.every((kind) => kind === 'extends' || kind === 'implements')

/** Whether a base is sought that only shares its name with functions or keys here: the type itself is not in the index. */
export const isDefinedElsewhere = (
  graph: SymbolGraph,
  nodes: readonly number[],
  kinds: readonly EdgeKind[],
  found: readonly Link[],
): boolean => isInheritance(kinds) && found.length === 0 && !nodes.some((node) => graph.isType(node))

/**
 * What refers to any of `nodes`, put down to whom `holder` says (-1: nobody), the surest first. A reference to one of
 * several definitions, all of which are asked about, is no guess.
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

/** What `nodes` refer to outside of themselves, put down to whom `holder` says, the surest first. */
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

/** Of each holder's references the surest. */
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

/** The innermost function around what refers; what stands in none speaks for itself. */
function innermostCallable(graph: SymbolGraph, node: number): number {
  for (let at = node; graph.symbol(at) && !graph.isType(at); at = graph.parent(at)) if (graph.isCallable(at)) return at
  return node
}
