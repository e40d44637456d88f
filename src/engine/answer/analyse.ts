/** What static analysis answers: rows read off the index, all of them, not ranked. */
import type { Findings, Statement } from '../model/answer.ts'
import type { EdgeKind } from '../model/symbol.ts'
import { wholeName } from '../model/terms.ts'
import { type Analysis, type Filter, KINDS, type Listing, type Measure, type Relation } from './grammar.ts'
import { isSure, type Link, type SymbolGraph } from './graph.ts'
import { definitionsOf } from './place.ts'

/** Counts of a term in a chunk: names, signature, comments, body. */
const FIELDS = 4
/** Rows that a model reads. */
const READ = 60
/** Rows that are listed; the count is of all. */
const LISTED = 1000

/** null when a name it speaks of is not defined here, so that it is no question of this kind. */
export function analyse(graph: SymbolGraph, analysis: Analysis): Findings | null {
  return analysis.form === 'relation' ? relationFindings(graph, analysis) : listingFindings(graph, analysis)
}

/** The rows as a model reads them: it words them, and neither adds nor leaves out. */
export function factsText(findings: Findings | null): string[] {
  if (!findings) return []
  const rows = findings.statements.slice(0, READ).map(({ text, path, start }) => `- ${text} (${path}:${start})`)
  const more = findings.statements.length - rows.length
  const rest = more > 0 ? [`… and ${more} more`] : []
  const head = 'Exact answer, read off the index. Word it, keep its numbers, add nothing to it:'
  return [[head, findings.summary, ...rows, ...rest].join('\n')]
}

function statement(graph: SymbolGraph, node: number, text: string): Statement {
  const { first, last } = graph.symbol(node) ?? { first: 1, last: Math.max(1, graph.record(node).lines) }
  return { text, path: graph.path(node), start: first, end: last, quote: [] }
}

function relationFindings(graph: SymbolGraph, { direction, kinds, name }: Relation): Findings | null {
  const nodes = definitionsOf(graph, name)
  if (nodes.length === 0) return null
  const defined = nodes
    .slice(0, 8)
    .map((node) => `${graph.symbol(node)!.kind}, ${graph.path(node)}:${graph.symbol(node)!.first}`)
    .join('; ')
  const found = direction === 'in' ? referring(graph, nodes, kinds) : referredTo(graph, nodes, kinds)
  const sure = found.filter(isSure).length
  const counted = [
    `${sure} ${sure === 1 ? 'place is' : 'places are'} sure`,
    ...(found.length > sure ? [`${found.length - sure} may mean another symbol of the name`] : []),
    ...(found.length > LISTED ? [`the first ${LISTED} are listed`] : []),
  ]
  const summary = found.length
    ? `Read off the index, not ranked: ${counted.join(', ')}. ${name} is defined here: ${defined}.`
    : `Read off the index, not ranked: nothing in it stands so to ${name} (${defined}). What is called by a name made at run time cannot be seen.`
  const statements = found.slice(0, LISTED).map((link) => {
    const at = statement(
      graph,
      link.node,
      `${(direction === 'in' ? VERB : VERB_OUT)[link.kind]} ${graph.symbol(link.node) ? graph.title(link.node) : 'the file itself'}${candidates(link)}`,
    )
    if (direction === 'out') return { ...at, end: at.start }
    const target = nodes.find((node) => graph.out(link.node).some((one) => one.node === node)) ?? nodes[0]!
    const line = graph.lineOf(link.node, target)
    return { ...at, start: line, end: line }
  })
  return { summary, statements }
}

const candidates = (link: Link): string => (isSure(link) ? '' : ` (one of ${Math.round(1 / link.weight)} candidates)`)

/** Each node once, the surest first. A reference to one of several definitions, all of which are asked about, is no guess. */
function referring(graph: SymbolGraph, nodes: readonly number[], kinds: readonly EdgeKind[]): Link[] {
  const byNode = new Map<number, Link>()
  for (const node of nodes)
    for (const link of graph.in(node)) {
      if (!kinds.includes(link.kind)) continue
      const held = byNode.get(link.node)
      byNode.set(link.node, { ...link, weight: Math.min(1, link.weight + (held?.weight ?? 0)) })
    }
  return [...byNode.values()].sort((a, b) => b.weight - a.weight || a.node - b.node)
}

function referredTo(graph: SymbolGraph, nodes: readonly number[], kinds: readonly EdgeKind[]): Link[] {
  const own = new Set(nodes.flatMap((node) => graph.whole(node)))
  const byNode = new Map<number, Link>()
  for (const node of own)
    for (const link of graph.out(node)) {
      const held = byNode.get(link.node)
      if (!kinds.includes(link.kind) || own.has(link.node) || (held && held.weight >= link.weight)) continue
      byNode.set(link.node, link)
    }
  return [...byNode.values()].sort((a, b) => b.weight - a.weight || a.node - b.node)
}

