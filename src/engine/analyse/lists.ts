/** Listings: how many or which symbols of a kind pass the filters. */
import type { SymbolGraph } from '../graph/symbol-graph.ts'
import type { Findings } from '../types/answer.ts'
import { measureOf, rowTestFor } from './filters.ts'
import { KINDS, type Listing } from './grammar.ts'
import { MAX_ROWS_LISTED, rowAt } from './rows.ts'
import { isTestSymbol, languagesWithUncountedTests, titledTests } from './test-symbols.ts'

/** null when the listing cannot be answered exactly. */
export function listingFindings(graph: SymbolGraph, { subject, filters, count, order }: Listing): Findings | null {
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
  // A heading has neither a name nor lines of its own in the index.
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
      return rowAt(graph, node, `${graph.symbol(node)?.kind ?? 'file'} ${graph.title(node)}${measure}`)
    }),
    ...titles.map(({ file, line }) => ({ ...rowAt(graph, file, 'test'), firstLine: line, lastLine: line })),
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
