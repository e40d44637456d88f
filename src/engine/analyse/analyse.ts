/** The door of analyse: questions that static analysis answers, with all rows read off the index, not ranked. */
import type { SymbolGraph } from '../graph/symbol-graph.ts'
import type { Findings } from '../types/answer.ts'
import type { Analysis } from './grammar.ts'
import { listingFindings } from './lists.ts'
import { relationFindings } from './relations.ts'

export { analysisAsked } from './grammar.ts'

/** Rows shown to a model. */
const MAX_ROWS_FOR_MODEL = 60

/** null when a name in the question is not defined here, so that it has no exact answer. */
export function analyse(graph: SymbolGraph, analysis: Analysis): Findings | null {
  return analysis.form === 'relation' ? relationFindings(graph, analysis) : listingFindings(graph, analysis)
}

/** The rows as a model reads them: it may phrase them, but neither add nor leave out any. */
export function factsText(findings: Findings | null): string[] {
  if (!findings) return []
  const rows = findings.statements
    .slice(0, MAX_ROWS_FOR_MODEL)
    .map(({ text, path, firstLine }) => `- ${text} (${path}:${firstLine})`)
  const more = findings.statements.length - rows.length
  const rest = more > 0 ? [`… and ${more} more`] : []
  const head = 'Exact answer, read off the index. Word it, keep its numbers, add nothing to it:'
  return [[head, findings.summary, ...rows, ...rest].join('\n')]
}
