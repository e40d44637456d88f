/** A name → its definitions, with what refers to them and what they refer to. Exact: read off the index, not ranked. */
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
  const related = ({ node: other, kind: its, weight }: Link): Related => {
    const symbol = graph.symbol(other)
    const place = { path: graph.path(other), line: symbol?.firstLine ?? 1, name: symbol ? graph.title(other) : '' }
    return { kind: its, ...place, weight }
  }
  return {
    ...{ path: graph.path(node), firstLine, lastLine, kind, name: graph.title(node), signature, doc },
    referredBy: mostCertain(graph.in(node).map(related)),
    refersTo: mostCertain(
      graph
        .out(node)
        .filter((link) => graph.symbol(link.node))
        .map(related),
    ),
  }
}

/** Each location once, with its most certain reference. */
function mostCertain(all: readonly Related[]): Related[] {
  const seen = new Map<string, Related>()
  for (const one of [...all].sort((a, b) => b.weight - a.weight)) {
    const key = `${one.path} ${one.line} ${one.name}`
    if (!seen.has(key)) seen.set(key, one)
  }
  return [...seen.values()]
}
