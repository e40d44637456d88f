/**
 * Bounded walk through the call graph from what is explained: upwards to the entry points and callers, downwards
 * through the calls, step by step.
 */

import { isCertain, type Link, type SymbolGraph } from '../graph/symbol-graph.ts'
import type { Focus } from './focus.ts'

/** One call on the way. */
export interface Step {
  readonly node: number
  /** Index of the calling step; -1 for a root, i.e. what is explained. */
  readonly from: number
  readonly depth: number
  /** Line of the call; 0 for a root. */
  readonly line: number
  /** Other candidates, when the call's name is ambiguous. */
  readonly others: readonly number[]
  readonly how: 'calls' | 'may call' | 'is implemented by'
  /** Visited before: its own calls aren't repeated. */
  readonly repeated: boolean
}

/** A call that wasn't followed, and why. */
export interface Cut {
  readonly node: number
  readonly line: number
  readonly reason: string
}

export interface CallWalk {
  readonly focus: Focus
  /** The roots and their calls, in reading order. */
  readonly steps: readonly Step[]
  /** Call paths from entry points to a root: the entry point first, the root last. */
  readonly entries: readonly (readonly number[])[]
  /** Direct callers outside of tests, most certain first. */
  readonly callers: readonly Link[]
  /** Symbols that implement, extend or override a root. */
  readonly kin: readonly number[]
  /** Types the steps refer to, most referenced first. */
  readonly types: readonly number[]
  /** Test → the steps it refers to. */
  readonly tests: ReadonlyMap<number, ReadonlySet<number>>
  readonly cuts: readonly Cut[]
}

const MAX_STEPS = 36
const MAX_DEPTH = 3
/** Calls with a lower total weight are not steps. */
const MIN_CALL_WEIGHT = 0.4
const MAX_IMPLEMENTERS = 4
const MAX_DECLARATION_LINES = 6
const MAX_LEVELS_UP = 7
const MAX_SEEN = 600
const MAX_ENTRIES = 3
const MAX_TYPES = 12
/** Levels of callers searched for tests. */
const MAX_TEST_LEVELS_UP = 4

/** Walks the graph from the focus. */
export function walkFrom(graph: SymbolGraph, focus: Focus): CallWalk {
  const { steps, cuts } = stepsFrom(graph, focus)
  const visited = new Set(steps.flatMap(({ node }) => graph.whole(node)))
  return {
    focus,
    steps,
    cuts,
    entries: focus.trace ? [] : entriesOf(graph, focus.seeds),
    callers: callersOf(graph, focus.seeds),
    kin: kinOf(graph, focus.seeds),
    types: typesOf(graph, steps),
    tests: testsOf(graph, visited, focus.seeds),
  }
}

/** A call with its candidates. */
interface Call {
  readonly node: number
  readonly line: number
  readonly others: readonly number[]
  readonly how: Step['how']
}

/** Tree node: a step with the steps it leads to. */
interface Branch {
  readonly call: Call
  readonly depth: number
  readonly repeated: boolean
  readonly branches: Branch[]
}

/** A call queued to become a step. */
interface Pending {
  readonly call: Call
  readonly siblings: Branch[]
  readonly depth: number
  readonly value: number
}

/** Expands the most informative calls first, up to `MAX_STEPS`; returns the steps in execution order. */
function stepsFrom(graph: SymbolGraph, { seeds, trace }: Focus): { steps: Step[]; cuts: Cut[] } {
  const cuts: Cut[] = []
  const visited = new Set(seeds)
  const roots = seeds.map(
    (node): Branch => ({ call: { node, line: 0, others: [], how: 'calls' }, depth: 0, repeated: false, branches: [] }),
  )
  let queue: Pending[] = []
  let steps = roots.length
  const expand = ({ call, depth, repeated, branches }: Branch) => {
    if (repeated || call.others.length) return
    const calls = callsOf(graph, call.node, depth)
    const hub = depth > 0 && graph.isHub(call.node)
    if (depth >= MAX_DEPTH || hub || (trace && depth > 0)) {
      const deep = trace ? 'not in the stack trace' : `more than ${MAX_DEPTH} calls deep`
      if (calls.length) cuts.push({ ...call, reason: hub ? 'called from everywhere' : deep })
      return
    }
    for (const one of calls)
      queue.push({
        ...{ call: one, siblings: branches, depth: depth + 1 },
        value: informationOf(graph, one, call.node, depth + 1),
      })
  }
  for (const root of roots) expand(root)
  while (queue.length) {
    const best = queue.reduce((a, b) => (b.value > a.value ? b : a))
    queue = queue.filter((one) => one !== best)
    const { call, siblings, depth } = best
    const repeated = visited.has(call.node)
    // A repeated step without calls of its own adds nothing.
    if (repeated && depth > 1 && callsOf(graph, call.node, depth).length === 0) continue
    if (steps >= MAX_STEPS) {
      cuts.push({ node: call.node, line: call.line, reason: 'the explanation is long enough' })
      continue
    }
    steps++
    visited.add(call.node)
    const branch: Branch = { call, depth, repeated, branches: [] }
    siblings.push(branch)
    siblings.sort((a, b) => a.call.line - b.call.line)
    expand(branch)
  }
  const ordered: Step[] = []
  const emit = ({ call, depth, repeated, branches }: Branch, from: number) => {
    const index = ordered.length
    ordered.push({ ...call, from, depth, repeated })
    for (const branch of branches) emit(branch, index)
  }
  for (const root of roots) emit(root, -1)
  return { steps: ordered, cuts }
}

