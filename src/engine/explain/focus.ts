/** Resolves the target of an explanation to the symbols it means: a place, a stack trace, a path, a name, or words. */

import { findDefinitions } from '../graph/place.ts'
import { isCertain, type SymbolGraph } from '../graph/symbol-graph.ts'
import { languageOf } from '../text/language.ts'
import { stem, subTokens, termsOf, wholeName } from '../text/terms.ts'
import type { ExplainTarget } from '../types/explanation.ts'
import type { Hit } from '../types/pack.ts'
import { EngineError } from '../types/run.ts'
import type { LineRange } from '../types/source.ts'
import { cleanPath, endsWithPathOf, fileNameOf, oneLine, stackTraceFocus } from './stack-trace.ts'

/** What an explanation starts from. */
export interface Focus {
  readonly title: string
  /** Root nodes, most important first. */
  readonly seeds: readonly number[]
  /** Other matching top-level symbols, which aren't followed. */
  readonly others: readonly number[]
  /** How an ambiguous target was resolved; null otherwise. */
  readonly note: string | null
  /** Whether it is a stack trace: its frames are a path already, so other calls aren't followed. */
  readonly trace: boolean
}

/** Maximum roots for a file, a folder or a question. */
const MAX_SEEDS = 6
const MAX_SUGGESTIONS = 3
const MIN_SIMILARITY = 0.45
/** Longer texts are neither a path nor a name. */
const MAX_NAME_CHARS = 500
/** Only this much of a longer text is searched for. */
const MAX_SEARCH_CHARS = 8000
/** Starts with a run of characters too long to be words. */
const ENDLESS = /^[!-~]{500}/
/** `path:12`, `path:12-15`, and `path:12:5` with a column. */
const PLACE = /^(.+?):(\d{1,9})(?:-(\d{1,9})|:\d{1,9})?$/
/** A name as written in code, possibly qualified. */
const NAME = /^[A-Za-z_$@][\w$]*(?:(?:\.|::|#|->)[\w$]+)*(?:\([^)]*\))?[!?]?$/

/**
 * Resolves a target. `search` ranks places for a text that names no symbol or path. Throws an `EngineError` when
 * nothing matches.
 */
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

/** Resolves a path, a place or a name; null for words to search for. Throws if a path or name doesn't exist. */
function namedFocus(graph: SymbolGraph, text: string): Focus | null {
  const [, before = '', first, second] = PLACE.exec(text) ?? []
  if (before && (matchingFiles(graph, before).length || isFolder(graph, cleanPath(before)))) {
    const [a, b] = [Number(first), Number(second ?? first)]
    return lineFocus(graph, before, Math.min(a, b), Math.max(a, b))
  }
  const place = { path: text, firstLine: 0, lastLine: 0 }
  if (matchingFiles(graph, text).length || isFolder(graph, cleanPath(text))) return placeFocus(graph, place, '')
  const named = nameFocus(graph, text)
  if (named) return named
  if (matchingFolders(graph, cleanPath(text)).length) return placeFocus(graph, place, '')
  const path = before || text
  if (!/\s/.test(path) && looksLikePath(path)) throw noSuchPath(graph, path)
  if (NAME.test(text) && !(/^[A-Za-z]?[a-z]+$/.test(text) && isMentioned(graph, text))) throw noSuchName(graph, text)
  return null
}

const isAbsolute = (path: string): boolean => /^(?:\/|[A-Za-z]:\/|\.\.\/)/.test(path)
const looksLikePath = (path: string): boolean => /[/\\]/.test(path) || languageOf(path).id !== 'text'

/**
 * Files that match a path, most likely first: the exact path, else, for an absolute path, files it ends with, else
 * files that end with it.
 */
function matchingFiles({ table: { files } }: SymbolGraph, path: string): number[] {
  const wanted = cleanPath(path)
  const exact = files.findIndex((file) => file.path === wanted)
  if (exact >= 0) return [exact]
  const absolute = isAbsolute(wanted)
  if (!absolute && !/[/.]/.test(wanted)) return []
  const fits = files.flatMap((file, i) =>
    (absolute ? endsWithPathOf(file, wanted) : file.path.endsWith(`/${wanted}`)) ? [i] : [],
  )
  const length = (file: number) => files[file]!.inner.length
  return fits.sort((a, b) => (absolute ? length(b) - length(a) : length(a) - length(b)))
}

/** Whether the folder exists; `.` is the whole tree. */
const isFolder = ({ table }: SymbolGraph, folder: string): boolean =>
  folder === '.' || table.files.some(({ path }) => path.startsWith(`${folder}/`))

/** Folders that match a path, most likely first, by the same rules as `matchingFiles`. */
function matchingFolders(graph: SymbolGraph, wanted: string): string[] {
  if (isFolder(graph, wanted)) return [wanted]
  const absolute = isAbsolute(wanted)
  const fits = [...foldersOf(graph)].filter((folder) =>
    (absolute ? wanted : folder).endsWith(`/${absolute ? folder : wanted}`),
  )
  return fits.sort((a, b) => (absolute ? b.length - a.length : a.length - b.length))
}

function foldersOf({ table }: SymbolGraph): Set<string> {
  const found = new Set<string>()
  for (const { path } of table.files)
    for (let at = path.lastIndexOf('/'); at > 0 && !found.has(path.slice(0, at)); at = path.lastIndexOf('/', at - 1))
      found.add(path.slice(0, at))
  return found
}

/** Notes the other matches of an ambiguous path; the first one is explained. */
function withOtherPaths(focus: Focus, [first, ...more]: readonly string[]): Focus {
  if (more.length === 0) return focus
  const named = `${more.slice(0, MAX_SUGGESTIONS).join(', ')}${more.length > MAX_SUGGESTIONS ? ', …' : ''}`
  const note = `Of ${more.length + 1} paths that fit ${first} is explained; others: ${named}.`
  return { ...focus, note: focus.note ? `${note} ${focus.note}` : note }
}

/** Same as `placeFocus`, but throws when the lines are beyond the end of the file. */
function lineFocus(graph: SymbolGraph, path: string, start: number, end: number): Focus {
  const [file] = matchingFiles(graph, path)
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
  const found = matchingFiles(graph, path)
  if (found.length === 0) {
    const folders = matchingFolders(graph, cleanPath(path))
    if (folders.length === 0) throw noSuchPath(graph, path)
    return withOtherPaths(folderFocus(graph, folders[0]!), folders)
  }
  const { files } = graph.table
  return withOtherPaths(
    fileFocus(graph, found[0]!, { firstLine, lastLine }, text),
    found.map((file) => files[file]!.path),
  )
}

function fileFocus(graph: SymbolGraph, file: number, { firstLine, lastLine }: LineRange, text: string) {
  const { path } = graph.table.files[file]!
  const title = text || (firstLine ? `${path}:${firstLine}${lastLine > firstLine ? `-${lastLine}` : ''}` : path)
  const top = graph.members(graph.node(file, -1)).filter((node) => graph.isCallable(node) || graph.isType(node))
  if (firstLine === 0) return focusOnMostReferenced(graph, title, top.length ? top : [graph.node(file, -1)])
  const { symbols } = graph.table.records[file]!
  const enclosing = symbols.flatMap(({ firstLine: first, lastLine: last, kind }, i) =>
    first <= firstLine && last >= lastLine && !['variable', 'constant', 'key'].includes(kind) ? [i] : [],
  )
  // The innermost symbol around all the lines, else every outermost symbol within them.
  const inner = enclosing.at(-1)
  const within = symbols.flatMap(({ docFirstLine, lastLine: last, parent }, i) =>
    docFirstLine <= lastLine && last >= firstLine && (parent < 0 || !overlaps(symbols[parent]!, firstLine, lastLine))
      ? [i]
      : [],
  )
  const seeds = (inner === undefined ? within : [inner]).map((i) => graph.node(file, i))
  if (seeds.length)
    return { ...focusOnMostReferenced(graph, title, seeds), title: text || titleOf(graph, seeds, title) }
  const { lines } = graph.table.records[file]!
  const note = firstLine > lines ? `${path} has ${lines} lines in the index: all of it is explained.` : null
  return { ...focusOnMostReferenced(graph, title, [graph.node(file, -1)]), note }
}

const overlaps = (range: LineRange, start: number, end: number): boolean =>
  range.firstLine <= end && range.lastLine >= start

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
  return focusOnMostReferenced(graph, folder, top)
}

/** Focuses on the nodes most referenced from elsewhere. */
function focusOnMostReferenced(graph: SymbolGraph, title: string, nodes: readonly number[]): Focus {
  if (nodes.length <= 1) return { title, seeds: nodes, others: [], note: null, trace: false }
  const inside = new Set(nodes)
  const importanceOf = (node: number) => {
    const users = new Set(
      graph.whole(node).flatMap((one) => graph.in(one).filter((link) => !inside.has(link.node) && isCertain(link))),
    )
    const { firstLine, lastLine } = graph.symbol(node) ?? { firstLine: 0, lastLine: 0 }
    return [...users].reduce((sum, { weight }) => sum + weight, 0) + Math.log(2 + lastLine - firstLine)
  }
  const ranked = nodes
    .map((node) => ({ node, importance: importanceOf(node) }))
    .sort((a, b) => b.importance - a.importance)
  const all = ranked.map(({ node }) => node)
  const note =
    all.length > MAX_SEEDS ? `Of ${all.length} symbols the ${MAX_SEEDS} most referred to are followed.` : null
  return { title, seeds: all.slice(0, MAX_SEEDS), others: all.slice(MAX_SEEDS), note, trace: false }
}

/** Focuses on a defined name; of several definitions on the most referenced one. */
function nameFocus(graph: SymbolGraph, text: string): Focus | null {
  if (!/^[\p{L}\p{N}_$.:#@?!*<>~/\\[\]()-]+$/u.test(text)) return null
  const all = findDefinitions(graph, text)
  if (all.length === 0) return null
  // The longest overload does the work; the others delegate to it.
  const found = all.filter((node) =>
    graph.overloads(node).every((one) => lengthOf(graph, one) <= lengthOf(graph, node)),
  )
  const users = (node: number) => graph.in(node).reduce((sum, { weight }) => sum + weight, 0)
  const isSecondary = (node: number) => {
    const { test, example, generated } = graph.rolesOf(node)
    return Number(test || example || generated)
  }
  const [best, ...rest] = found
    .map((node) => ({ node, users: users(node), secondary: isSecondary(node), length: lengthOf(graph, node) }))
    .sort((a, b) => a.secondary - b.secondary || b.users - a.users || b.length - a.length)
  const places = rest.slice(0, 3).map(({ node }) => `${graph.path(node)}:${graph.symbol(node)?.firstLine}`)
  const note = rest.length
    ? `${text} is defined ${found.length} times; ${reasonFor(best!, rest)}. Others: ${places.join(', ')}${rest.length > 3 ? ', …' : ''}; give path:line to choose one.`
    : null
  return { title: graph.title(best!.node), seeds: [best!.node], others: [], note, trace: false }
}

/** One of several definitions of a name. */
interface Candidate {
  readonly users: number
  /** 1 for tests, examples and generated code, else 0. */
  readonly secondary: number
  readonly length: number
}

/** Why this definition was chosen among several. */
function reasonFor(best: Candidate, rest: readonly Candidate[]): string {
  const rivals = rest.filter(({ secondary }) => secondary === best.secondary)
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

/** Whether a natural-language word occurs in a name, a path or a doc comment. */
function isMentioned({ table: { files, records } }: SymbolGraph, word: string): boolean {
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

/** Files with a similar name; for a path without a known extension folders, too. */
function nearestPaths(graph: SymbolGraph, wanted: string): string[] {
  const named = similarityTo(fileNameOf(wanted).toLowerCase())
  const whole = similarityTo(wanted.toLowerCase())
  const folders = languageOf(wanted).id === 'text' ? foldersOf(graph) : []
  const rows = [...graph.table.files.map(({ path }) => path), ...folders].flatMap((path) => {
    const similarity = named(fileNameOf(path).toLowerCase())
    return similarity >= MIN_SIMILARITY ? [{ text: path, similarity: 2 * similarity + whole(path.toLowerCase()) }] : []
  })
  return mostSimilar(rows)
}

/** Names with similar letters or words; members of the named type come first. */
function nearestNames(graph: SymbolGraph, text: string): string[] {
  const parts = text.replace(/\(.*$/, '').match(/[\w$]+/g) ?? [text]
  const last = parts.at(-1)!
  const owner = wholeName(parts.at(-2) ?? '')
  const wanted = new Set(subTokens(last))
  const letters = similarityTo(wholeName(last))
  const similarity = (name: string) => {
    const words = subTokens(name)
    const shared = new Set(words.filter((word) => wanted.has(word))).size
    return Math.max(letters(wholeName(name)), wanted.size > 1 ? (2 * shared) / (wanted.size + words.length) : 0)
  }
  const nearest = new Map<string, { text: string; similarity: number }>()
  graph.table.records.forEach(({ symbols }, file) => {
    symbols.forEach(({ name, kind, parent, firstLine }, i) => {
      if (kind === 'section' || kind === 'key') return
      const near = similarity(name)
      if (near < MIN_SIMILARITY) return
      const within = owner !== '' && wholeName(symbols[parent]?.name ?? '') === owner
      const row = {
        text: `${graph.title(graph.node(file, i))} (${graph.table.files[file]!.path}:${firstLine})`,
        similarity: near + (within ? 1 : 0),
      }
      if (row.similarity > (nearest.get(wholeName(name))?.similarity ?? 0)) nearest.set(wholeName(name), row)
    })
  })
  return mostSimilar([...nearest.values()])
}

const mostSimilar = (rows: readonly { readonly text: string; readonly similarity: number }[]): string[] =>
  [...rows]
    .sort((a, b) => b.similarity - a.similarity || a.text.length - b.text.length)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ text }) => text)

/** Dice coefficient of the bigrams of two strings. */
function similarityTo(a: string): (b: string) => number {
  const pairs = new Set(Array.from({ length: Math.max(0, a.length - 1) }, (_, i) => a.slice(i, i + 2)))
  return (b) => {
    if (a === b) return 1
    let shared = 0
    for (let i = 0; i + 1 < b.length; i++) if (pairs.has(b.slice(i, i + 2))) shared++
    return (2 * shared) / Math.max(1, pairs.size + b.length - 1)
  }
}

/** Focuses on the symbols in the best hits. */
function searchFocus(graph: SymbolGraph, text: string, hits: readonly Hit[]): Focus {
  const wanted = new Set(termsOf(text))
  const seeds: number[] = []
  for (const hit of hits) {
    const node = bestSymbolIn(graph, hit, wanted)
    if (node === undefined || seeds.includes(node)) continue
    const { test, document } = graph.rolesOf(node)
    if (!test && !document) seeds.push(node)
    if (seeds.length >= MAX_SEEDS / 2) break
  }
  if (seeds.length === 0)
    throw new EngineError(
      'input',
      `Nothing here is called ${JSON.stringify(text.slice(0, 80))}, and no code matches it: name a symbol, a path or path:line.`,
    )
  const names = seeds.map((node) => graph.title(node)).join(', ')
  const note = `No symbol or path has this name; the best matches for its words are explained: ${names}.`
  return { title: oneLine(text.split('\n')[0]!), seeds, others: [], note, trace: false }
}

/** The symbol within a hit that shares the most words with the text, else the first one, if any. */
function bestSymbolIn(
  graph: SymbolGraph,
  { path, firstLine, lastLine }: Hit,
  wanted: ReadonlySet<string>,
): number | undefined {
  const file = graph.table.files.findIndex((one) => one.path === path)
  const symbols = graph.table.records[file]?.symbols ?? []
  const shared = ({ name, doc }: { readonly name: string; readonly doc: string }) =>
    new Set(termsOf(`${name} ${doc}`).filter((term) => wanted.has(term))).size
  const nodes = symbols.flatMap((symbol, i) => {
    const node = graph.node(file, i)
    const inside = symbol.firstLine <= lastLine && symbol.lastLine >= firstLine && symbol.firstLine >= firstLine
    return inside && (graph.isCallable(node) || graph.isType(node)) ? [{ node, shared: shared(symbol) }] : []
  })
  return nodes.sort((a, b) => b.shared - a.shared || a.node - b.node)[0]?.node
}
