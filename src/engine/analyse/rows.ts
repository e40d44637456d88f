/** A row of an exact answer. */
import type { SymbolGraph } from '../graph/symbol-graph.ts'
import type { Statement } from '../types/answer.ts'

/** Rows that are listed; the count is of all. */
export const MAX_ROWS_LISTED = 1000

/** A sentence about a symbol or a file, at its lines. */
export function rowAt(graph: SymbolGraph, node: number, text: string): Statement {
  const { firstLine, lastLine } = graph.symbol(node) ?? {
    firstLine: 1,
    lastLine: Math.max(1, graph.record(node).lines),
  }
  return { text, path: graph.path(node), firstLine, lastLine, quote: [] }
}