const CONSTRUCTORS = new Set(['__init__', '__new__', 'constructor', 'initialize', 'init', 'new'])

/** What a symbol calls, in line order; of a called type, what its constructor calls. */
function callsOf(graph: SymbolGraph, node: number, depth: number): Call[] {
  const name = graph.symbol(node)?.name ?? ''
  const isConstructor = (member: number) =>
    CONSTRUCTORS.has(graph.symbol(member)!.name) || graph.symbol(member)!.name === name
  const bodies = depth > 0 && graph.isType(node) ? graph.members(node).filter(isConstructor) : [node]
  const sources = new Set(bodies.flatMap((one) => graph.whole(one)))
  const found = new Map<number, Call>()
  for (const from of sources) {
    const calls = graph
      .out(from)
      .filter(({ kind, node: to }) => kind !== 'import' && isStep(graph, kind, to) && !sources.has(to))
    // Group the candidates of one call.
    const bySite = Map.groupBy(calls, ({ node: to, line }) => `${graph.symbol(to)!.name} ${line}`)
    for (const links of bySite.values()) {
      // Names that lists and maps have, too, usually mean those.
      if (links.reduce((sum, { weight }) => sum + weight, 0) < MIN_CALL_WEIGHT) continue
      const first = longestOf(graph, links)
      const others = isCertain(first) ? [] : links.filter((link) => link !== first).map((link) => link.node)
      const how = isCertain(first) ? 'calls' : 'may call'
      if (!found.has(first.node)) found.set(first.node, { node: first.node, line: first.line, others, how })
    }
  }
  if (found.size === 0 && isDeclaration(graph, node))
    for (const implementer of graph
      .namesakes(node, false)
      .filter((one) => !graph.rolesOf(one).test)
      .slice(0, MAX_IMPLEMENTERS))
      found.set(implementer, { node: implementer, line: 0, others: [], how: 'is implemented by' })
  return [...found.values()].sort((a, b) => a.line - b.line)
}

/** The most likely candidate; among equals the longest, as that overload does the work. */
function longestOf(graph: SymbolGraph, links: readonly Link[]): Link {
  const length = ({ node }: Link) => graph.symbol(node)!.lastLine - graph.symbol(node)!.firstLine
  return [...links].sort((a, b) => b.weight - a.weight || length(b) - length(a))[0]!
}

/** Whether a member has no body: of an interface, or abstract. */
function isDeclaration(graph: SymbolGraph, node: number): boolean {
  const { firstLine, lastLine, bodyLine } = graph.symbol(node) ?? { firstLine: 0, lastLine: 0, bodyLine: 0 }
  return (
    graph.isCallable(node) &&
    graph.isType(graph.parent(node)) &&
    bodyLine === lastLine &&
    lastLine - firstLine < MAX_DECLARATION_LINES
  )
}

function isStep(graph: SymbolGraph, kind: Link['kind'], to: number): boolean {
  return graph.isCallable(to) ? kind === 'call' || kind === 'tests' : kind === 'call' && graph.isType(to)
}

/**
 * How informative a step is: more if it is long, documented, in another file or calls further; less if it is widely
 * called, deep or uncertain.
 */
function informationOf(graph: SymbolGraph, { node, how }: Call, from: number, depth: number): number {
  const { firstLine, lastLine, doc } = graph.symbol(node)!
  const calls = graph.whole(node).some((one) => graph.out(one).some((link) => link.kind === 'call' && isCertain(link)))
  return (
    Math.log(1 + lastLine - firstLine) +
    (graph.path(node) === graph.path(from) ? 0 : 1) +
    (doc ? 0.5 : 0) +
    (calls ? 1.5 : 0) -
    Math.log(1 + graph.referenceCount(node)) / 2 -
    (how === 'may call' ? 2 : 0) -
    1.6 * depth
  )
}

