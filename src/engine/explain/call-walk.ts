/** From what is explained outwards: who calls it from where the program comes in, and what it calls, step by step. Bounded. */

import { isCertain, type Link, type SymbolGraph } from '../graph/symbol-graph.ts'
import type { Focus } from './focus.ts'

export interface Step {
  readonly node: number
  /** Step it is called from; -1 for what is explained itself. */
  readonly from: number
  readonly depth: number
  /** Line of the call, 0 for what is explained itself. */
  readonly line: number
  /** Symbols that may be meant besides, when the name alone does not say. */
  readonly others: readonly number[]
  readonly how: 'calls' | 'may call' | 'is implemented by'
  /** Was met before: what it calls is not said again. */
  readonly again: boolean
}

/** What was not followed, and why. */
export interface Cut {
  readonly node: number
  readonly line: number
  readonly reason: string
}

export interface CallWalk {
  readonly focus: Focus
  /** What is explained and what it calls, in the order in which a reader meets it. */
  readonly steps: readonly Step[]
  /** Paths of calls that lead to it, the entry point first; what is explained last. */
  readonly entries: readonly (readonly number[])[]
  /** Direct callers outside of tests, the surest first. */
  readonly callers: readonly Link[]
  /** What implements, extends or overrides it. */
  readonly kin: readonly number[]
  /** Types that the steps refer to, the most referred to first. */
  readonly types: readonly number[]
  /** Tests that refer to a step → the steps. */
  readonly tests: ReadonlyMap<number, ReadonlySet<number>>
  readonly cuts: readonly Cut[]
}

const MAX_STEPS = 36
const MAX_DEPTH = 3
/** Whoever calls a symbol of so many callers means a tool, which explains nothing. */
const HUB_REFERENCES = 40
/** A call that is less likely than this is not a step. */
const MIN_CALL_WEIGHT = 0.4
const MAX_IMPLEMENTERS = 4
const MAX_DECLARATION_LINES = 6
const MAX_LEVELS_UP = 7
const MAX_SEEN = 600
const MAX_ENTRIES = 3
const MAX_TYPES = 12
/** Levels of callers in which tests are looked for. */
const MAX_TEST_LEVELS_UP = 4

export function walkFrom(graph: SymbolGraph, focus: Focus): CallWalk {
  const { steps, cuts } = stepsFrom(graph, focus)
  const followed = new Set(steps.flatMap(({ node }) => graph.whole(node)))
  return {
    focus,
    steps,
    cuts,
    entries: focus.trace ? [] : entriesOf(graph, focus.seeds),
    callers: callersOf(graph, focus.seeds),
    kin: kinOf(graph, focus.seeds),
    types: typesOf(graph, steps),
    tests: testsOf(graph, followed, focus.seeds),
  }
}

/** A call on the way, with its candidates. */
interface Call {
  readonly node: number
  readonly line: number
  readonly others: readonly number[]
  readonly how: Step['how']
}

/** A step with those it leads to. */
interface Branch {
  readonly call: Call
  readonly depth: number
  readonly again: boolean
  readonly branches: Branch[]
}

/** A call that may become a step. */
interface Pending {
  readonly call: Call
  readonly into: Branch[]
  readonly depth: number
  readonly worth: number
}

