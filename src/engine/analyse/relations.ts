/** Answers questions about one relation: who refers to a symbol, or what it refers to. */
import { type Mentions, mentionsOf } from '../graph/mentions.ts'
import { findDefinitions } from '../graph/place.ts'
import { isDefinedElsewhere, referents, referrers } from '../graph/referring.ts'
import { isCertain, type Link, type SymbolGraph } from '../graph/symbol-graph.ts'
import type { Findings, Statement } from '../types/answer.ts'
import type { EdgeKind } from '../types/symbol.ts'
import type { AnalysisSources } from './analyse.ts'
import { placeTest } from './filters.ts'
import type { Relation } from './grammar.ts'
import { MAX_ROWS_LISTED, rowAt } from './rows.ts'

/** Unresolved lines listed after the references. */
const MAX_MENTIONS_LISTED = 200
/** Below this weight a reference is shared among candidates (see `ingest/link/resolve.ts`). */
const SEVERAL_WEIGHT = 0.5
const RUN_TIME_CAVEAT = 'Calls through names built at run time are not detected.'

/** null when the name is not defined in the index, so that the question has no exact answer. */
export async function relationFindings(
  { graph, read }: AnalysisSources,
  { direction, kinds, name, place }: Relation,
): Promise<Findings | null> {
  const nodes = findDefinitions(graph, name)
  if (nodes.length === 0) return null
  const defined = nodes
    .slice(0, 8)
    .map((node) => `${graph.symbol(node)!.kind}, ${graph.path(node)}:${graph.symbol(node)!.firstLine}`)
    .join('; ')
  const inPlace = place === undefined ? null : placeTest(graph, { by: 'place', name: place })
  if (place !== undefined && (!inPlace || inPlace.missingPath)) return null
  const isInPlace = (node: number) => !inPlace || inPlace.fits(node)
  const related = direction === 'in' ? referrers(graph, nodes, kinds) : referents(graph, nodes, kinds)
  const found = related.filter(({ node }) => isInPlace(node))
  if (direction === 'in' && isDefinedElsewhere(graph, nodes, kinds, found)) return null
  const everywhere = direction === 'in' ? await mentionsOf(graph, read, nodes) : NO_MENTIONS
  const mentions = { ...everywhere, inCode: everywhere.inCode.filter(({ node }) => isInPlace(node)) }
  const certain = found.filter(isCertain)
  const uncertain = found.length - certain.length
  const listed = found.slice(0, MAX_ROWS_LISTED)
  const counts = [
    relationSentence(graph, direction, kinds, certain),
    ...(uncertain ? [`${uncertain} more may: scope, import and type do not say so`] : []),
    ...(found.length > listed.length ? [`the first ${listed.length} are listed`] : []),
    ...mentionClauses(graph, mentions),
  ]
  const summary = found.length
    ? `Read off the index, not ranked: ${counts.join('; ')}. ${name} is defined here: ${defined}.`
    : absenceSummary(graph, { direction, kinds, name, defined, mentions })
  const rows = listed.map((link) => {
    const how = (direction === 'in' ? INCOMING_VERB : OUTGOING_VERB)[link.kind]
    const row = rowAt(graph, link.node, `${placeOf(graph, link.node, how)}${candidatesNote(link)}`)
    if (direction === 'out') return { ...row, lastLine: row.firstLine }
    const line = link.line || row.firstLine
    return { ...row, firstLine: line, lastLine: line }
  })
  return { summary, statements: [...rows, ...mentionRows(graph, mentions)] }
}

/** `called in run`, `called at the top level of the file`, `calls run`. */
function placeOf(graph: SymbolGraph, node: number, verb: string): string {
  if (graph.symbol(node)) return `${verb} ${graph.title(node)}`
  return verb.endsWith(' in') ? verb.replace(/ in$/, ' at the top level of the file') : `${verb} the file`
}

const NO_MENTIONS: Mentions = { inCode: [], inProse: 0, unread: 0 }

