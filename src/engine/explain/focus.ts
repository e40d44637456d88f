/** What is to be explained → the symbols it means. */

import { findDefinitions } from '../graph/place.ts'
import { isCertain, type SymbolGraph } from '../graph/symbol-graph.ts'
import { languageOf } from '../text/language.ts'
import { stem, subTokens, termsOf, wholeName } from '../text/terms.ts'
import type { ExplainTarget } from '../types/explanation.ts'
import type { Hit } from '../types/pack.ts'
import { EngineError } from '../types/run.ts'
import { cleanPath, endsWithPathOf, fileNameOf, oneLine, stackTraceFocus } from './stack-trace.ts'

/** What an explanation begins with. */
export interface Focus {
  readonly title: string
  /** Nodes, the most telling first. */
  readonly seeds: readonly number[]
  /** Top-level symbols that were meant too and are not followed. */
  readonly others: readonly number[]
  /** How it was understood, when that was a choice; '' else. */
  readonly note: string
  /** The frames of a trace are a path already: what is called beside it is not followed. */
  readonly trace: boolean
}

/** Symbols that a file, a folder or a question begins with. */
const MAX_SEEDS = 6
const MAX_SUGGESTIONS = 3
const MIN_SIMILARITY = 0.45
/** What is longer is neither a path nor a name. */
const MAX_NAME_CHARS = 500
/** Of a longer text the beginning is searched for. */
const MAX_SEARCH_CHARS = 8000
/** Begins with a word that no one wrote. */
const ENDLESS = /^[!-~]{500}/
/** `path:12`, `path:12-15`, and `path:12:5` with a column. */
const PLACE = /^(.+?):(\d{1,9})(?:-(\d{1,9})|:\d{1,9})?$/
/** One name as code writes it, with what it is a member of. */
const NAME = /^[A-Za-z_$@][\w$]*(?:(?:\.|::|#|->)[\w$]+)*(?:\([^)]*\))?[!?]?$/

/** `search` ranks places for words that name none. Throws when nothing is meant by it. */
export async function findFocus(
  graph: SymbolGraph,
  target: ExplainTarget,
  search: (text: string) => Promise<readonly Hit[]>,
): Promise<Focus> {
  const text = target.text.trim()
  if (target.place) return placeFocus(graph, target.place, oneLine(text))
  const trace = stackTraceFocus(graph, text)
  if (trace) return trace
  const named = text.length <= MAX_NAME_CHARS && !text.includes('\n') ? namedFocus(graph, text) : null
  if (named) return named
  const words = text.slice(0, MAX_SEARCH_CHARS)
  return searchFocus(graph, words, ENDLESS.test(words) ? [] : await search(words))
}

/** A path, a place or a name; null for words to be searched. Throws for a path or a name that is not there. */
function namedFocus(graph: SymbolGraph, text: string): Focus | null {
  const [, before = '', first, second] = PLACE.exec(text) ?? []
  if (before && (filesMeant(graph, before).length || isFolder(graph, cleanPath(before)))) {
    const [a, b] = [Number(first), Number(second ?? first)]
    return lineFocus(graph, before, Math.min(a, b), Math.max(a, b))
  }
  const place = { path: text, firstLine: 0, lastLine: 0 }
  if (filesMeant(graph, text).length || isFolder(graph, cleanPath(text))) return placeFocus(graph, place, '')
  const named = nameFocus(graph, text)
  if (named) return named
  if (foldersMeant(graph, cleanPath(text)).length) return placeFocus(graph, place, '')
  const path = before || text
  if (!/\s/.test(path) && looksLikePath(path)) throw noSuchPath(graph, path)
  if (NAME.test(text) && !(/^[A-Za-z]?[a-z]+$/.test(text) && isSpokenOf(graph, text))) throw noSuchName(graph, text)
  return null
}

const isAbsolute = (path: string): boolean => /^(?:\/|[A-Za-z]:\/|\.\.\/)/.test(path)
const looksLikePath = (path: string): boolean => /[/\\]/.test(path) || languageOf(path).id !== 'text'

/** Files a path means, the likeliest first: itself, else those it ends with when it is absolute, else those that end with it. */
function filesMeant({ table: { files } }: SymbolGraph, path: string): number[] {
  const wanted = cleanPath(path)
  const exact = files.findIndex((file) => file.path === wanted)
  if (exact >= 0) return [exact]
  const whole = isAbsolute(wanted)
  if (!whole && !/[/.]/.test(wanted)) return []
  const fits = files.flatMap((file, i) =>
    (whole ? endsWithPathOf(file, wanted) : file.path.endsWith(`/${wanted}`)) ? [i] : [],
  )
  const length = (file: number) => files[file]!.inner.length
  return fits.sort((a, b) => (whole ? length(b) - length(a) : length(a) - length(b)))
}

/** Whether there is such a folder; `.` is the whole tree. */
const isFolder = ({ table }: SymbolGraph, folder: string): boolean =>
  folder === '.' || table.files.some(({ path }) => path.startsWith(`${folder}/`))

/** The folder of a path, else those that end with it, or, when it is absolute, that it ends with; the likeliest first. */
function foldersMeant(graph: SymbolGraph, wanted: string): string[] {
  if (isFolder(graph, wanted)) return [wanted]
  const whole = isAbsolute(wanted)
  const fits = [...foldersOf(graph)].filter((folder) =>
    (whole ? wanted : folder).endsWith(`/${whole ? folder : wanted}`),
  )
  return fits.sort((a, b) => (whole ? b.length - a.length : a.length - b.length))
}

function foldersOf({ table }: SymbolGraph): Set<string> {
  const found = new Set<string>()
  for (const { path } of table.files)
    for (let at = path.lastIndexOf('/'); at > 0 && !found.has(path.slice(0, at)); at = path.lastIndexOf('/', at - 1))
      found.add(path.slice(0, at))
  return found
}

/** Says that a path may mean more than what is explained, which is the first. */
function withOtherPaths(focus: Focus, [first, ...more]: readonly string[]): Focus {
  if (more.length === 0) return focus
  const named = `${more.slice(0, MAX_SUGGESTIONS).join(', ')}${more.length > MAX_SUGGESTIONS ? ', …' : ''}`
  const note = `Of ${more.length + 1} paths that fit ${first} is explained; others: ${named}.`
  return { ...focus, note: focus.note ? `${note} ${focus.note}` : note }
}

/** As `placeFocus`, and throws when the file ends before the lines. */
function lineFocus(graph: SymbolGraph, path: string, start: number, end: number): Focus {
  const [file] = filesMeant(graph, path)
  const lines = file === undefined ? Number.POSITIVE_INFINITY : graph.table.records[file]!.lines
  if (start > lines)
    throw new EngineError(
      'input',
      `${graph.table.files[file!]!.path} has ${lines} ${lines === 1 ? 'line' : 'lines'}: name one of them, or the path alone.`,
    )
  return placeFocus(graph, { path, firstLine: start, lastLine: end }, '')
}

function placeFocus(
  graph: SymbolGraph,
  { path, firstLine, lastLine }: NonNullable<ExplainTarget['place']>,
  text: string,
): Focus {
  const found = filesMeant(graph, path)
  if (found.length === 0) {
    const folders = foldersMeant(graph, cleanPath(path))
    if (folders.length === 0) throw noSuchPath(graph, path)
    return withOtherPaths(folderFocus(graph, folders[0]!), folders)
  }
  const { files } = graph.table
  return withOtherPaths(
    fileFocus(graph, found[0]!, { firstLine, lastLine }, text),
    found.map((file) => files[file]!.path),
  )
}

function fileFocus(
  graph: SymbolGraph,
  file: number,
  { firstLine, lastLine }: { firstLine: number; lastLine: number },
  text: string,
) {
  const { path } = graph.table.files[file]!
  const title = text || (firstLine ? `${path}:${firstLine}${lastLine > firstLine ? `-${lastLine}` : ''}` : path)
  const top = graph.members(graph.node(file, -1)).filter((node) => graph.isCallable(node) || graph.isType(node))
  if (firstLine === 0) return focusOnMostReferred(graph, title, top.length ? top : [graph.node(file, -1)])
  const { symbols } = graph.table.records[file]!
  const holding = symbols.flatMap(({ firstLine: first, lastLine: last, kind }, i) =>
    first <= firstLine && last >= lastLine && !['variable', 'constant', 'key'].includes(kind) ? [i] : [],
  )
  // The innermost that holds all of the lines, else whatever begins within them.
  const inner = holding.at(-1)
  const within = symbols.flatMap(({ docFirstLine, lastLine: last, parent }, i) =>
    docFirstLine <= lastLine && last >= firstLine && (parent < 0 || !overlaps(symbols[parent]!, firstLine, lastLine))
      ? [i]
      : [],
  )
  const seeds = (inner === undefined ? within : [inner]).map((i) => graph.node(file, i))
  if (seeds.length) return { ...focusOnMostReferred(graph, title, seeds), title: text || titleOf(graph, seeds, title) }
  const { lines } = graph.table.records[file]!
  const note = firstLine > lines ? `${path} has ${lines} lines in the index: all of it is explained.` : ''
  return { ...focusOnMostReferred(graph, title, [graph.node(file, -1)]), note }
}

const overlaps = (
  { firstLine, lastLine }: { firstLine: number; lastLine: number },
  start: number,
  end: number,
): boolean => firstLine <= end && lastLine >= start

function titleOf(graph: SymbolGraph, [only, ...more]: readonly number[], otherwise: string): string {
  return only === undefined || more.length ? otherwise : graph.title(only)
}

function folderFocus(graph: SymbolGraph, folder: string): Focus {
  const inside = (path: string) => folder === '.' || path.startsWith(`${folder}/`)
  const top = graph.table.files.flatMap(({ path }, file) => {
    if (!inside(path)) return []
    const { test, example, generated } = graph.rolesOf(graph.node(file, -1))
    if (test || example || generated) return []
    return graph.members(graph.node(file, -1)).filter((node) => graph.isCallable(node) || graph.isType(node))
  })
  if (top.length === 0)
    throw new EngineError('input', `Nothing is indexed in ${folder} that could be explained: name a symbol or a file.`)
  return focusOnMostReferred(graph, folder, top)
}

/** The most referred to from elsewhere lead. */
function focusOnMostReferred(graph: SymbolGraph, title: string, nodes: readonly number[]): Focus {
  if (nodes.length <= 1) return { title, seeds: nodes, others: [], note: '', trace: false }
  const own = new Set(nodes)
  const telling = (node: number) => {
    const users = new Set(
      graph.whole(node).flatMap((one) => graph.in(one).filter((link) => !own.has(link.node) && isCertain(link))),
    )
    const { firstLine, lastLine } = graph.symbol(node) ?? { firstLine: 0, lastLine: 0 }
    return [...users].reduce((sum, { weight }) => sum + weight, 0) + Math.log(2 + lastLine - firstLine)
  }
  const ranked = nodes.map((node) => ({ node, worth: telling(node) })).sort((a, b) => b.worth - a.worth)
  const all = ranked.map(({ node }) => node)
  const note = all.length > MAX_SEEDS ? `Of ${all.length} symbols the ${MAX_SEEDS} most referred to are followed.` : ''
  return { title, seeds: all.slice(0, MAX_SEEDS), others: all.slice(MAX_SEEDS), note, trace: false }
}

/** A name that is defined here; of several definitions the one that most refers to. */
function nameFocus(graph: SymbolGraph, text: string): Focus | null {
  if (!/^[\p{L}\p{N}_$.:#@?!*<>~/\\[\]()-]+$/u.test(text)) return null
  const all = findDefinitions(graph, text)
  if (all.length === 0) return null
  // Of overloads the longest does the work; the others lead to it.
  const found = all.filter((node) =>
    graph.overloads(node).every((one) => lengthOf(graph, one) <= lengthOf(graph, node)),
  )
  const users = (node: number) => graph.in(node).reduce((sum, { weight }) => sum + weight, 0)
  const aside = (node: number) => {
    const { test, example, generated } = graph.rolesOf(node)
    return Number(test || example || generated)
  }
  const [best, ...rest] = found
    .map((node) => ({ node, users: users(node), aside: aside(node), length: lengthOf(graph, node) }))
    .sort((a, b) => a.aside - b.aside || b.users - a.users || b.length - a.length)
  const places = rest.slice(0, 3).map(({ node }) => `${graph.path(node)}:${graph.symbol(node)?.firstLine}`)
  const note = rest.length
    ? `${text} is defined ${found.length} times; ${reasonFor(best!, rest)}. Others: ${places.join(', ')}${rest.length > 3 ? ', …' : ''}; give path:line to choose one.`
    : ''
  return { title: graph.title(best!.node), seeds: [best!.node], others: [], note, trace: false }
}

interface Candidate {
  readonly users: number
  readonly aside: number
  readonly length: number
}

/** Why the best of several definitions is. */
function reasonFor(best: Candidate, rest: readonly Candidate[]): string {
  const rivals = rest.filter(({ aside }) => aside === best.aside)
  const equal = rivals.filter(({ users }) => users === best.users)
  if (rivals.length === 0) return 'the one outside of tests, examples and generated code is explained'
  if (equal.length === 0) return 'the definition most referred to is explained'
  const which = equal.some(({ length }) => length === best.length) ? 'first' : 'longest'
  return equal.length === rest.length
    ? `they are referred to equally, and the ${which} of them is explained`
    : `of those most referred to the ${which} is explained`
}

const lengthOf = (graph: SymbolGraph, node: number): number => {
  const { firstLine, lastLine } = graph.symbol(node) ?? { firstLine: 0, lastLine: 0 }
  return lastLine - firstLine
}

/** Whether a word of a language stands in a name, a path or a comment of the code. */
function isSpokenOf({ table: { files, records } }: SymbolGraph, word: string): boolean {
  const root = stem(word.toLowerCase())
  const holds = (text: string) => text.toLowerCase().includes(root)
  return (
    files.some(({ path }) => holds(path)) ||
    records.some(({ symbols }) => symbols.some(({ name, doc }) => holds(name) || holds(doc)))
  )
}

function noSuchPath(graph: SymbolGraph, path: string): EngineError {
  const wanted = cleanPath(path)
  const near = nearestPaths(graph, wanted)
  const nearest = near.length ? `; nearest: ${near.join(', ')}` : ''
  return new EngineError(
    'input',
    `Nothing is indexed ${languageOf(wanted).id === 'text' ? 'in' : 'at'} ${wanted}${nearest}: name another path, or see with fovea status whether it was skipped, and why.`,
  )
}

function noSuchName(graph: SymbolGraph, name: string): EngineError {
  const near = nearestNames(graph, name)
  const nearest = near.length ? `; nearest: ${near.join(', ')}` : ''
  return new EngineError(
    'input',
    `Nothing here is called ${JSON.stringify(name)}${nearest}: name a symbol, a path or path:line of the index, or ask in words.`,
  )
}

/** Files whose name is the same or alike, and folders where no file is meant. */
function nearestPaths(graph: SymbolGraph, wanted: string): string[] {
  const named = likenessTo(fileNameOf(wanted).toLowerCase())
  const whole = likenessTo(wanted.toLowerCase())
  const folders = languageOf(wanted).id === 'text' ? foldersOf(graph) : []
  const rows = [...graph.table.files.map(({ path }) => path), ...folders].flatMap((path) => {
    const like = named(fileNameOf(path).toLowerCase())
    return like >= MIN_SIMILARITY ? [{ text: path, like: 2 * like + whole(path.toLowerCase()) }] : []
  })
  return mostSimilar(rows)
}

/** Names alike by their letters or their words; of members those of the type that is named lead. */
function nearestNames(graph: SymbolGraph, text: string): string[] {
  const parts = text.replace(/\(.*$/, '').match(/[\w$]+/g) ?? [text]
  const last = parts.at(-1)!
  const owner = wholeName(parts.at(-2) ?? '')
  const own = new Set(subTokens(last))
  const letters = likenessTo(wholeName(last))
  const like = (name: string) => {
    const words = subTokens(name)
    const shared = new Set(words.filter((word) => own.has(word))).size
    return Math.max(letters(wholeName(name)), own.size > 1 ? (2 * shared) / (own.size + words.length) : 0)
  }
  const nearest = new Map<string, { text: string; like: number }>()
  graph.table.records.forEach(({ symbols }, file) => {
    symbols.forEach(({ name, kind, parent, firstLine }, i) => {
      if (kind === 'section' || kind === 'key') return
      const near = like(name)
      if (near < MIN_SIMILARITY) return
      const within = owner !== '' && wholeName(symbols[parent]?.name ?? '') === owner
      const row = {
        text: `${graph.title(graph.node(file, i))} (${graph.table.files[file]!.path}:${firstLine})`,
        like: near + (within ? 1 : 0),
      }
      if (row.like > (nearest.get(wholeName(name))?.like ?? 0)) nearest.set(wholeName(name), row)
    })
  })
  return mostSimilar([...nearest.values()])
}

const mostSimilar = (rows: readonly { readonly text: string; readonly like: number }[]): string[] =>
  [...rows]
    .sort((a, b) => b.like - a.like || a.text.length - b.text.length)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ text }) => text)

/** Share of pairs of letters in common (Dice). */
function likenessTo(a: string): (b: string) => number {
  const pairs = new Set(Array.from({ length: Math.max(0, a.length - 1) }, (_, i) => a.slice(i, i + 2)))
  return (b) => {
    if (a === b) return 1
    let shared = 0
    for (let i = 0; i + 1 < b.length; i++) if (pairs.has(b.slice(i, i + 2))) shared++
    return (2 * shared) / Math.max(1, pairs.size + b.length - 1)
  }
}

function searchFocus(graph: SymbolGraph, text: string, hits: readonly Hit[]): Focus {
  const wanted = new Set(termsOf(text))
  const seeds: number[] = []
  for (const hit of hits) {
    const node = meantIn(graph, hit, wanted)
    if (node < 0 || seeds.includes(node)) continue
    const { test, document } = graph.rolesOf(node)
    if (!test && !document) seeds.push(node)
    if (seeds.length >= MAX_SEEDS / 2) break
  }
  if (seeds.length === 0)
    throw new EngineError(
      'input',
      `Nothing here is called ${JSON.stringify(text.slice(0, 80))}, and no code speaks of it: name a symbol, a path or path:line.`,
    )
  const names = seeds.map((node) => graph.title(node)).join(', ')
  const note = `No symbol and no path is called so: explained is what ranks best for the words, ${names}.`
  return { title: oneLine(text.split('\n')[0]!), seeds, others: [], note, trace: false }
}

/** Of the symbols in a place the one that shares most words with what is asked, else the first; -1 for none. */
function meantIn(graph: SymbolGraph, { path, firstLine, lastLine }: Hit, wanted: ReadonlySet<string>): number {
  const file = graph.table.files.findIndex((one) => one.path === path)
  const symbols = graph.table.records[file]?.symbols ?? []
  const shared = ({ name, doc }: { readonly name: string; readonly doc: string }) =>
    new Set(termsOf(`${name} ${doc}`).filter((term) => wanted.has(term))).size
  const nodes = symbols.flatMap((symbol, i) => {
    const node = graph.node(file, i)
    const inside = symbol.firstLine <= lastLine && symbol.lastLine >= firstLine && symbol.firstLine >= firstLine
    return inside && (graph.isCallable(node) || graph.isType(node)) ? [{ node, shared: shared(symbol) }] : []
  })
  return nodes.sort((a, b) => b.shared - a.shared || a.node - b.node)[0]?.node ?? -1
}