const VERB: Readonly<Record<EdgeKind, string>> = {
  ...{ call: 'called in', import: 'imported in', extends: 'extended by', implements: 'implemented by' },
  ...{ tests: 'tested in', reference: 'referred to in' },
}
const VERB_OUT: Readonly<Record<EdgeKind, string>> = {
  ...{
    call: 'calls',
    import: 'imports',
    extends: 'extends',
    implements: 'implements',
    tests: 'tests',
    reference: 'refers to',
  },
}

function listingFindings(graph: SymbolGraph, { subject, filters, count, order }: Listing): Findings | null {
  const tests: (((node: number) => boolean) | null)[] = filters.map((filter) => testOf(graph, filter))
  if (tests.includes(null)) return null
  let nodes = subjectNodes(graph, subject).filter((node) => tests.every((fits) => fits!(node)))
  const total = nodes.length
  const inTests = nodes.filter((node) => graph.role(node).test).length
  if (order) {
    const measured = nodes.map((node) => ({ node, value: measureOf(graph, node, order.by) }))
    measured.sort((a, b) => (order.most ? b.value - a.value : a.value - b.value) || a.node - b.node)
    nodes = measured.slice(0, order.first).map(({ node }) => node)
  }
  const noun = total === 1 ? subject : PLURALS[subject]
  const share = inTests && subject !== 'test' ? `, ${inTests} of them in tests` : ''
  const unseen = filters.some((one) => one.by === 'lack' && one.of === 'use')
    ? ' Left out are tests, local functions, special members and members of types that extend another; what is called by a name made at run time, or handed over as a value, may not be seen.'
    : ''
  const summary = order
    ? `Read off the index, not ranked: of ${total} ${noun}${share}, ${order.first > 1 ? `the ${nodes.length}` : 'the one'} with the ${order.most ? 'most' : 'fewest'} ${order.by}.`
    : `Read off the index, not ranked: ${total} ${noun}${share}.${unseen}${total > LISTED ? ` The first ${LISTED} are listed.` : ''}`
  const told = count && total > LISTED ? [] : nodes.slice(0, LISTED)
  const statements = told.map((node) => {
    const symbol = graph.symbol(node)
    const measure = order ? `: ${measureOf(graph, node, order.by)} ${order.by}` : ''
    return statement(graph, node, `${symbol?.kind ?? 'file'} ${graph.title(node)}${measure}`)
  })
  return { summary, statements }
}

const PLURALS: Readonly<Record<Listing['subject'], string>> = {
  ...{
    function: 'functions and methods',
    method: 'methods',
    class: 'classes',
    interface: 'interfaces',
    struct: 'structs',
  },
  ...{
    enum: 'enums',
    trait: 'traits',
    type: 'types',
    constant: 'constants',
    macro: 'macros',
    symbol: 'symbols',
    test: 'tests',
    file: 'files',
  },
}

function subjectNodes(graph: SymbolGraph, subject: Listing['subject']): number[] {
  if (subject === 'file') return graph.table.files.map((_, file) => graph.node(file, -1))
  const kinds = KINDS[subject]
  const nodes: number[] = []
  graph.table.records.forEach(({ symbols }, file) => {
    symbols.forEach(({ kind, name }, i) => {
      if (kind === 'section' || kind === 'key' || (kinds && !kinds.includes(kind))) return
      const node = graph.node(file, i)
      if (graph.isImpl(node) && subject !== 'symbol') return
      if (subject === 'test' && !(graph.role(node).test && /^(test|it|should|Test|spec)|(Test|Tests|Spec)$/.test(name)))
        return
      nodes.push(node)
    })
  })
  return nodes
}

/** null when the filter names what is not there. */
function testOf(graph: SymbolGraph, filter: Filter): ((node: number) => boolean) | null {
  switch (filter.by) {
    case 'place':
      return placeTest(graph, filter.name)
    case 'relation': {
      const targets = new Set(definitionsOf(graph, filter.name))
      if (targets.size === 0) return null
      const stands = (link: Link) => filter.kinds.includes(link.kind) && isSure(link)
      const links = (node: number) => (filter.direction === 'out' ? graph.out(node) : graph.in(node))
      const whole = filter.direction === 'in' ? new Set([...targets].flatMap((node) => graph.whole(node))) : targets
      // A type extends by itself, not by what stands in it.
      const heritage = filter.kinds.every((kind) => kind === 'extends' || kind === 'implements')
      const own = (node: number) =>
        heritage ? [node, ...graph.members(node).filter((one) => graph.isImpl(one))] : graph.whole(node)
      return (node) => own(node).some((one) => links(one).some((link) => stands(link) && whole.has(link.node)))
    }
    case 'lack':
      if (filter.of === 'documentation') return (node) => !graph.symbol(node)?.doc
      return filter.of === 'test' ? (node) => !used(graph, node, true) : unusedTest(graph)
    case 'documentation':
      return (node) => Boolean(graph.symbol(node)?.doc)
    case 'name': {
      const wanted = filter.text.toLowerCase()
      const how = { contains: 'includes', starts: 'startsWith', ends: 'endsWith' } as const
      return (node) => (graph.symbol(node)?.name ?? graph.path(node)).toLowerCase()[how[filter.how]](wanted)
    }
    case 'measure':
      return (node) => {
        const value = measureOf(graph, node, filter.measure)
        return filter.more ? value > filter.than : value < filter.than
      }
  }
}