/** What says most first, the near before the deep; told in the order in which it runs. */
function stepsFrom(graph: SymbolGraph, { seeds, trace }: Focus): { steps: Step[]; cuts: Cut[] } {
  const cuts: Cut[] = []
  const met = new Set(seeds)
  const roots = seeds.map(
    (node): Branch => ({ call: { node, line: 0, others: [], how: 'calls' }, depth: 0, again: false, branches: [] }),
  )
  let queue: Pending[] = []
  let steps = roots.length
  const open = ({ call, depth, again, branches }: Branch) => {
    if (again || call.others.length) return
    const calls = callsOf(graph, call.node, depth)
    const hub = depth > 0 && graph.referenceCount(call.node) > HUB_REFERENCES
    if (depth >= MAX_DEPTH || hub || (trace && depth > 0)) {
      if (calls.length)
        cuts.push({ ...call, reason: hub ? 'called from everywhere' : `more than ${MAX_DEPTH} calls deep` })
      return
    }
    for (const one of calls)
      queue.push({ call: one, into: branches, depth: depth + 1, worth: worthOf(graph, one, call.node, depth + 1) })
  }
  for (const root of roots) open(root)
  while (queue.length) {
    const best = queue.reduce((a, b) => (b.worth > a.worth ? b : a))
    queue = queue.filter((one) => one !== best)
    const { call, into, depth } = best
    const again = met.has(call.node)
    // What is told elsewhere and leads nowhere adds nothing.
    if (again && depth > 1 && callsOf(graph, call.node, depth).length === 0) continue
    if (steps >= MAX_STEPS) {
      cuts.push({ node: call.node, line: call.line, reason: 'the explanation is long enough' })
      continue
    }
    steps++
    met.add(call.node)
    const branch: Branch = { call, depth, again, branches: [] }
    into.push(branch)
    into.sort((a, b) => a.call.line - b.call.line)
    open(branch)
  }
  const ordered: Step[] = []
  const tell = ({ call, depth, again, branches }: Branch, from: number) => {
    const index = ordered.length
    ordered.push({ ...call, from, depth, again })
    for (const branch of branches) tell(branch, index)
  }
  for (const root of roots) tell(root, -1)
  return { steps: ordered, cuts }
}

const CONSTRUCTORS = new Set(['__init__', '__new__', 'constructor', 'initialize', 'init', 'new'])

/** What a symbol calls, in the order of its lines; of a type, what its members call, or its constructor where it is called. */
function callsOf(graph: SymbolGraph, node: number, depth: number): Call[] {
  const name = graph.symbol(node)?.name ?? ''
  const isBuilt = (member: number) =>
    CONSTRUCTORS.has(graph.symbol(member)!.name) || graph.symbol(member)!.name === name
  const called = depth > 0 && graph.isType(node) ? graph.members(node).filter(isBuilt) : [node]
  const own = new Set(called.flatMap((one) => graph.whole(one)))
  const found = new Map<number, Call>()
  for (const from of own) {
    const calls = graph
      .out(from)
      .filter(({ kind, node: to }) => kind !== 'import' && isStep(graph, kind, to) && !own.has(to))
    // Candidates of one call stand beside each other.
    const bySite = Map.groupBy(calls, ({ node: to, line }) => `${graph.symbol(to)!.name} ${line}`)
    for (const links of bySite.values()) {
      // Names that lists and maps have, too, are called on those as a rule.
      if (links.reduce((sum, { weight }) => sum + weight, 0) < MIN_CALL_WEIGHT) continue
      const first = longestOf(graph, links)
      const others = isCertain(first) ? [] : links.filter((link) => link !== first).map((link) => link.node)
      const how = isCertain(first) ? 'calls' : 'may call'
      if (!found.has(first.node)) found.set(first.node, { node: first.node, line: first.line, others, how })
    }
  }
  if (found.size === 0 && isDeclared(graph, node))
    for (const heir of graph
      .namesakes(node, false)
      .filter((one) => !graph.rolesOf(one).test)
      .slice(0, MAX_IMPLEMENTERS))
      found.set(heir, { node: heir, line: 0, others: [], how: 'is implemented by' })
  return [...found.values()].sort((a, b) => a.line - b.line)
}

/** Of overloads the one that does the work; of candidates the likeliest. */
function longestOf(graph: SymbolGraph, links: readonly Link[]): Link {
  const length = ({ node }: Link) => graph.symbol(node)!.lastLine - graph.symbol(node)!.firstLine
  return [...links].sort((a, b) => b.weight - a.weight || length(b) - length(a))[0]!
}