/** Callers of symbols or of their members, without themselves, tests and documents. */
function callersOf(graph: SymbolGraph, nodes: readonly number[]): Link[] {
  const excluded = new Set(nodes.flatMap((node) => graph.whole(node)))
  const best = new Map<number, Link>()
  // A call of an overridden member may run this one.
  const targets = new Set([...excluded].flatMap((node) => [...graph.overloads(node), ...graph.namesakes(node, true)]))
  for (const node of targets)
    for (const link of graph.in(node)) {
      if (link.kind === 'import' || link.kind === 'extends' || link.kind === 'implements') continue
      if (excluded.has(link.node) || graph.rolesOf(link.node).test || graph.rolesOf(link.node).document) continue
      const known = best.get(link.node)
      if (!known || link.weight > known.weight) best.set(link.node, link)
    }
  return [...best.values()].sort((a, b) => b.weight - a.weight || a.node - b.node)
}

/** Shortest paths upwards over certain calls to symbols that nothing calls. */
function entriesOf(graph: SymbolGraph, seeds: readonly number[]): number[][] {
  const via = new Map<number, number>(seeds.map((seed) => [seed, -1]))
  let level = [...seeds]
  const ends: number[] = []
  for (let depth = 0; depth < MAX_LEVELS_UP && level.length && via.size < MAX_SEEN; depth++) {
    const next: number[] = []
    for (const node of level) {
      const calls = callersOf(graph, [node]).filter(
        (link) => link.kind === 'call' && !graph.rolesOf(link.node).generated,
      )
      const up = calls.filter((link) => isCertain(link) && !via.has(link.node))
      // Only an uncalled symbol is an entry point; one in a call cycle isn't.
      if (calls.length === 0 && depth > 0) ends.push(node)
      for (const { node: caller } of up) {
        if (via.has(caller)) continue
        via.set(caller, node)
        next.push(caller)
      }
    }
    // Among paths of equal length, prefer those that aren't error handling.
    level = next.sort((a, b) => Number(isErrorPath(graph, a)) - Number(isErrorPath(graph, b)))
  }
  const score = (node: number) => {
    const { example, generated } = graph.rolesOf(node)
    const main = /^(main|run|start|serve|handle|activate|cli|app)/i.test(graph.symbol(node)?.name ?? '')
    return (
      (main ? 2 : 0) +
      (/(^|\/)(main|cli|cmd|bin|app|server|index)\b/.test(graph.path(node)) ? 1 : 0) -
      (example || generated ? 3 : 0)
    )
  }
  return ends
    .map((node, i) => ({ node, score: score(node) - i / ends.length }))
    .sort((a, b) => b.score - a.score)
    .slice(0, MAX_ENTRIES)
    .map(({ node }) => {
      const path = [node]
      for (let at = via.get(node)!; at >= 0; at = via.get(at)!) path.push(at)
      return path
    })
}

const isErrorPath = (graph: SymbolGraph, node: number): boolean =>
  /error|exception|fail|panic|abort|fallback|debug/i.test(graph.symbol(node)?.name ?? '')

/** Subclasses and implementers of the roots, and their members that override one. */
function kinOf(graph: SymbolGraph, seeds: readonly number[]): number[] {
  return [...new Set(seeds.flatMap((seed) => [...graph.relatedTypes(seed, false), ...graph.namesakes(seed, false)]))]
}

/** The types that steps refer to or are members of, by number of references. */
function typesOf(graph: SymbolGraph, steps: readonly Step[]): number[] {
  const counts = new Map<number, number>()
  for (const { node, repeated } of steps) {
    if (repeated) continue
    for (const from of graph.whole(node))
      for (const link of graph.out(from))
        if (graph.isType(link.node) && isCertain(link) && !graph.rolesOf(link.node).test)
          counts.set(link.node, (counts.get(link.node) ?? 0) + 1)
    const owner = graph.parent(node)
    if (graph.isType(owner)) counts.set(owner, (counts.get(owner) ?? 0) + 1)
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MAX_TYPES)
    .map(([node]) => node)
}

/** Tests that refer to a step; if there are none, tests that reach a root through its callers. */
function testsOf(graph: SymbolGraph, visited: ReadonlySet<number>, seeds: readonly number[]): Map<number, Set<number>> {
  const tests = new Map<number, Set<number>>()
  let level = [...visited]
  const seen = new Set(level)
  for (let up = 0; up <= MAX_TEST_LEVELS_UP && tests.size === 0 && seen.size < MAX_SEEN; up++) {
    for (const node of level)
      for (const target of [node, ...graph.namesakes(node, true)])
        for (const link of graph.in(target)) {
          if (!graph.rolesOf(link.node).test || link.kind === 'import' || !isCertain(link)) continue
          const steps = tests.get(link.node) ?? new Set()
          tests.set(link.node, steps.add(node))
        }
    level = callersOf(graph, up === 0 ? seeds : level).flatMap((link) =>
      isCertain(link) && !seen.has(link.node) ? [link.node] : [],
    )
    for (const node of level) seen.add(node)
  }
  return tests
}
