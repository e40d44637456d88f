/** What static analysis answers: rows read off the index, all of them, not ranked. */

import { findDefinitions } from '../graph/place.ts'
import { isDefinedElsewhere, referents, referrers } from '../graph/referring.ts'
import { isCertain, type Link, type SymbolGraph } from '../graph/symbol-graph.ts'
import type { Findings, Statement } from '../types/answer.ts'
import type { EdgeKind } from '../types/symbol.ts'
import { measureOf, rowTestFor } from './filters.ts'
import { type Analysis, KINDS, type Listing, type Relation } from './grammar.ts'
import { isTestSymbol, languagesWithUncountedTests, titledTests } from './test-symbols.ts'

/** Rows that a model reads. */
const MAX_ROWS_FOR_MODEL = 60
/** Rows that are listed; the count is of all. */
const MAX_ROWS_LISTED = 1000

/** null when a name it speaks of is not defined here, so that it is no question of this kind. */
export function analyse(graph: SymbolGraph, analysis: Analysis): Findings | null {
  return analysis.form === 'relation' ? relationFindings(graph, analysis) : listingFindings(graph, analysis)
}

/** The rows as a model reads them: it words them, and neither adds nor leaves out. */
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

function statement(graph: SymbolGraph, node: number, text: string): Statement {
  const { firstLine, lastLine } = graph.symbol(node) ?? {
    firstLine: 1,
    lastLine: Math.max(1, graph.record(node).lines),
  }
  return { text, path: graph.path(node), firstLine, lastLine, quote: [] }
}

function relationFindings(graph: SymbolGraph, { direction, kinds, name }: Relation): Findings | null {
  const nodes = findDefinitions(graph, name)
  if (nodes.length === 0) return null
  const defined = nodes
    .slice(0, 8)
    .map((node) => `${graph.symbol(node)!.kind}, ${graph.path(node)}:${graph.symbol(node)!.firstLine}`)
    .join('; ')
  const found = direction === 'in' ? referrers(graph, nodes, kinds) : referents(graph, nodes, kinds)
  if (direction === 'in' && isDefinedElsewhere(graph, nodes, kinds, found)) return null
  const sure = found.filter(isCertain)
  const unsure = found.length - sure.length
  const counted = [
    relationSentence(graph, direction, kinds, sure),
    ...(unsure ? [`${unsure} more may mean another symbol of the name`] : []),
    ...(found.length > MAX_ROWS_LISTED ? [`the first ${MAX_ROWS_LISTED} are listed`] : []),
  ]
  const summary = found.length
    ? `Read off the index, not ranked: ${counted.join('; ')}. ${name} is defined here: ${defined}.`
    : `Read off the index, not ranked: nothing in it stands so to ${name} (${defined}). What is called by a name made at run time cannot be seen.`
  const statements = found.slice(0, MAX_ROWS_LISTED).map((link) => {
    const at = statement(
      graph,
      link.node,
      `${(direction === 'in' ? VERB : VERB_OUT)[link.kind]} ${graph.symbol(link.node) ? graph.title(link.node) : 'the file itself'}${candidates(link)}`,
    )
    if (direction === 'out') return { ...at, end: at.firstLine }
    const line = link.line || at.firstLine
    return { ...at, firstLine: line, end: line }
  })
  return { summary, statements }
}

/** `3 functions and 1 file call it`. What is counted is who refers, however often each does. */
function relationSentence(
  graph: SymbolGraph,
  direction: Relation['direction'],
  kinds: readonly EdgeKind[],
  links: readonly Link[],
): string {
  const counts = new Map<string, number>()
  for (const { node } of links) {
    const noun = graph.isCallable(node)
      ? 'function'
      : graph.isType(node)
        ? 'type'
        : graph.symbol(node)
          ? 'symbol'
          : 'file'
    counts.set(noun, (counts.get(noun) ?? 0) + 1)
  }
  const nouns = NOUNS.filter((noun) => counts.has(noun)).map(
    (noun) => `${counts.get(noun)} ${noun}${counts.get(noun) === 1 ? '' : 's'}`,
  )
  const all =
    nouns.length > 1 ? `${nouns.slice(0, -1).join(', ')} and ${nouns.at(-1)}` : (nouns[0] ?? 'nothing for sure')
  const verb = kinds.length > 2 ? 'refer to' : PLAIN[kinds[0]!]
  if (direction === 'out') return `it ${THIRD[verb]} ${all}`
  if (links.length === 0) return `none is sure to ${verb} it`
  return `${all} ${links.length === 1 ? THIRD[verb] : verb} it`
}