/** A member without a body of its own: of an interface, or abstract. */
function isDeclared(graph: SymbolGraph, node: number): boolean {
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

/** What a step says: to another file, long, documented, calling on; less what many call, what is deep, what is a guess. */
function worthOf(graph: SymbolGraph, { node, how }: Call, from: number, depth: number): number {
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

/** Callers of a symbol or of what stands in it, tests and itself left out. */
function callersOf(graph: SymbolGraph, nodes: readonly number[]): Link[] {
  const own = new Set(nodes.flatMap((node) => graph.whole(node)))
  const best = new Map<number, Link>()
  // Where a member above it is called, it may be what runs.
  const called = new Set([...own].flatMap((node) => [...graph.overloads(node), ...graph.namesakes(node, true)]))
  for (const node of called)
    for (const link of graph.in(node)) {
      if (link.kind === 'import' || link.kind === 'extends' || link.kind === 'implements') continue
      if (own.has(link.node) || graph.rolesOf(link.node).test || graph.rolesOf(link.node).document) continue
      const held = best.get(link.node)
      if (!held || link.weight > held.weight) best.set(link.node, link)
    }
  return [...best.values()].sort((a, b) => b.weight - a.weight || a.node - b.node)
}

/** Shortest paths upwards over sure calls to symbols that nothing calls. */
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
      // Only what nobody calls is an entry; what is called in a circle is none.
      if (calls.length === 0 && depth > 0) ends.push(node)
      for (const { node: caller } of up) {
        if (via.has(caller)) continue
        via.set(caller, node)
        next.push(caller)
      }
    }
    // Of ways of one length the one that nothing has gone wrong on.
    level = next.sort((a, b) => Number(isErrorPath(graph, a)) - Number(isErrorPath(graph, b)))
  }
  const worth = (node: number) => {
    const { example, generated } = graph.rolesOf(node)
    const main = /^(main|run|start|serve|handle|activate|cli|app)/i.test(graph.symbol(node)?.name ?? '')
    return (
      (main ? 2 : 0) +
      (/(^|\/)(main|cli|cmd|bin|app|server|index)\b/.test(graph.path(node)) ? 1 : 0) -
      (example || generated ? 3 : 0)
    )
  }
  return ends
    .map((node, i) => ({ node, worth: worth(node) - i / ends.length }))
    .sort((a, b) => b.worth - a.worth)
    .slice(0, MAX_ENTRIES)
    .map(({ node }) => {
      const path = [node]
      for (let at = via.get(node)!; at >= 0; at = via.get(at)!) path.push(at)
      return path
    })
}

const isErrorPath = (graph: SymbolGraph, node: number): boolean =>
  /error|exception|fail|panic|abort|fallback|debug/i.test(graph.symbol(node)?.name ?? '')

/** Subclasses and implementers, and members of theirs that go by the name of one that is explained. */
function kinOf(graph: SymbolGraph, seeds: readonly number[]): number[] {
  return [...new Set(seeds.flatMap((seed) => [...graph.relatedTypes(seed, false), ...graph.namesakes(seed, false)]))]
}

function typesOf(graph: SymbolGraph, steps: readonly Step[]): number[] {
  const counts = new Map<number, number>()
  for (const { node, again } of steps) {
    if (again) continue
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

/** Tests that refer to a step; where none does, those that come to what is explained through its callers. */
function testsOf(
  graph: SymbolGraph,
  followed: ReadonlySet<number>,
  seeds: readonly number[],
): Map<number, Set<number>> {
  const tests = new Map<number, Set<number>>()
  let level = [...followed]
  const seen = new Set(level)
  for (let up = 0; up <= MAX_TEST_LEVELS_UP && tests.size === 0 && seen.size < MAX_SEEN; up++) {
    for (const node of level)
      for (const target of [node, ...graph.namesakes(node, true)])
        for (const link of graph.in(target)) {
          if (!graph.rolesOf(link.node).test || link.kind === 'import' || !isCertain(link)) continue
          const held = tests.get(link.node) ?? new Set()
          tests.set(link.node, held.add(node))
        }
    level = callersOf(graph, up === 0 ? seeds : level).flatMap((link) =>
      isCertain(link) && !seen.has(link.node) ? [link.node] : [],
    )
    for (const node of level) seen.add(node)
  }
  return tests
}
