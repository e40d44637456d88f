/** Builds the rows of an exact answer. */
import type { SymbolGraph } from '../graph/symbol-graph.ts'
import type { Statement } from '../types/answer.ts'

/** Maximum number of rows listed; counts always cover all rows. */
export const MAX_ROWS_LISTED = 1000

/** A statement about a symbol or a file, located at its lines. */
export function rowAt(graph: SymbolGraph, node: number, text: string): Statement {
  const { firstLine, lastLine } = graph.symbol(node) ?? {
    firstLine: 1,
    lastLine: Math.max(1, graph.record(node).lines),
  }
  return { text, path: graph.path(node), firstLine, lastLine, quote: [] }
}
