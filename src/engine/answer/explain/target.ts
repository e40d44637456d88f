/** What is to be explained → the symbols it means. */
import type { Target } from '../../model/explanation.ts'
import type { Hit } from '../../model/pack.ts'
import { EngineError } from '../../model/run.ts'
import { termsOf } from '../../model/terms.ts'
import { isSure, type SymbolGraph } from '../graph.ts'
import { definitionsOf } from '../place.ts'

/** What an explanation begins with. */
export interface Focus {
  readonly title: string
  /** Nodes, the most telling first. */
  readonly seeds: readonly number[]
  /** Top-level symbols that were meant too and are not followed. */
  readonly aside: readonly number[]
  /** How it was understood, when that was a choice; '' else. */
  readonly note: string
  /** The frames of a trace are a path already: what is called beside it is not followed. */
  readonly trace: boolean
}

/** Symbols that a file, a folder or a question begins with. */
const SEEDS = 6
const FRAMES = 12
const PLACE = /^(.+?):(\d+)(?:[-:](\d+))?$/
/** Frames as Python, JavaScript, Go, Java, Ruby, Rust and compilers write them. */
const FRAME =
  /File "([^"]+)", line (\d+)|((?:[A-Za-z]:)?[\w@.$ -]*(?:[/\\][\w@.$ -]+)*\.\w{1,6}):(\d+)|\(([\w$]+\.\w{1,6}):(\d+)\)/g

/** `search` ranks places for words that name none. Throws when nothing is meant by it. */
export async function findFocus(
  graph: SymbolGraph,
  target: Target,
  search: (text: string) => Promise<readonly Hit[]>,
): Promise<Focus> {
  const text = target.text.trim()
  if (target.place) return placeFocus(graph, target.place, text)
  const trace = traceFocus(graph, text)
  if (trace) return trace
  const [, path, start, end] = PLACE.exec(text) ?? []
  if (path && known(graph, path))
    return placeFocus(graph, { path, start: Number(start), end: Number(end ?? start) }, '')
  if (known(graph, text)) return placeFocus(graph, { path: text, start: 0, end: 0 }, '')
  return nameFocus(graph, text) ?? searchFocus(graph, text, await search(text))
}

