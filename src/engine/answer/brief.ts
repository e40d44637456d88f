/** Extractive brief without a model: the places to read, in order, with their most relevant lines. */
import { termsOf } from '../text/terms.ts'
import type { OfflineAnswer, Statement } from '../types/answer.ts'
import type { FileRecord } from '../types/chunk.ts'
import type { Context, Hit } from '../types/pack.ts'
import type { SourceSymbol } from '../types/symbol.ts'
import { quoteFrom } from './citations.ts'

const MAX_STATEMENTS = 6
const MAX_STATEMENTS_PER_FILE = 2

/** The part of an index that the brief reads. */
interface IndexedFiles {
  readonly files: readonly { readonly path: string }[]
  readonly records: readonly FileRecord[]
}

/** Describes the best hits that are shown, at most two per file. */
export function answerOffline({ files, records }: IndexedFiles, context: Context): OfflineAnswer {
  const byPath = new Map(files.map(({ path }, i) => [path, records[i]!]))
  const queryTerms = new Set(termsOf(context.query).filter((term) => term.length > 2))
  const blocks = context.packs[0]?.blocks ?? []
  const statements: Statement[] = []
  const countByPath = new Map<string, number>()
  const described = new Set<string>()
  for (const hit of context.hits) {
    const { path, firstLine, lastLine } = hit
    const block = blocks.find(
      (one) => one.path === path && one.shown.some(([first, last]) => first <= lastLine && last >= firstLine),
    )
    const symbol = byPath.get(path)?.symbols.reduce<SourceSymbol | undefined>(closest(hit), undefined)
    const key = `${path} ${hit.symbol}`
    const n = countByPath.get(path) ?? 0
    if (!block || n >= MAX_STATEMENTS_PER_FILE || described.has(key) || statements.length >= MAX_STATEMENTS) continue
    countByPath.set(path, n + 1)
    described.add(key)
    const what = symbol ? `${symbol.kind} ${hit.symbol || symbol.name}` : hit.symbol || 'text'
    const detail = symbol?.doc ? ` — ${symbol.doc}` : symbol?.signature ? `: ${symbol.signature}` : ''
    statements.push({
      text: what + detail,
      path,
      firstLine,
      lastLine,
      quote: quoteFrom(block, firstLine, lastLine, queryTerms),
    })
  }
  const count = statements.length
  const paths = new Set(statements.map(({ path }) => path)).size
  const summary = count
    ? `${context.notes.map((note) => `${note} `).join('')}${count} ${count === 1 ? 'place' : 'places'} in ${paths} ${paths === 1 ? 'file' : 'files'} match the question, most likely first.`
    : (context.notes[0] ?? 'Nothing in the index matches the question: no file shares a word with it.')
  return { mode: 'offline', summary, statements, context }
}

/** Reducer that finds a hit's symbol: the one of its name that starts inside it, else the innermost one around it. */
function closest({ firstLine, lastLine, symbol: title }: Hit) {
  return (best: SourceSymbol | undefined, symbol: SourceSymbol): SourceSymbol | undefined => {
    const named = title.split('.').at(-1) === symbol.name
    const begins = symbol.firstLine >= firstLine && symbol.firstLine <= lastLine
    const around = symbol.firstLine <= firstLine && symbol.lastLine >= lastLine
    if (best && best.firstLine >= firstLine) return best
    return named && (begins || around) ? symbol : best
  }
}