/** Whether anything outside of it may refer to it; a guess counts, as what is called unused must be. */
function used(graph: SymbolGraph, node: number, byTests: boolean): boolean {
  const own = new Set(graph.whole(node))
  return [...own].some((one) =>
    graph
      .in(one)
      .some(({ node: from, kind }) => !own.has(from) && kind !== 'import' && (!byTests || graph.role(from).test)),
  )
}

/** Called by whoever runs the program, or by what is above it. */
const CALLED_BY_NAME =
  /^(?:__\w+__|constructor|initialize|init|new|main|activate|deactivate|setup|teardown|setUp|tearDown|toString|String|Error)$/

/**
 * Whether nothing can be seen that uses a symbol: no reference, and its name stands nowhere else. Left out is what is
 * called without being named: special and overriding members, local functions, tests.
 */
function unusedTest(graph: SymbolGraph): (node: number) => boolean {
  const named = chunksNaming(graph)
  return (node) => {
    const symbol = graph.symbol(node)
    if (!symbol || CALLED_BY_NAME.test(symbol.name) || graph.role(node).test) return false
    const owner = graph.symbol(graph.parent(node))
    if (owner && (owner.kind === 'function' || owner.kind === 'method')) return false
    // Whoever owns it may be called through a type that is not known here.
    if (owner && graph.hasBases(graph.parent(node))) return false
    if (used(graph, node, false) || graph.namesakes(node, true).length > 0) return false
    // A name of one word is a word: only its references count.
    const chunks = named.get(`=${wholeName(symbol.name)}`) ?? 0
    return chunks <= 1
  }
}

/** Composite names → the number of chunks in which they stand outside of comments. */
function chunksNaming(graph: SymbolGraph): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const { terms, chunks } of graph.table.records)
    for (const chunk of chunks)
      chunk.terms.forEach((term, i) => {
        const [names = 0, signature = 0, , body = 0] = chunk.counts.subarray(i * FIELDS, i * FIELDS + FIELDS)
        const name = terms[term]!
        if (name.startsWith('=') && names + signature + body > 0) found.set(name, (found.get(name) ?? 0) + 1)
      })
  return found
}

/** In a folder, a file or a symbol. */
function placeTest(graph: SymbolGraph, name: string): ((node: number) => boolean) | null {
  const wanted = name.replaceAll('\\', '/').replace(/^\.\//, '').replace(/\/+$/, '')
  const fits = (path: string) =>
    path === wanted || path.startsWith(`${wanted}/`) || path.endsWith(`/${wanted}`) || path.includes(`/${wanted}/`)
  const inside = new Set(graph.table.files.flatMap(({ path }, file) => (fits(path) ? [file] : [])))
  if (inside.size) return (node) => inside.has(graph.fileOf(node))
  const owners = definitionsOf(graph, name)
  if (owners.length === 0) return null
  const members = new Set(owners.flatMap((owner) => graph.whole(owner).slice(1)))
  return (node) => members.has(node)
}

function measureOf(graph: SymbolGraph, node: number, measure: Measure): number {
  const symbol = graph.symbol(node)
  if (measure === 'lines') return symbol ? symbol.last - symbol.first + 1 : graph.record(node).lines
  if (measure === 'members') return symbol ? graph.members(node).length : graph.whole(node).length - 1
  if (measure === 'parameters') return parametersOf(symbol?.signature ?? '')
  const links = measure === 'callers' ? graph.in(node) : graph.out(node)
  const calls = links.filter((link) => isSure(link) && (link.kind === 'call' || link.kind === 'tests'))
  return new Set(calls.map((link) => link.node)).size
}

/** Parameters of a signature: what commas part within its first brackets. */
function parametersOf(signature: string): number {
  const open = signature.indexOf('(')
  let depth = 0
  let parameters = 0
  let text = ''
  for (let i = open; i >= 0 && i < signature.length; i++) {
    const c = signature[i]!
    if ('([{<'.includes(c)) depth++
    else if (')]}>'.includes(c) && !(c === '>' && '=-'.includes(signature[i - 1] ?? ''))) depth--
    if (depth === 0 || (c === ',' && depth === 1)) {
      if (text.trim() && !/^(self|cls|this|&self|&mut self|mut self)$/.test(text.trim())) parameters++
      text = ''
      if (depth === 0) break
    } else if (!(c === '(' && depth === 1)) text += c
  }
  return parameters
}
