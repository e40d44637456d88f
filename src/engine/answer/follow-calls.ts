/** What the symbols of a question call, and what those call: shown in full where it is short, as the question may go on there. */

import { isCertain, type SymbolGraph } from '../graph/symbol-graph.ts'
import type { Override } from '../types/query.ts'

const NAMED = 3
const LEVELS = 10
const LONGEST_LINES = 60
/** Whoever calls what so many call, calls a tool. */
const HUB = 40
/** Share of a budget, and tokens a line of code takes. */
const SHARE = 0.3
const LINE_TOKENS = 11

/** Nearest first, as far as a share of the budget goes. */
export function followNamed(graph: SymbolGraph, named: readonly number[], budget: number): Override[] {
  const starts = named.filter((node) => graph.isCallable(node) && !graph.rolesOf(node).test).slice(0, NAMED)
  const seen = new Set(starts)
  const found: Override[] = []
  let room = budget * SHARE
  let level = starts
  for (let depth = 0; depth < LEVELS && level.length; depth++) {
    const next: number[] = []
    for (const node of level)
      for (const link of graph.out(node)) {
        const called = link.node
        if (link.kind !== 'call' || !isCertain(link) || seen.has(called) || !graph.isCallable(called)) continue
        seen.add(called)
        const { docFirstLine, lastLine } = graph.symbol(called)!
        const lines = lastLine - docFirstLine + 1
        if (graph.referenceCount(called) > HUB || lines > LONGEST_LINES || lines * LINE_TOKENS > room) continue
        room -= lines * LINE_TOKENS
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
