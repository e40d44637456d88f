/** Pins what a question's symbols call, transitively, where it is short: the answer may continue there. */

import { isCertain, type SymbolGraph } from '../graph/symbol-graph.ts'
import type { Override } from '../types/query.ts'

const MAX_STARTS = 3
const MAX_DEPTH = 10
const MAX_BODY_LINES = 60
/**
 * Below this, callees displace more wanted lines than they add: at 2k tokens .645 are shown with them, .658 without.
 */
const MIN_BUDGET_TOKENS = 4000
/** Budget share for callees, and the estimated tokens per line of code. */
const BUDGET_SHARE = 0.3
const TOKENS_PER_LINE = 11

/** Pins for the callees of the named symbols, breadth-first, within a share of the budget (tokens). */
export function pinCallees(graph: SymbolGraph, named: readonly number[], budget: number): Override[] {
  if (budget < MIN_BUDGET_TOKENS) return []
  const starts = named.filter((node) => graph.isCallable(node) && !graph.rolesOf(node).test).slice(0, MAX_STARTS)
  const seen = new Set(starts)
  const found: Override[] = []
  let remaining = budget * BUDGET_SHARE
  let level = starts
  for (let depth = 0; depth < MAX_DEPTH && level.length; depth++) {
    const next: number[] = []
    for (const node of level)
      for (const link of graph.out(node)) {
        const callee = link.node
        if (link.kind !== 'call' || !isCertain(link) || seen.has(callee) || !graph.isCallable(callee)) continue
        seen.add(callee)
        const { docFirstLine, lastLine } = graph.symbol(callee)!
        const lines = lastLine - docFirstLine + 1
        if (graph.isHub(callee) || lines > MAX_BODY_LINES || lines * TOKENS_PER_LINE > remaining) continue
        remaining -= lines * TOKENS_PER_LINE
        found.push({
          path: graph.path(callee),
          firstLine: docFirstLine,
          lastLine,
          kind: 'pin',
          reason: `called by ${graph.title(node)}`,
        })
        next.push(callee)
      }
    level = next
  }
  return found
}
