/** Compares two symbols from the index: what both have, what only one has, and how they are related. */
import type { Statement } from '../types/answer.ts'
import { isCertain, type SymbolGraph } from './symbol-graph.ts'

/** Maximum number of names in one statement. */
const MAX_NAMES = 16

/** Statements that compare exactly two symbols; empty for any other number. */
export function compareUnits(graph: SymbolGraph, units: readonly number[]): Statement[] {
  const [a, b] = units
  if (a === undefined || b === undefined || units.length !== 2) return []
  const statementAt = (node: number, text: string): Statement => {
    const { firstLine, lastLine } = graph.symbol(node) ?? {
      firstLine: 1,
      lastLine: Math.max(1, graph.record(node).lines),
    }
    return { text, path: graph.path(node), firstLine, lastLine, quote: [] }
  }
  const [nameA, nameB] = [graph.title(a), graph.title(b)].map((name) => `\`${name}\``) as [string, string]
  const [membersA, membersB] = [namesIn(graph, a), namesIn(graph, b)]
  const [callsA, callsB] = [callsOf(graph, a), callsOf(graph, b)]
  return [
    ...relation(graph, a, b).map((text) => statementAt(a, `${nameA} ${text} ${nameB}`)),
    ...relation(graph, b, a).map((text) => statementAt(b, `${nameB} ${text} ${nameA}`)),
    ...listNames(statementAt, a, `Both ${nameA} and ${nameB} have`, intersection(membersA, membersB)),
    ...listNames(statementAt, a, `Only ${nameA} has`, difference(membersA, membersB)),
    ...listNames(statementAt, b, `Only ${nameB} has`, difference(membersB, membersA)),
    ...listNames(statementAt, a, `Both call`, intersection(callsA, callsB)),
    ...listNames(statementAt, a, `Only ${nameA} calls`, difference(callsA, callsB)),
    ...listNames(statementAt, b, `Only ${nameB} calls`, difference(callsB, callsA)),
  ]
}

const namesIn = (graph: SymbolGraph, node: number): Set<string> =>
  new Set(graph.members(node).map((member) => graph.symbol(member)!.name))

/** Titles of the symbols that a symbol or its members call for certain, outside itself. */
function callsOf(graph: SymbolGraph, node: number): Set<string> {
  const inside = new Set(graph.whole(node))
  const calls = [...inside].flatMap((caller) =>
    graph.out(caller).filter((link) => link.kind === 'call' && isCertain(link) && !inside.has(link.node)),
  )
  return new Set(calls.map((link) => graph.title(link.node)))
}

/** How one symbol refers to the other: at most one verb. */
function relation(graph: SymbolGraph, from: number, to: number): string[] {
  const target = new Set(graph.whole(to))
  const links = graph
    .whole(from)
    .flatMap((node) => graph.out(node).filter((link) => target.has(link.node) && isCertain(link)))
  const kinds = new Set(links.map(({ kind }) => kind))
  if (kinds.has('extends')) return ['extends']
  if (kinds.has('implements')) return ['implements']
  return kinds.has('call') ? ['calls into'] : []
}

const intersection = (a: ReadonlySet<string>, b: ReadonlySet<string>): string[] => [...a].filter((name) => b.has(name))
const difference = (a: ReadonlySet<string>, b: ReadonlySet<string>): string[] => [...a].filter((name) => !b.has(name))

function listNames(
  statementAt: (node: number, text: string) => Statement,
  node: number,
  lead: string,
  names: readonly string[],
): Statement[] {
  if (names.length === 0) return []
  const shown = names.slice(0, MAX_NAMES).map((name) => `\`${name}\``)
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : ''
  return [statementAt(node, `${lead} ${shown.join(', ')}${more}`)]
}
