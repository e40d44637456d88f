/** The door of answer. Without a model: an extractive brief — where to look, in which order, with the lines that say it. */
import type { Answer, Statement } from '../model/answer.ts'
import type { FileRecord } from '../model/chunk.ts'
import type { Block, Context } from '../model/pack.ts'
import { termsOf } from '../model/terms.ts'

const STATEMENTS = 6
const QUOTED = 3

/** What the brief needs to know of the tree. */
interface Knowledge {
  readonly files: readonly { readonly path: string }[]
  readonly records: readonly FileRecord[]
}

export function answerOffline({ files, records }: Knowledge, context: Context): Answer {
  const byPath = new Map(files.map(({ path }, i) => [path, records[i]!]))
  const wanted = new Set(termsOf(context.query).filter((term) => term.length > 2))
  const blocks = context.packs[0]?.blocks ?? []
  const statements: Statement[] = []
  const seen = new Map<string, number>()
  for (const hit of context.hits) {
    const times = seen.get(hit.path) ?? 0
    const block = blocks.find(
      ({ path, shown }) => path === hit.path && shown.some(([first, last]) => first <= hit.end && last >= hit.start),
    )
    if (!block || times >= 2 || statements.length >= STATEMENTS) continue
    seen.set(hit.path, times + 1)
    const symbol = byPath
      .get(hit.path)
      ?.symbols.find(({ first, last, name }) => first >= hit.start && last <= hit.end && hit.symbol.endsWith(name))
    const start = symbol?.first ?? hit.start
    const doc = symbol?.doc ?? ''
    const what = symbol ? `${symbol.kind} ${hit.symbol}` : hit.symbol || 'text'
    const text = doc ? `${what} — ${doc}` : symbol ? `${what}: ${symbol.signature}` : what
    statements.push({ text, path: hit.path, start, end: hit.end, quote: quoteOf(block, hit.start, hit.end, wanted) })
  }
  const found = statements.length
  const paths = new Set(statements.map(({ path }) => path)).size
  const summary = found
    ? `${found} ${found === 1 ? 'place' : 'places'} in ${paths} ${paths === 1 ? 'file' : 'files'} speak to this, the likeliest first.`
    : 'Nothing in the index speaks to this: no file shares a word with the question.'
  return { mode: 'offline', summary, statements, context }
}

/** The shown lines of the range that share most terms with the question, in source order. */
function quoteOf({ shown, text }: Block, start: number, end: number, wanted: ReadonlySet<string>): string[] {
  const rows = text.split('\n').filter((line) => !/^⋯ \d+-\d+$/.test(line))
  const numbers = shown.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i))
  return rows
    .map((line, i) => ({ line: line.trim(), n: numbers[i] ?? 0 }))
    .filter(({ n, line }) => n >= start && n <= end && line.length > 3)
    .map((row) => ({ ...row, score: new Set(termsOf(row.line).filter((term) => wanted.has(term))).size }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.n - b.n)
    .slice(0, QUOTED)
    .sort((a, b) => a.n - b.n)
    .map(({ line, n }) => `${n}: ${line.slice(0, 160)}`)
}
