/**
 * Explains a mechanism across files: `focus.ts` (for a stack trace `stack-trace.ts`) resolves the target to symbols,
 * `call-walk.ts` walks up to the entry points and down the calls, `facts.ts` reads cited facts off it by aspect, and
 * `diagram.ts` draws it. The result is useful by itself; `write.ts` lets a model word it, one aspect per call.
 */

import type { Link, SymbolGraph } from '../graph/symbol-graph.ts'
import type { Statement } from '../types/answer.ts'
import { ASPECTS, type ExplainTarget, type Explanation } from '../types/explanation.ts'
import type { Hit } from '../types/pack.ts'
import type { Override } from '../types/query.ts'
import { EngineError } from '../types/run.ts'
import { type CallWalk, walkFrom } from './call-walk.ts'
import { diagramOf } from './diagram.ts'
import { type FactSources, factsOf } from './facts.ts'
import { findFocus } from './focus.ts'

export { answerFromExplanation, aspectSection, explanationMarkdown } from './markdown.ts'
export { type ExplanationCache, writeExplanation } from './write.ts'

/** Built-in functions and methods of collections, strings and numbers, across languages. */
const BUILT_IN =
  /^(?:map|filter|reduce|forEach|some|every|find\w*|includes|indexOf|push|pop|shift|unshift|slice|splice|concat|join|split|sort|reverse|keys|values|entries|items|get|set|has|add|delete|clear|append|extend|insert|remove|update|copy|index|count|len|cap|make|new|print\w*|min|max|sum|abs|floor|ceil|round|range|enumerate|zip|list|dict|tuple|str|int|float|bool|bytes|repr|isinstance|issubclass|hasattr|getattr|setattr|super|type|sorted|reversed|any|all|next|iter|open|format|strip|replace|startsWith|endsWith|startswith|endswith|trim|toString|toLowerCase|lower|upper|match|test|exec|String|Number|Boolean|Array|Object|Set|Map|Promise|Error|Some|Ok|Err|None|unwrap|clone|into|to_string|collect|flat|flatMap|at|fill|then|catch|panic|recover|close|log|isArray|from|of|assign|freeze|parse|stringify)$/
const MAX_NOT_COVERED = 12
const MAX_NAMES = 8
/** Symbols whose bodies a model is always shown. */
const MAX_PINNED = 10
const MAX_PINNED_LINES = 120

export interface ExplainSources extends FactSources {
  /** Ranks places for a text that names no symbol or path. */
  search(text: string): Promise<readonly Hit[]>
}

/** An explanation, with the query and pins for the context a model gets. */
export interface ExplainedTarget {
  readonly explanation: Explanation
  /** Search text for ranking: title and names of the steps. */
  readonly words: string
  readonly pins: readonly Override[]
}

/** Explains a target without a model. Throws an `EngineError` when the target means nothing. */
export async function explain(sources: ExplainSources, target: ExplainTarget): Promise<ExplainedTarget> {
  if (!target.place && !/[\p{L}\p{N}]/u.test(target.text))
    throw new EngineError('input', 'Say what to explain: a symbol, a path, path:line, a stack trace or a question.')
  const { graph } = sources
  const focus = await findFocus(graph, target, sources.search)
  const walk = walkFrom(graph, focus)
  const facts = await factsOf(sources, walk)
  const explanation: Explanation = {
    ...{
      title: focus.title,
      note: focus.note,
      summary: '',
      summaryCitations: [],
      context: null,
      prompt: [],
      model: null,
      usage: null,
    },
    ...{ end: 'finished', error: null },
    aspects: ASPECTS.map((name) => ({ name, facts: facts[name], text: '', citations: [] })),
    diagram: diagramOf(graph, walk),
    notCovered: notCoveredBy(graph, walk),
  }
  const names = [...new Set(walk.steps.map(({ node }) => graph.title(node)))].slice(0, 20)
  return { explanation, words: [focus.title, ...names].join('\n'), pins: pinsOf(graph, walk) }
}

/** Pins for the certain steps, shallowest first. */
function pinsOf(graph: SymbolGraph, { steps }: CallWalk): Override[] {
  const nodes = steps.filter(({ repeated, others }) => !repeated && !others.length).sort((a, b) => a.depth - b.depth)
  return nodes.slice(0, MAX_PINNED).flatMap(({ node }): Override[] => {
    const symbol = graph.symbol(node)
    if (!symbol) return []
    const end = Math.min(symbol.lastLine, symbol.docFirstLine + MAX_PINNED_LINES)
    return [{ path: graph.path(node), firstLine: symbol.docFirstLine, lastLine: end, kind: 'pin' }]
  })
}

/** What belongs to the mechanism but isn't covered, with the reason. */
function notCoveredBy(graph: SymbolGraph, { cuts, focus, steps }: CallWalk): Statement[] {
  const at = (node: number, line: number, text: string): Statement => {
    const start = line || (graph.symbol(node)?.firstLine ?? 1)
    return {
      text,
      path: graph.path(node),
      firstLine: start,
      lastLine: line || (graph.symbol(node)?.lastLine ?? start),
      quote: [],
    }
  }
  const covered = new Set(steps.map(({ node }) => node))
  const skipped = new Map(cuts.filter(({ node }) => !covered.has(node)).map((one) => [one.node, one]))
  const deeper = cuts.filter(({ node }) => covered.has(node))
  const rows = [
    ...[...skipped.values()].map(({ node, reason }) => at(node, 0, `\`${graph.title(node)}\`: ${reason}`)),
    ...deeper.map(({ node, reason }) => at(node, 0, `what \`${graph.title(node)}\` calls: ${reason}`)),
    ...focus.others.map((node) => at(node, 0, `\`${graph.title(node)}\`: has fewer references than what is explained`)),
  ]
  const outside = callsOutOfIndex(
    graph,
    steps.map(({ node }) => node),
  )
  const names = [...outside.keys()]
  const more = names.length > MAX_NAMES ? `, and ${names.length - MAX_NAMES} more` : ''
  const first = outside.get(names[0] ?? '')
  const unresolved = first
    ? [
        at(
          first.node,
          first.line,
          `Calls that lead out of the index: ${names
            .slice(0, MAX_NAMES)
            .map((name) => `\`${name}\``)
            .join(', ')}${more}`,
        ),
      ]
    : []
  const rest = rows.length - MAX_NOT_COVERED
  const counted = rest > 0 ? [{ ...rows[MAX_NOT_COVERED]!, text: `${rest} more symbols` }] : []
  return [...unresolved, ...rows.slice(0, MAX_NOT_COVERED), ...counted]
}

/** Called names without a definition in the index, with the first call of each. */
function callsOutOfIndex(
  graph: SymbolGraph,
  nodes: readonly number[],
): Map<string, { readonly node: number; readonly line: number }> {
  const found = new Map<string, { readonly node: number; readonly line: number }>()
  for (const node of nodes) {
    const symbol = graph.symbol(node)
    if (!symbol) continue
    const known = new Set([
      symbol.name,
      ...graph.whole(node).flatMap((one) => graph.out(one).map((link: Link) => graph.symbol(link.node)?.name)),
    ])
    for (const { kind, name, line, on } of graph.record(node).references) {
      const last = name.split(/\.|::|->/).at(-1)!
      // Calls on literals and of built-ins need no explanation.
      if (
        kind !== 'call' ||
        on === '=' ||
        BUILT_IN.test(last) ||
        line < symbol.firstLine ||
        line > symbol.lastLine ||
        known.has(last) ||
        found.has(name)
      )
        continue
      found.set(name, { node, line })
    }
  }
  return found
}
