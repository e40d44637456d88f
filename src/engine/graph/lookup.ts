/**
 * Symbol lookup: a name → its definitions, with what refers to them and what they refer to. Exact: read from the index,
 * not ranked.
 */
import type { Related, SymbolCard } from '../types/map.ts'
import { findDefinitions } from './place.ts'
import type { Link, SymbolGraph } from './symbol-graph.ts'

const MAX_DEFINITIONS = 20

/** Definitions of `name` (`Class.method` narrows it) in files whose path contains `path`; at most 20. */
export function lookUpSymbol(graph: SymbolGraph, name: string, path = ''): SymbolCard[] {
  const found = findDefinitions(graph, name).filter((node) => graph.path(node).includes(path))
  return found.slice(0, MAX_DEFINITIONS).map((node) => cardOf(graph, node))
}

function cardOf(graph: SymbolGraph, node: number): SymbolCard {
  const { firstLine, lastLine, kind, signature, doc } = graph.symbol(node)!
  const relatedOf = (link: Link): Related => {
    const symbol = graph.symbol(link.node)
    const name = symbol ? graph.title(link.node) : null
    return {
      kind: link.kind,
      ...{ path: graph.path(link.node), line: symbol?.firstLine ?? 1, name },
      weight: link.weight,
    }
  }
  return {
    ...{ path: graph.path(node), firstLine, lastLine, kind, name: graph.title(node), signature, doc },
    referredBy: mostCertain(graph.in(node).map(relatedOf)),
    refersTo: mostCertain(
      graph
        .out(node)
        .filter((link) => graph.symbol(link.node))
        .map(relatedOf),
    ),
  }
}

/** Each location once, with its most certain reference; most certain first. */
function mostCertain(all: readonly Related[]): Related[] {
  const byLocation = new Map<string, Related>()
  for (const related of [...all].sort((a, b) => b.weight - a.weight)) {
    const location = `${related.path} ${related.line} ${related.name}`
    if (!byLocation.has(location)) byLocation.set(location, related)
  }
  return [...byLocation.values()]
}
