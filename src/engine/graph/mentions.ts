/**
 * Lines that contain a symbol's name without a reference that accounts for them. References are resolved from syntax and
 * miss some uses, so an absence or a count is claimed only together with what this search of the text finds. The term
 * index narrows the files, those without a grammar included; their lines are then read.
 */
import { COMMENT_LINE } from '../text/comment.ts'
import { SCRIPT_LANGUAGES } from '../text/language.ts'
import { lastName } from '../text/owner.ts'
import { rolesOf } from '../text/path-role.ts'
import { termsOfWord, wholeName } from '../text/terms.ts'
import type { ReadLines } from '../types/source.ts'
import type { SourceSymbol } from '../types/symbol.ts'
import type { SymbolGraph } from './symbol-graph.ts'

/** A line that contains the name. `node`: the innermost symbol around it, or its file. */
export interface Mention {
  readonly node: number
  readonly line: number
}

export interface Mentions {
  /** In code, outside the definitions of the name and its resolved references; by path and line. */
  readonly inCode: readonly Mention[]
  /** Lines of comments and documents. */
  readonly inProse: number
  /** Files that contain the name's words but were not read: they changed since they were indexed, or there are too many. */
  readonly unread: number
}

/** Files read per name. */
const MAX_FILES_READ = 4000
const IDENTIFIER = /^[\p{L}_$][\p{L}\p{N}_$]*[?!]?$/u
/** A line of an import or a re-export, which binds the name without using it. */
const BINDING =
  /^\s*(?:import\b|from\b|export\b.*\bfrom\b|export\s*[{*]|use\b|using\b|#\s*include\b|[\w$\s,{}]+,?\s*\}?\s*$)/

/** An import under another name, by which it may then be used. */
const ALIAS = /\bas\s+\w/
const resolvesAliases = (graph: SymbolGraph, node: number): boolean => {
  const { language } = graph.record(node)
  return SCRIPT_LANGUAGES.has(language) || /^(?:python|rust|kotlin|php|csharp|elixir)$/.test(language)
}

/** Mentions of the name of `nodes`, which are definitions of one name. */
export async function mentionsOf(graph: SymbolGraph, read: ReadLines, nodes: readonly number[]): Promise<Mentions> {
  const name = lastName(graph.symbol(nodes[0] ?? -1)?.name ?? '')
  if (!IDENTIFIER.test(name)) return { inCode: [], inProse: 0, unread: 0 }
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_$])${name.replace(/[$?]/g, '\\$&')}(?![\\p{L}\\p{N}_$])`, 'u')
  const namesakes = graph.named(wholeName(name)).filter((node) => lastName(graph.symbol(node)!.name) === name)
  const accounted = accountedLines(graph, namesakes)
  const files = filesWithTerms(graph, termsOfWord(name))
  const inCode: Mention[] = []
  let inProse = 0
  let unread = Math.max(0, files.length - MAX_FILES_READ)
  for (const file of files.slice(0, MAX_FILES_READ)) {
    const source = await read(file)
    if ('reason' in source) {
      unread++
      continue
    }
    const isDocument = rolesOf(graph.table.files[file]!.path).document
    source.lines.forEach((text, i) => {
      if (!pattern.test(text)) return
      const node = innermostAt(graph, file, i + 1)
      if (accounted(node, i + 1, text)) return
      if (isDocument || COMMENT_LINE.test(text)) inProse++
      else inCode.push({ node, line: i + 1 })
    })
  }
  return { inCode, inProse, unread }
}

/** Whether a line is part of a definition of the name, in a symbol that is known to refer to one, or a binding. */
function accountedLines(graph: SymbolGraph, namesakes: readonly number[]) {
  const referring = new Set(namesakes.flatMap((node) => graph.in(node).map((link) => link.node)))
  const defined = new Map<number, SourceSymbol[]>()
  for (const node of namesakes) {
    const file = graph.fileOf(node)
    defined.set(file, [...(defined.get(file) ?? []), graph.symbol(node)!])
  }
  return (node: number, line: number, text: string): boolean =>
    (defined.get(graph.fileOf(node)) ?? []).some(
      // The body of one of several namesakes may refer to another of them.
      (one) => one.docFirstLine <= line && line <= (namesakes.length > 1 ? one.bodyLine : one.lastLine),
    ) ||
    referring.has(node) ||
    (!graph.symbol(node) && BINDING.test(text) && (!ALIAS.test(text) || resolvesAliases(graph, node)))
}

/** Files whose text contains all the terms. */
function filesWithTerms(graph: SymbolGraph, terms: readonly string[]): number[] {
  return graph.table.records.flatMap(({ terms: known }, file) =>
    terms.every((term) => known.includes(term)) ? [file] : [],
  )
}

/** The innermost symbol around a line, or the file. */
function innermostAt(graph: SymbolGraph, file: number, line: number): number {
  const { symbols } = graph.table.records[file]!
  const inner = symbols.findLastIndex((symbol) => symbol.firstLine <= line && line <= symbol.lastLine)
  return graph.node(file, inner)
}
