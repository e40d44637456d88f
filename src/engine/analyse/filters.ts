/** Turns the filters of a listing into predicates over its rows, and computes the measures that filters compare. */

import { findDefinitions } from '../graph/place.ts'
import { isDefinedElsewhere, isInheritance, referents, referrers } from '../graph/referring.ts'
import { isCertain, type SymbolGraph } from '../graph/symbol-graph.ts'
import type { Filter, Listing, Measure } from './grammar.ts'
import { isReferenced, isUnreferenced } from './unused.ts'

export interface RowTest {
  /** Whether a row passes for certain. */
  fits(node: number): boolean
  /** Whether a row passes, or may pass because a name in the filter is ambiguous. */
  mayFit(node: number): boolean
  /** The file or folder in which nothing is indexed. */
  readonly missingPath?: string
}

const rowTest = (fits: (node: number) => boolean, mayFit = fits): RowTest => ({ fits, mayFit })

/** null when the filter names something that does not exist. `nodes`: all rows of the subject. */
export function rowTestFor(
  graph: SymbolGraph,
  filter: Filter,
  subject: Listing['subject'],
  nodes: readonly number[],
): RowTest | null {
  switch (filter.by) {
    case 'place':
      return placeTest(graph, filter)
    case 'relation':
      return relationTest(graph, filter, subject, nodes)
    case 'lack':
      if (filter.of === 'documentation') return rowTest((node) => !graph.symbol(node)?.doc)
      return rowTest(
        filter.of === 'test' ? (node) => !isReferenced(graph, node, true) : (node) => isUnreferenced(graph, node),
      )
    case 'documentation':
      return rowTest((node) => Boolean(graph.symbol(node)?.doc))
    case 'name': {
      const text = filter.text.toLowerCase()
      const method = ({ contains: 'includes', starts: 'startsWith', ends: 'endsWith' } as const)[filter.how]
      return rowTest((node) => (graph.symbol(node)?.name ?? graph.path(node)).toLowerCase()[method](text))
    }
    case 'measure':
      return rowTest((node) => {
        const value = measureOf(graph, node, filter.measure)
        return filter.more ? value > filter.than : value < filter.than
      })
  }
}

function relationTest(
  graph: SymbolGraph,
  { direction, kinds, name }: Filter & { readonly by: 'relation' },
  subject: Listing['subject'],
  nodes: readonly number[],
): RowTest | null {
  const targets = findDefinitions(graph, name)
  if (targets.length === 0) return null
  const enclosing = enclosingRow(graph, subject, new Set(nodes), isInheritance(kinds))
  const links = (direction === 'out' ? referrers : referents)(graph, targets, kinds, enclosing)
  if (direction === 'out' && isDefinedElsewhere(graph, targets, kinds, links)) return null
  const certain = new Set(links.filter(isCertain).map(({ node }) => node))
  const possible = new Set(links.map(({ node }) => node))
  return rowTest(
    (node) => certain.has(node),
    (node) => possible.has(node),
  )
}

/**
 * Maps a node to the innermost row (`nodes`) that encloses it; undefined when there is none, or when the rows are
 * functions and another function lies in between.
 */
function enclosingRow(
  graph: SymbolGraph,
  subject: Listing['subject'],
  nodes: ReadonlySet<number>,
  ofInheritance: boolean,
): (node: number) => number | undefined {
  const stopsAtCallables = subject === 'function' || subject === 'method'
  return (node) => {
    if (subject === 'file') return graph.node(graph.fileOf(node), -1)
    if (ofInheritance) return graph.isImpl(node) && !nodes.has(node) ? graph.parent(node) : node
    for (let current = node; graph.symbol(current); current = graph.parent(current)) {
      if (nodes.has(current)) return current
      if (stopsAtCallables && graph.isCallable(current)) return undefined
    }
    return undefined
  }
}

/** Passes rows inside a folder, a file or a symbol. */
export function placeTest(
  graph: SymbolGraph,
  { name, path: mustBePath }: Filter & { readonly by: 'place' },
): RowTest | null {
  const place = name.replaceAll('\\', '/').replace(/^\.\//, '').replace(/\/+$/, '')
  const isIn = (path: string) =>
    path === place || path.startsWith(`${place}/`) || path.endsWith(`/${place}`) || path.includes(`/${place}/`)
  const inside = new Set(graph.table.files.flatMap(({ path }, file) => (isIn(path) ? [file] : [])))
  if (inside.size) return rowTest((node) => inside.has(graph.fileOf(node)))
  const owners = mustBePath ? [] : findDefinitions(graph, name)
  if (owners.length === 0)
    return mustBePath || isPath(graph, place) ? { ...rowTest(() => false), missingPath: place } : null
  const members = new Set(owners.flatMap((owner) => graph.whole(owner).slice(1)))
  return rowTest((node) => members.has(node))
}

/** Whether a name is written like a path: with a slash, or with an extension that occurs here. */
function isPath({ table }: SymbolGraph, name: string): boolean {
  const extension = /\.\w{1,6}$/.exec(name)?.[0]
  return name.includes('/') || (extension !== undefined && table.files.some(({ path }) => path.endsWith(extension)))
}

/** The value of a measure for a symbol or file; calls count only when they are certain, each caller or callee once. */
export function measureOf(graph: SymbolGraph, node: number, measure: Measure): number {
  const symbol = graph.symbol(node)
  if (measure === 'lines') return symbol ? symbol.lastLine - symbol.firstLine + 1 : graph.record(node).lines
  if (measure === 'members') return symbol ? graph.members(node).length : graph.whole(node).length - 1
  if (measure === 'parameters') return symbol?.parameters ?? 0
  const links = measure === 'callers' ? graph.in(node) : graph.out(node)
  const calls = links.filter((link) => isCertain(link) && (link.kind === 'call' || link.kind === 'tests'))
  return new Set(calls.map((link) => link.node)).size
}