const NOUNS = ['function', 'type', 'symbol', 'file'] as const
const PLAIN: Readonly<Record<EdgeKind, string>> = {
  ...{
    call: 'call',
    import: 'import',
    extends: 'extend',
    implements: 'implement',
    tests: 'test',
    reference: 'refer to',
  },
}
const THIRD: Readonly<Record<string, string>> = {
  ...{
    call: 'calls',
    import: 'imports',
    extend: 'extends',
    implement: 'implements',
    test: 'tests',
    'refer to': 'refers to',
  },
}

const candidates = (link: Link): string =>
  isCertain(link) ? '' : ` (one of ${Math.round(1 / link.weight)} candidates)`

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
  const all = subjectNodes(graph, subject)
  const sieves = filters.flatMap((filter) => rowTestFor(graph, filter, subject, all) ?? [])
  if (sieves.length < filters.length) return null
  const absent = sieves.flatMap((one) => one.missingPath ?? [])
  if (absent.length)
    return {
      summary: `Read off the index, not ranked: 0 ${PLURALS[subject]}. No indexed file is in ${absent.join(' or ')}.`,
      statements: [],
    }
  const inPlace = (file: number) => sieves.every((one, i) => filters[i]!.by !== 'place' || one.fits(file))
  const isTests = subject === 'test'
  const nodes = all.filter((node) => sieves.every((one) => one.fits(node)))
  const titles = isTests ? titledTests(graph).filter(({ file }) => inPlace(file)) : []
  // A title has neither name nor lines of its own in the index.
  if (titles.length && (order || filters.some(({ by }) => by !== 'place'))) return null
  const untold = isTests ? languagesWithUncountedTests(graph, inPlace) : []
  const total = nodes.length + titles.length
  if (untold.length && total === 0) return null
  const inTests = isTests ? 0 : nodes.filter((node) => graph.rolesOf(node).test).length
  const of = `${total} ${total === 1 ? subject : PLURALS[subject]}${inTests ? `, ${inTests} of them in tests` : ''}`
  const shown = order ? extremes(graph, nodes, order) : nodes
  const rows = [
    ...shown.map((node) => {
      const measure = order ? `: ${measureOf(graph, node, order.by)} ${order.by}` : ''
      return statement(graph, node, `${graph.symbol(node)?.kind ?? 'file'} ${graph.title(node)}${measure}`)
    }),
    ...titles.map(({ file, line }) => ({ ...statement(graph, file, 'test'), firstLine: line, lastLine: line })),
  ]
  const unsure = all.filter((node) => sieves.every((one) => one.mayFit(node))).length - nodes.length
  const more = [
    ...(unsure ? [`${unsure} more may belong to them, as a name has several definitions.`] : []),
    ...(titles.length ? [`${nodes.length ? `${titles.length} of them` : 'All'} are calls of it or test.`] : []),
    ...(untold.length
      ? [`Tests in ${untold.join(' and ')} are not counted: the index does not keep what marks them.`]
      : []),
    ...(filters.some((one) => one.by === 'lack' && one.of === 'use') ? [UNSEEN] : []),
    ...(rows.length > MAX_ROWS_LISTED
      ? [count ? 'They are too many to be listed.' : `The first ${MAX_ROWS_LISTED} are listed.`]
      : []),
  ]
  const summary = order
    ? `of ${of}, ${order.first > 1 ? `the ${shown.length}` : 'the one'} with the ${order.most ? 'most' : 'fewest'} ${order.by}.`
    : `${of}.`
  return {
    summary: ['Read off the index, not ranked:', summary, ...more].join(' '),
    statements: count && rows.length > MAX_ROWS_LISTED ? [] : rows.slice(0, MAX_ROWS_LISTED),
  }
}

const UNSEEN =
  'Left out are tests, local functions, special members and members of types that extend another; what is called by a name made at run time, or handed over as a value, may not be seen.'

function extremes(graph: SymbolGraph, nodes: readonly number[], { by, most, first }: NonNullable<Listing['order']>) {
  const measured = nodes.map((node) => ({ node, value: measureOf(graph, node, by) }))
  measured.sort((a, b) => (most ? b.value - a.value : a.value - b.value) || a.node - b.node)
  return measured.slice(0, first).map(({ node }) => node)
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
    symbols.forEach(({ kind }, i) => {
      if (kind === 'section' || kind === 'key' || (kinds && !kinds.includes(kind))) return
      const node = graph.node(file, i)
      if (graph.isImpl(node) && subject !== 'symbol') return
      if (subject === 'test' && !isTestSymbol(graph, node)) return
      nodes.push(node)
    })
  })
  return nodes
}
