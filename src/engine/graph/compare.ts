/** Compares two symbols from the index: what both have, what only one has, and how they are related. */
import type { Statement } from '../types/answer.ts'
import { isCertain, type SymbolGraph } from './symbol-graph.ts'

const MAX_NAMED = 16

/** For exactly two symbols; empty for any other number. */
export function compareUnits(graph: SymbolGraph, units: readonly number[]): Statement[] {
  const [a, b] = units
  if (a === undefined || b === undefined || units.length !== 2) return []
  const at = (node: number, text: string): Statement => {
    const { firstLine, lastLine } = graph.symbol(node) ?? {
      firstLine: 1,
      lastLine: Math.max(1, graph.record(node).lines),
    }
    return { text, path: graph.path(node), firstLine, lastLine, quote: [] }
  }
  const [nameA, nameB] = [graph.title(a), graph.title(b)].map((name) => `\`${name}\``) as [string, string]
  const [membersA, membersB] = [namesIn(graph, a), namesIn(graph, b)]
  const [callsA, callsB] = [callsOf(graph, a), callsOf(graph, b)]
  const rows = [
    ...relation(graph, a, b).map((text) => at(a, `${nameA} ${text} ${nameB}`)),
    ...relation(graph, b, a).map((text) => at(b, `${nameB} ${text} ${nameA}`)),
    ...listed(at, a, `Both ${nameA} and ${nameB} have`, shared(membersA, membersB)),
    ...listed(at, a, `Only ${nameA} has`, without(membersA, membersB)),
    ...listed(at, b, `Only ${nameB} has`, without(membersB, membersA)),
    ...listed(at, a, `Both call`, shared(callsA, callsB)),
    ...listed(at, a, `Only ${nameA} calls`, without(callsA, callsB)),
    ...listed(at, b, `Only ${nameB} calls`, without(callsB, callsA)),
  ]
  return rows
}

const namesIn = (graph: SymbolGraph, node: number): Set<string> =>
  new Set(graph.members(node).map((member) => graph.symbol(member)!.name))

function callsOf(graph: SymbolGraph, node: number): Set<string> {
  const own = new Set(graph.whole(node))
  const calls = [...own].flatMap((one) =>
    graph.out(one).filter((link) => link.kind === 'call' && isCertain(link) && !own.has(link.node)),
  )
  return new Set(calls.map((link) => graph.title(link.node)))
}

function relation(graph: SymbolGraph, from: number, to: number): string[] {
  const own = new Set(graph.whole(from))
  const target = new Set(graph.whole(to))
  const links = [...own].flatMap((node) => graph.out(node).filter((link) => target.has(link.node) && isCertain(link)))
  const kinds = new Set(links.map(({ kind }) => kind))
  if (kinds.has('extends')) return ['extends']
  if (kinds.has('implements')) return ['implements']
  return kinds.has('call') ? ['calls into'] : []
}

const shared = (a: ReadonlySet<string>, b: ReadonlySet<string>): string[] => [...a].filter((name) => b.has(name))
const without = (a: ReadonlySet<string>, b: ReadonlySet<string>): string[] => [...a].filter((name) => !b.has(name))

function listed(
  at: (node: number, text: string) => Statement,
  node: number,
  what: string,
  names: readonly string[],
): Statement[] {
  if (names.length === 0) return []
  const told = names.slice(0, MAX_NAMED).map((name) => `\`${name}\``)
  const more = names.length > told.length ? ` and ${names.length - told.length} more` : ''
  return [at(node, `${what} ${told.join(', ')}${more}`)]
}