/** What is said when no reference was resolved: an absence only if the text does not contain the name either. */
function absenceSummary(
  graph: SymbolGraph,
  asked: Pick<Relation, 'direction' | 'kinds' | 'name'> & { readonly defined: string; readonly mentions: Mentions },
): string {
  const { direction, kinds, name, defined, mentions } = asked
  const verb = THIRD_PERSON[verbOf(kinds)]!
  const nothing = direction === 'in' ? `nothing in it ${verb} ${name}` : `${name} ${verb} nothing in it`
  const clauses = mentionClauses(graph, mentions)
  if (mentions.inCode.length === 0 && mentions.unread === 0) {
    const searched =
      direction === 'in' ? `the name occurs in no other code of its ${count(graph.table.files.length, 'file')}` : ''
    const rest = [searched, ...clauses].filter(Boolean).map((clause) => `; ${clause}`)
    return `Read off the index, not ranked: ${nothing} (${defined})${rest.join('')}. ${RUN_TIME_CAVEAT}`
  }
  return `No reference was resolved that ${verb} ${name} (${defined}), but ${clauses.join('; ')}.`
}

/** What the text search found beside the resolved references. */
export function mentionClauses(graph: SymbolGraph, { inCode, inProse, unread }: Mentions, areListed = true): string[] {
  const files = new Set(inCode.map(({ node }) => graph.fileOf(node))).size
  const listed = inCode.length > MAX_MENTIONS_LISTED ? `the first ${MAX_MENTIONS_LISTED} are listed` : 'listed last'
  return [
    ...(inCode.length
      ? [
          `${count(inCode.length, 'line')} of code in ${count(files, 'file')} ${inCode.length === 1 ? 'contains' : 'contain'} the name without being resolved${areListed ? ` (${listed})` : ''}`,
        ]
      : []),
    ...(inProse ? [`${count(inProse, 'line')} of comments or documents name it`] : []),
    ...(unread ? [`${count(unread, 'file')} that may contain it could not be read`] : []),
  ]
}

const mentionRows = (graph: SymbolGraph, { inCode }: Mentions): Statement[] =>
  inCode.slice(0, MAX_MENTIONS_LISTED).map(({ node, line }) => ({
    ...rowAt(graph, node, `${placeOf(graph, node, 'the name occurs in')} (a candidate, not resolved)`),
    firstLine: line,
    lastLine: line,
  }))

const count = (n: number, noun: string): string => `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`

/** `3 functions and 1 file call it`: counts distinct symbols and files, however often each refers. */
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
  const list =
    nouns.length > 1 ? `${nouns.slice(0, -1).join(', ')} and ${nouns.at(-1)}` : (nouns[0] ?? 'nothing with certainty')
  const verb = verbOf(kinds)
  if (direction === 'out') return `it ${THIRD_PERSON[verb]} ${list}`
  if (links.length === 0) return `none certainly ${THIRD_PERSON[verb]} it`
  return `${list} ${links.length === 1 ? THIRD_PERSON[verb] : verb} it`
}

/** The plural verb of a relation: one kind, or any. */
const verbOf = (kinds: readonly EdgeKind[]): string => (kinds.length > 2 ? 'refer to' : PLURAL_VERB[kinds[0]!])

const NOUNS = ['function', 'type', 'symbol', 'file'] as const
/** Edge kind → plural verb. */
const PLURAL_VERB: Readonly<Record<EdgeKind, string>> = {
  ...{
    call: 'call',
    import: 'import',
    extends: 'extend',
    implements: 'implement',
    tests: 'test',
    reference: 'refer to',
  },
}
/** Plural verb → third person singular. */
const THIRD_PERSON: Readonly<Record<string, string>> = {
  ...{
    call: 'calls',
    import: 'imports',
    extend: 'extends',
    implement: 'implements',
    test: 'tests',
    'refer to': 'refers to',
  },
}

/** Says that a reference is uncertain, and whether others of the name are as likely. */
const candidatesNote = (link: Link): string =>
  isCertain(link) ? '' : link.weight < SEVERAL_WEIGHT ? ' (one of several candidates)' : ' (a candidate)'

const INCOMING_VERB: Readonly<Record<EdgeKind, string>> = {
  ...{ call: 'called in', import: 'imported in', extends: 'extended by', implements: 'implemented by' },
  ...{ tests: 'tested in', reference: 'referred to in' },
}
const OUTGOING_VERB: Readonly<Record<EdgeKind, string>> = {
  ...{
    call: 'calls',
    import: 'imports',
    extends: 'extends',
    implements: 'implements',
    tests: 'tests',
    reference: 'refers to',
  },
}
