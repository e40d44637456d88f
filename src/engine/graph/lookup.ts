/**
 * Symbol lookup: a name → its definitions, with what refers to them and what they refer to. Exact: read from the index,
 * not ranked.
 */
import type { Related, SymbolCard } from '../types/map.ts'
import type { ReadLines } from '../types/source.ts'
import { mentionsOf } from './mentions.ts'
import { findDefinitions } from './place.ts'
import type { Link, SymbolGraph } from './symbol-graph.ts'

const MAX_DEFINITIONS = 20

/** What a lookup reads: the graph, and the lines of files. */
export interface LookupSources {
  readonly graph: SymbolGraph
  readonly read: ReadLines
}

/** Definitions of `name` (`Class.method` narrows it) in files whose path contains `path`; at most 20. */
export async function lookUpSymbol({ graph, read }: LookupSources, name: string, path = ''): Promise<SymbolCard[]> {
  const found = findDefinitions(graph, name).filter((node) => graph.path(node).includes(path))
  const { inCode } = await mentionsOf(graph, read, found)
  const unresolved = inCode.map(({ node, line }) => ({ path: graph.path(node), line }))
  return found.slice(0, MAX_DEFINITIONS).map((node) => ({ ...cardOf(graph, node), unresolved }))
}

function cardOf(graph: SymbolGraph, node: number): Omit<SymbolCard, 'unresolved'> {
  const { firstLine, lastLine, kind, signature, doc } = graph.symbol(node)!
  const relatedOf = (link: Link, isIncoming: boolean): Related => {
    const symbol = graph.symbol(link.node)
    const name = symbol ? graph.title(link.node) : null
    const line = (isIncoming && link.line) || (symbol?.firstLine ?? 1)
    return { kind: link.kind, path: graph.path(link.node), line, name, weight: link.weight }
  }
  return {
    ...{ path: graph.path(node), firstLine, lastLine, kind, name: graph.title(node), signature, doc },
    referredBy: mostCertain(graph.in(node).map((link) => relatedOf(link, true))),
    refersTo: mostCertain(
      graph
        .out(node)
        .filter((link) => graph.symbol(link.node))
        .map((link) => relatedOf(link, false)),
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
