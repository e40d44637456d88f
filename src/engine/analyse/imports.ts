/** Answers which files import a module, a file or a symbol: from the import statements as written. */
import type { SymbolGraph } from '../graph/symbol-graph.ts'
import type { Findings } from '../types/answer.ts'
import type { Imports } from './grammar.ts'
import { MAX_ROWS_LISTED, rowAt } from './rows.ts'

/** null when no import names it, which proves nothing: a file may be imported by other means. */
export function importFindings(graph: SymbolGraph, { name, count }: Imports): Findings | null {
  const rows = graph.table.records.flatMap(({ references }, i) => {
    const file = graph.node(i, -1)
    for (const { kind, name: written, line, on } of references) {
      const isModule = kind === 'import' && namesModule(written, name)
      if (!isModule && !(on.startsWith('@') && written === name)) continue
      const text = isModule ? `imports ${written}` : `imports ${name} from ${on.slice(1)}`
      return [{ ...rowAt(graph, file, text), firstLine: line, lastLine: line }]
    }
    return []
  })
  if (rows.length === 0) return null
  const listed = rows.length > MAX_ROWS_LISTED ? (count ? [] : rows.slice(0, MAX_ROWS_LISTED)) : rows
  const limit = rows.length > MAX_ROWS_LISTED ? ` The first ${MAX_ROWS_LISTED} are listed.` : ''
  const files = `${rows.length.toLocaleString('en')} ${rows.length === 1 ? 'file imports' : 'files import'}`
  return { summary: `Read off the index, not ranked: ${files} ${name}.${limit}`, statements: listed }
}

/** Whether an import's module, as written, is the named one, lies in it, or ends with it. */
function namesModule(written: string, name: string): boolean {
  const module = written.replace(/^node:/, '').replace(/\.(?:[cm]?[jt]sx?|py|h|hpp|hh|vue|svelte|css)$/, '')
  const bare = name.replace(/\.(?:[cm]?[jt]sx?|py|h|hpp|hh|vue|svelte|css)$/, '')
  const parts = module.split(/[/.:\\]+/)
  return (
    module === bare ||
    parts.at(-1) === bare ||
    module.endsWith(`/${bare}`) ||
    new RegExp(`^${escaped(bare)}[/.:\\\\]`).test(module)
  )
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
