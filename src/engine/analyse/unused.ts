/**
 * Symbols without a resolved reference. "Unused" is said only of those whose name occurs nowhere else in the code; the
 * others are listed with what indicates a use: they are exported, annotated, called by name, or only textually seen.
 */
import type { SymbolGraph } from '../graph/symbol-graph.ts'
import { lastName } from '../text/owner.ts'
import { termsOfWord } from '../text/terms.ts'
import { FIELDS } from '../types/chunk.ts'
import type { ReadLines } from '../types/source.ts'

/** Names that the runtime calls, or that are called through a supertype. */
const CALLED_BY_NAME =
  /^(?:__\w+__|constructor|initialize|init|new|main|activate|deactivate|setup|teardown|setUp|tearDown|toString|String|Error)$/
const EXPORTED = /^\s*(?:export|pub|public|open|protected)\b/
const ANNOTATION = /^\s*(?:@\w|\[\w|#\[\w)/

/** Why a symbol without a reference may be used all the same; null: nothing indicates it. */
export type UseIndication = 'exported' | 'annotated' | 'its name occurs elsewhere' | 'its name occurs in tests' | null

/**
 * Whether a symbol has no resolved references; uncertain references count as references. Symbols that are used
 * without being named are never unreferenced: special and overriding members, local functions, tests.
 */
export function isUnreferenced(graph: SymbolGraph, node: number): boolean {
  const symbol = graph.symbol(node)
  if (!symbol || CALLED_BY_NAME.test(symbol.name) || graph.rolesOf(node).test) return false
  const owner = graph.symbol(graph.parent(node))
  if (owner && (owner.kind === 'function' || owner.kind === 'method')) return false
  // A member may be called through a base type that is not indexed.
  if (owner && graph.hasBases(graph.parent(node))) return false
  return !isReferenced(graph, node, false) && graph.namesakes(node, true).length === 0
}

/**
 * Whether anything outside the symbol may refer to it; uncertain references count, because "unused" must be certain.
 */
export function isReferenced(graph: SymbolGraph, node: number, byTests: boolean): boolean {
  const withDescendants = new Set(graph.whole(node))
  return [...withDescendants].some((part) =>
    graph
      .in(part)
      .some(
        ({ node: from, kind }) =>
          !withDescendants.has(from) && kind !== 'import' && (!byTests || graph.rolesOf(from).test),
      ),
  )
}

/** What indicates a use of each unreferenced symbol. */
export async function useIndications(
  graph: SymbolGraph,
  read: ReadLines,
  nodes: readonly number[],
): Promise<ReadonlyMap<number, UseIndication>> {
  const occurs = occurrences(graph, nodes)
  const found = new Map<number, UseIndication>()
  for (const node of nodes) {
    const { name, firstLine, docFirstLine } = graph.symbol(node)!
    if (occurs(name)) {
      found.set(node, 'its name occurs elsewhere')
      continue
    }
    const source = await read(graph.fileOf(node))
    const lines = 'lines' in source ? source.lines : []
    const isAnnotated = lines.slice(docFirstLine - 1, firstLine).some((line) => ANNOTATION.test(line))
    found.set(node, isAnnotated ? 'annotated' : EXPORTED.test(lines[firstLine - 1] ?? '') ? 'exported' : null)
  }
  return found
}

/** What indicates that a test uses each symbol to which no test refers. */
export function testIndications(graph: SymbolGraph, nodes: readonly number[]): ReadonlyMap<number, UseIndication> {
  const occurs = occurrences(graph, nodes, (file) => graph.rolesOf(graph.node(file, -1)).test)
  return new Map(
    nodes.map((node) => [node, occurs(graph.symbol(node)?.name ?? '') ? 'its name occurs in tests' : null]),
  )
}

/** Whether a name occurs in code more often than it is defined; inflected words count as the name. */
function occurrences(
  graph: SymbolGraph,
  nodes: readonly number[],
  isCounted = (_file: number) => true,
): (name: string) => boolean {
  const wanted = new Set(nodes.map((node) => termOfName(graph.symbol(node)!.name)))
  const counts = new Map<string, number>()
  for (const [file, { symbols, terms, chunks }] of graph.table.records.entries()) {
    if (!isCounted(file)) continue
    for (const { name } of symbols) {
      const term = termOfName(name)
      if (wanted.has(term)) counts.set(term, (counts.get(term) ?? 0) - 1)
    }
    const wantedHere = new Map(terms.flatMap((term, i) => (wanted.has(term) ? [[i, term] as const] : [])))
    if (wantedHere.size === 0) continue
    for (const { terms: indices, counts: perField } of chunks)
      indices.forEach((index, i) => {
        const term = wantedHere.get(index)
        if (term === undefined) return
        const [, signature = 0, , body = 0] = perField.subarray(i * FIELDS, i * FIELDS + FIELDS)
        counts.set(term, (counts.get(term) ?? 0) + signature + body)
      })
  }
  return (name) => (counts.get(termOfName(name)) ?? 0) > 0
}

/** The term that stands for a whole name: `=cartTotal`, or the stem of a single word. */
const termOfName = (name: string): string => termsOfWord(lastName(name)).at(-1) ?? name