const clean = (path: string): string => path.replaceAll('\\', '/').replace(/^\.\//, '').replace(/\/+$/, '')

/** Whether there is such a file or folder; `.` is the whole tree. */
function known({ table }: SymbolGraph, path: string): boolean {
  const wanted = clean(path)
  return wanted === '.' || table.files.some((file) => file.path === wanted || file.path.startsWith(`${wanted}/`))
}

function placeFocus(graph: SymbolGraph, { path, start, end }: NonNullable<Target['place']>, text: string): Focus {
  const wanted = clean(path)
  const { files, records } = graph.table
  const file = files.findIndex((one) => one.path === wanted)
  if (file < 0) return folderFocus(graph, wanted)
  const title = text || (start ? `${wanted}:${start}${end > start ? `-${end}` : ''}` : wanted)
  const top = graph.members(graph.node(file, -1)).filter((node) => graph.isCalled(node) || graph.isType(node))
  if (start === 0) return chosen(graph, title, top.length ? top : [graph.node(file, -1)])
  const { symbols } = records[file]!
  const holding = symbols.flatMap(({ first, last, kind }, i) =>
    first <= start && last >= end && !['variable', 'constant', 'key'].includes(kind) ? [i] : [],
  )
  // The innermost that holds all of the lines, else whatever begins within them.
  const inner = holding.at(-1)
  const within = symbols.flatMap(({ docFirst, last, parent }, i) =>
    docFirst <= end && last >= start && (parent < 0 || !overlaps(symbols[parent]!, start, end)) ? [i] : [],
  )
  const seeds = (inner === undefined ? within : [inner]).map((i) => graph.node(file, i))
  if (seeds.length) return { ...chosen(graph, title, seeds), title: text || titleOf(graph, seeds, title) }
  return chosen(graph, title, [graph.node(file, -1)])
}

const overlaps = ({ first, last }: { first: number; last: number }, start: number, end: number): boolean =>
  first <= end && last >= start

function titleOf(graph: SymbolGraph, [only, ...more]: readonly number[], otherwise: string): string {
  return only === undefined || more.length ? otherwise : graph.title(only)
}

function folderFocus(graph: SymbolGraph, folder: string): Focus {
  const inside = (path: string) => folder === '.' || path.startsWith(`${folder}/`)
  const top = graph.table.files.flatMap(({ path }, file) => {
    if (!inside(path)) return []
    const { test, example, generated } = graph.role(graph.node(file, -1))
    if (test || example || generated) return []
    return graph.members(graph.node(file, -1)).filter((node) => graph.isCalled(node) || graph.isType(node))
  })
  if (top.length === 0)
    throw new EngineError('input', `Nothing is indexed in ${folder} that could be explained: name a symbol or a file.`)
  return chosen(graph, folder, top)
}

/** The most referred to from elsewhere lead. */
function chosen(graph: SymbolGraph, title: string, nodes: readonly number[]): Focus {
  if (nodes.length <= 1) return { title, seeds: nodes, aside: [], note: '', trace: false }
  const own = new Set(nodes)
  const telling = (node: number) => {
    const users = new Set(
      graph.whole(node).flatMap((one) => graph.in(one).filter((link) => !own.has(link.node) && isSure(link))),
    )
    const { first, last } = graph.symbol(node) ?? { first: 0, last: 0 }
    return [...users].reduce((sum, { weight }) => sum + weight, 0) + Math.log(2 + last - first)
  }
  const ranked = nodes.map((node) => ({ node, worth: telling(node) })).sort((a, b) => b.worth - a.worth)
  const all = ranked.map(({ node }) => node)
  const note = all.length > SEEDS ? `Of ${all.length} symbols the ${SEEDS} most referred to are followed.` : ''
  return { title, seeds: all.slice(0, SEEDS), aside: all.slice(SEEDS), note, trace: false }
}

/** A name that is defined here; of several definitions the one that most refers to. */
function nameFocus(graph: SymbolGraph, text: string): Focus | null {
  if (!/^[\p{L}\p{N}_$.:#@?!*<>~/\\[\]()-]+$/u.test(text)) return null
  const all = definitionsOf(graph, text)
  if (all.length === 0) return null
  // Of overloads the longest does the work; the others lead to it.
  const found = all.filter((node) =>
    graph.overloads(node).every((one) => lengthOf(graph, one) <= lengthOf(graph, node)),
  )
  const users = (node: number) => graph.in(node).reduce((sum, { weight }) => sum + weight, 0)
  const aside = (node: number) => {
    const { test, example, generated } = graph.role(node)
    return Number(test || example || generated)
  }
  const [best, ...others] = found
    .map((node) => ({ node, users: users(node), aside: aside(node), length: lengthOf(graph, node) }))
    .sort((a, b) => a.aside - b.aside || b.users - a.users || b.length - a.length)
  const places = others.slice(0, 3).map(({ node }) => `${graph.path(node)}:${graph.symbol(node)?.first}`)
  const note = others.length
    ? `${text} is defined ${found.length} times; the definition most referred to is explained. Others: ${places.join(', ')}${others.length > 3 ? ', …' : ''}; give path:line to choose one.`
    : ''
  return { title: graph.title(best!.node), seeds: [best!.node], aside: [], note, trace: false }
}

const lengthOf = (graph: SymbolGraph, node: number): number => {
  const { first, last } = graph.symbol(node) ?? { first: 0, last: 0 }
  return last - first
}

/** The frames that lie in the tree, in the order in which they are written. */
function traceFocus(graph: SymbolGraph, text: string): Focus | null {
  if (!text.includes('\n') && !/\bat .+:\d+|File "/.test(text)) return null
  const seeds: number[] = []
  for (const [, python, pythonLine, plain, plainLine, java, javaLine] of text.matchAll(FRAME)) {
    const path = clean(python ?? plain?.trim() ?? java ?? '')
    const line = Number(pythonLine ?? plainLine ?? javaLine)
    const file = fileAt(graph, path)
    if (file < 0) continue
    const inner = graph.table.records[file]!.symbols.findLastIndex(({ first, last }) => first <= line && last >= line)
    const node = graph.node(file, inner)
    if (!seeds.includes(node)) seeds.push(node)
  }
  if (seeds.length === 0) return null
  const message = text
    .trim()
    .split('\n')
    .findLast((line) => /\b\w*(Error|Exception|panic|fatal)\b/.test(line))
  const title = (message ?? text.trim().split('\n')[0] ?? '').trim().slice(0, 120)
  const note = seeds.length > FRAMES ? `Of ${seeds.length} frames the last ${FRAMES} are explained.` : ''
  return { title, seeds: seeds.slice(-FRAMES), aside: [], note, trace: true }
}

/** The file whose path the frame's path ends with, or that ends with it; -1 for none. */
function fileAt({ table }: SymbolGraph, path: string): number {
  let best = -1
  table.files.forEach((file, i) => {
    const fits = path === file.path || path.endsWith(`/${file.path}`) || file.path.endsWith(`/${path}`)
    if (fits && (best < 0 || file.path.length > table.files[best]!.path.length)) best = i
  })
  return best
}

function searchFocus(graph: SymbolGraph, text: string, hits: readonly Hit[]): Focus {
  const wanted = new Set(termsOf(text))
  const seeds: number[] = []
  for (const hit of hits) {
    const node = meantIn(graph, hit, wanted)
    if (node < 0 || seeds.includes(node)) continue
    const { test, document } = graph.role(node)
    if (!test && !document) seeds.push(node)
    if (seeds.length >= SEEDS / 2) break
  }
  if (seeds.length === 0)
    throw new EngineError(
      'input',
      `Nothing here is called ${JSON.stringify(text.slice(0, 80))}, and no code speaks of it: name a symbol, a path or path:line.`,
    )
  const names = seeds.map((node) => graph.title(node)).join(', ')
  const note = `No symbol and no path is called so: explained is what ranks best for the words, ${names}.`
  return { title: text.split('\n')[0]!.slice(0, 120), seeds, aside: [], note, trace: false }
}

/** Of the symbols in a place the one that shares most words with what is asked, else the first; -1 for none. */
function meantIn(graph: SymbolGraph, { path, start, end }: Hit, wanted: ReadonlySet<string>): number {
  const file = graph.table.files.findIndex((one) => one.path === path)
  const symbols = graph.table.records[file]?.symbols ?? []
  const shared = ({ name, doc }: { readonly name: string; readonly doc: string }) =>
    new Set(termsOf(`${name} ${doc}`).filter((term) => wanted.has(term))).size
  const nodes = symbols.flatMap((symbol, i) => {
    const node = graph.node(file, i)
    const inside = symbol.first <= end && symbol.last >= start && symbol.first >= start
    return inside && (graph.isCalled(node) || graph.isType(node)) ? [{ node, shared: shared(symbol) }] : []
  })
  return nodes.sort((a, b) => b.shared - a.shared || a.node - b.node)[0]?.node ?? -1
}
