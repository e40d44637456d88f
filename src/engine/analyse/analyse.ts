/**
 * Entry point of analyse: answers the questions that static analysis can answer exactly, with rows read from the index
 * and not ranked. `grammar.ts` understands a question completely or not at all, `filters.ts` narrows a listing,
 * `graph/referring.ts` finds references, `test-symbols.ts` recognises tests.
 */
import type { SymbolGraph } from '../graph/symbol-graph.ts'
import type { Findings } from '../types/answer.ts'
import type { ReadLines } from '../types/source.ts'
import type { Analysis } from './grammar.ts'
import { importFindings } from './imports.ts'
import { listingFindings } from './lists.ts'
import { markerFindings } from './markers.ts'
import { relationFindings } from './relations.ts'

export { analysisAsked } from './grammar.ts'

/** Maximum number of rows shown to a model. */
const MAX_ROWS_FOR_MODEL = 60

/** What an analysis reads: the graph, and the lines of the files as indexed. */
export interface AnalysisSources {
  readonly graph: SymbolGraph
  readonly read: ReadLines
}

/** null when a name in the question is not defined in the index, so that there is no exact answer. */
export async function analyse(sources: AnalysisSources, analysis: Analysis): Promise<Findings | null> {
  switch (analysis.form) {
    case 'relation':
      return relationFindings(sources, analysis)
    case 'listing':
      return listingFindings(sources, analysis)
    case 'imports':
      return importFindings(sources.graph, analysis)
    case 'markers':
      return markerFindings(sources, analysis)
  }
}

/** Formats the findings for a model, which may rephrase the rows but neither add nor omit any. */
export function factsText(findings: Findings | null): string[] {
  if (!findings) return []
  const rows = findings.statements
    .slice(0, MAX_ROWS_FOR_MODEL)
    .map(({ text, path, firstLine }) => `- ${text} (${path}:${firstLine})`)
  const more = findings.statements.length - rows.length
  const rest = more > 0 ? [`… and ${more} more`] : []
  const head = 'Exact answer, read off the index. Rephrase it, keep its numbers, add nothing:'
  return [[head, findings.summary, ...rows, ...rest].join('\n')]
}
