/**
 * Pins what the symbols of a question call, and what those call: short callees are shown in full, because the question
 * may lead there.
 */

import { isCertain, type SymbolGraph } from '../graph/symbol-graph.ts'
import type { Override } from '../types/query.ts'

const MAX_STARTS = 3
const MAX_DEPTH = 10
const MAX_BODY_LINES = 60
/** A symbol with this many references is a utility, and not followed. */
const HUB_REFERENCES = 40
/**
 * Below it, callees displace more of the wanted lines than they show: at 2k tokens, .645 of those lines are shown with
 * them and .658 without.
 */
const MIN_BUDGET_TOKENS = 4000
/** Share of a budget for callees, and estimated tokens per line of code. */
const BUDGET_SHARE = 0.3
const TOKENS_PER_LINE = 11

/** Nearest first, up to a share of the budget (in tokens). */
export function pinCallees(graph: SymbolGraph, named: readonly number[], budget: number): Override[] {
  if (budget < MIN_BUDGET_TOKENS) return []
  const starts = named.filter((node) => graph.isCallable(node) && !graph.rolesOf(node).test).slice(0, MAX_STARTS)
  const seen = new Set(starts)
  const found: Override[] = []
  let room = budget * BUDGET_SHARE
  let level = starts
  for (let depth = 0; depth < MAX_DEPTH && level.length; depth++) {
    const next: number[] = []
    for (const node of level)
      for (const link of graph.out(node)) {
        const called = link.node
        if (link.kind !== 'call' || !isCertain(link) || seen.has(called) || !graph.isCallable(called)) continue
        seen.add(called)
        const { docFirstLine, lastLine } = graph.symbol(called)!
        const lines = lastLine - docFirstLine + 1
        if (graph.referenceCount(called) > HUB_REFERENCES || lines > MAX_BODY_LINES || lines * TOKENS_PER_LINE > room)
          continue
        room -= lines * TOKENS_PER_LINE
        found.push({
          path: graph.path(called),
          firstLine: docFirstLine,
          lastLine,
          kind: 'pin',
          reason: `called by ${graph.title(node)}`,
        })
        next.push(called)
      }
    level = next
  }
  return found
}
