/** Answers listings: how many or which symbols of a kind pass the filters, or which rank first by a measure. */

import { mentionsOf } from '../graph/mentions.ts'
import { findDefinitions } from '../graph/place.ts'
import type { SymbolGraph } from '../graph/symbol-graph.ts'
import type { Findings, Statement } from '../types/answer.ts'
import type { AnalysisSources } from './analyse.ts'
import { measureOf, rowTestFor } from './filters.ts'
import type { Filter, Listing } from './grammar.ts'
import { KINDS } from './listing-grammar.ts'
import { mentionClauses } from './relations.ts'
import { MAX_ROWS_LISTED, rowAt } from './rows.ts'
import { isTestSymbol, languagesWithUncountedTests, titledTests } from './test-symbols.ts'
import { unparsedNote } from './unparsed.ts'
import { testIndications, type UseIndication, useIndications } from './unused.ts'

/** null when the listing cannot be answered exactly. */
export async function listingFindings(
  { graph, read }: AnalysisSources,
  { subject, filters, count, order }: Listing,
): Promise<Findings | null> {
  const all = subjectNodes(graph, subject)
  const rowTests = filters.flatMap((filter) => rowTestFor(graph, filter, subject, all) ?? [])
  if (rowTests.length < filters.length) return null
  const missingPaths = rowTests.flatMap((rowTest) => rowTest.missingPath ?? [])
  if (missingPaths.length) {
    const paths = missingPaths.join(' or ')
    return {
      summary: `Read off the index, not ranked: 0 ${PLURALS[subject]}. No indexed file is in ${paths}.`,
      statements: [],
    }
  }
  const isInPlace = (file: number) => rowTests.every((rowTest, i) => filters[i]!.by !== 'place' || rowTest.fits(file))
  const asksForTests = subject === 'test'
  const fitting = all.filter((node) => rowTests.every((rowTest) => rowTest.fits(node)))
  const lacks = (of: 'use' | 'test') => filters.some((filter) => filter.by === 'lack' && filter.of === of)
  const indications = lacks('use')
    ? await useIndications(graph, read, fitting)
    : lacks('test') && subject !== 'file'
      ? testIndications(graph, fitting)
      : null
  const nodes = indications ? fitting.filter((node) => !indications.get(node)) : fitting
  const titles = asksForTests ? titledTests(graph).filter(({ file }) => isInPlace(file)) : []
  // A titled test has neither a name nor a range of lines in the index.
  if (titles.length && (order || filters.some(({ by }) => by !== 'place'))) return null
  const uncountedLanguages = asksForTests ? languagesWithUncountedTests(graph, isInPlace) : []
  const total = nodes.length + titles.length
  if (uncountedLanguages.length && total === 0) return null
  const unresolved = await unresolvedNames({ graph, read }, filters, isInPlace)
  const unparsed = subject === 'file' ? null : unparsedNote(graph, isInPlace)
  const inTests = asksForTests ? 0 : nodes.filter((node) => graph.rolesOf(node).test).length
  const amount = total === 0 && unparsed ? 'no' : `${total}`
  const totals = `${amount} ${total === 1 ? subject : PLURALS[subject]}${total === 0 && unparsed ? ' in the files that are parsed' : ''}${inTests ? `, ${inTests} of them in tests` : ''}`
  const shown = order ? extremes(graph, nodes, order) : nodes
  const rows = [
    ...shown.map((node) => {
      const measure = order ? `: ${measureOf(graph, node, order.by)} ${order.by}` : ''
      return rowAt(graph, node, `${graph.symbol(node)?.kind ?? 'file'} ${graph.title(node)}${measure}`)
    }),
    ...titles.map(({ file, line }) => ({ ...rowAt(graph, file, 'test'), firstLine: line, lastLine: line })),
    ...(indications && !order ? indicatedRows(graph, indications) : []),
  ]
  const uncertain = all.filter((node) => rowTests.every((rowTest) => rowTest.mayFit(node))).length - fitting.length
  const caveats = [
    ...(uncertain ? [`${uncertain} more may belong to them, as a name has several definitions.`] : []),
    ...(titles.length ? [`${nodes.length ? `${titles.length} of them` : 'All'} are calls of it or test.`] : []),
    ...(uncountedLanguages.length
      ? [`Tests in ${uncountedLanguages.join(' and ')} are not counted: the index does not keep what marks them.`]
      : []),
    ...unresolved,
    ...(unparsed ? [unparsed] : []),
    ...(indications ? indicationSentence(indications) : []),
    ...(lacks('use') ? [UNUSED_CAVEAT] : []),
    ...(rows.length > MAX_ROWS_LISTED
      ? [count ? 'They are too many to be listed.' : `The first ${MAX_ROWS_LISTED} are listed.`]
      : []),
  ]
  const summary = order ? extremesSentence(totals, shown.length, order) : `${totals}.`
  return {
    summary: ['Read off the index, not ranked:', summary, ...caveats].join(' '),
    statements: count && rows.length > MAX_ROWS_LISTED ? [] : rows.slice(0, MAX_ROWS_LISTED),
  }
}

/** For each filter by what a row refers to: the lines that name it and may be further references. */
async function unresolvedNames(
  { graph, read }: AnalysisSources,
  filters: readonly Filter[],
  isInPlace: (file: number) => boolean,
): Promise<string[]> {
  const sentences: string[] = []
  for (const filter of filters) {
    if (filter.by !== 'relation' || filter.direction !== 'out') continue
    const { inCode, unread } = await mentionsOf(graph, read, findDefinitions(graph, filter.name))
    const here = inCode.filter(({ node }) => isInPlace(graph.node(graph.fileOf(node), -1)))
    const clauses = mentionClauses(graph, { inCode: here, inProse: 0, unread }, false)
    if (clauses.length) sentences.push(`${filter.name}: ${clauses.join('; ')}.`)
  }
  return sentences
}

const UNUSED_CAVEAT = [
  'Left out are tests, local functions, special members and members of types that extend another;',
  'calls through names built at run time are not detected.',
].join(' ')

/** Symbols without a resolved reference that may be used all the same, each with the reason. */
function indicatedRows(graph: SymbolGraph, indications: ReadonlyMap<number, UseIndication>): Statement[] {
  return [...indications].flatMap(([node, indication]) =>
    indication ? [rowAt(graph, node, `${graph.symbol(node)!.kind} ${graph.title(node)}: ${indication}`)] : [],
  )
}

function indicationSentence(indications: ReadonlyMap<number, UseIndication>): string[] {
  const counts = new Map<string, number>()
  for (const indication of indications.values())
    if (indication) counts.set(indication, (counts.get(indication) ?? 0) + 1)
  const total = [...counts.values()].reduce((sum, n) => sum + n, 0)
  const parts = [...counts].map(([indication, n]) => `${n} ${INDICATED[indication as NonNullable<UseIndication>]}`)
  return total ? [`${total} more have no resolved reference but may have one: ${parts.join(', ')} (listed last).`] : []
}

const INDICATED: Readonly<Record<NonNullable<UseIndication>, string>> = {
  exported: 'exported',
  annotated: 'annotated',
  'its name occurs elsewhere': 'whose name occurs elsewhere in the code',
  'its name occurs in tests': 'whose name occurs in tests',
}

function extremesSentence(totals: string, shown: number, { by, most, first }: NonNullable<Listing['order']>): string {
  return `of ${totals}, ${first > 1 ? `the ${shown}` : 'the one'} with the ${most ? 'most' : 'fewest'} ${by}.`
}

/** The first nodes by a measure; ties are broken by node. */
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

/** All nodes of the kind a listing is about, before its filters. */
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
