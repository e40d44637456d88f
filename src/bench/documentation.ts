/**
 * Generates questions from documentation: the first sentence of a function's or class's doc comment is the query, the
 * symbol's lines are the gold. The query runs on a copy in which that documentation is blanked, so that it cannot be
 * matched verbatim; line numbers stay the same.
 */
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { termsOf, wholeName } from '../engine/text/terms.ts'
import type { SourceSymbol } from '../engine/types/symbol.ts'
import type { SymbolTable } from '../engine/types/workspace.ts'
import { openScratch } from '../host/scratch.ts'
import { type Bench, goldOf, isAnswer, isCode, type Posed, sample, saysSomething } from './questions.ts'

const MIN_WORDS = 4
/** The indexer looks for a doc comment within this many lines; a longer one could not be blanked completely. */
const DOC_LINES = 40
/** The index stores at most this much of a sentence, so the last word of a longer one may be cut off. */
const DOC_CHARS = 200
const LICENCE = /copyright|licen[cs]e|spdx|warrant(y|ies)|all rights reserved|©/i
const DIRECTIVE = /eslint|prettier-ignore|istanbul|@ts-|tslint|noqa|pylint|mypy|nolint|rubocop|phpcs|#region|TODO|FIXME/
/** Commented-out code, horizontal rules, links. */
const NO_PROSE = /[;{}]\s*$|=>|\(\);|-{4,}|={4,}|https?:/
const DECORATOR = /^\s*(@\w|#!?\[|\[\w)/
const DOCSTRING = /^\s*[rubRUB]{0,2}("""|''')/
const COMMENT_SIGNS = /^\s*(\/\*+|\*+\/?|\/\/+!?|#+!?|--+(?:\s?\|)?|;;+|\(\*+|[rubRUB]{0,2}("""|'''))\s?/

interface Documented {
  readonly file: number
  readonly path: string
  readonly symbol: SourceSymbol
  readonly text: string
}

export async function* documentationQuestions(bench: Bench): AsyncGenerator<Posed> {
  const candidates = documentedSymbols(bench.world.table)
  if (candidates.length === 0) {
    bench.refuse('documentation', 'No function or class has documentation of its own of at least four words.')
    return
  }
  const chosen = sample(candidates, bench.count, bench.seed)
  const { world, kept } = await copyWithout(bench, chosen)
  if (kept.length === 0)
    bench.refuse('documentation', 'No sampled documentation could be removed so that nothing else repeats it.')
  for (const { path, symbol, text } of kept) {
    const file = world.table.files.findIndex((entry) => entry.path === path)
    const gold = [goldOf(path, [symbol], world.lines(file))]
    yield {
      question: { generator: 'documentation', text, source: `${path}:${symbol.firstLine} ${symbol.name}`, gold },
      world,
    }
  }
}

/** Symbols with a usable doc sentence that documents no other symbol. */
export function documentedSymbols({ files, records }: SymbolTable): Documented[] {
  const found = new Map<string, Documented | null>()
  files.forEach(({ path }, file) => {
    if (!isAnswer(path)) return
    for (const symbol of records[file]!.symbols) {
      if (!isCode(symbol) || symbol.firstLine - symbol.docFirstLine >= DOC_LINES) continue
      const text = questionOf(symbol)
      if (text === null) continue
      found.set(symbol.doc, found.has(symbol.doc) ? null : { file, path, symbol, text })
    }
  })
  return [...found.values()].filter((one) => one !== null)
}

/**
 * The doc sentence, without the symbol's name when it starts with it (as Go's do); null when it is too short, is a
 * licence, directive or code, or gives the name away.
 */
export function questionOf({ doc, name }: Pick<SourceSymbol, 'doc' | 'name'>): string | null {
  const simpleName = name.slice(name.search(/[^.:#]*$/))
  const begins = new RegExp(
    `^[\`'"]*(\\w+\\.)?${simpleName.replace(/[^\w]/g, '\\$&')}(\\([^)]*\\))?[\`'":,]*\\s+(?=\\S)`,
  )
  const whole = doc.length < DOC_CHARS ? doc : doc.slice(0, doc.lastIndexOf(' '))
  const text = withoutTags(whole).replace(begins, '').replace(/\s+/g, ' ').trim()
  if (!saysSomething(text, MIN_WORDS) || LICENCE.test(text) || DIRECTIVE.test(text) || NO_PROSE.test(text)) return null
  const named = new Set(termsOf(simpleName))
  const terms = new Set(termsOf(text).filter((term) => term.length > 2))
  if (terms.has(`=${wholeName(simpleName)}`)) return null
  if ([...terms].filter((term) => !named.has(term)).length < MIN_WORDS - 1) return null
  return text
}

/**
 * Writes and indexes a copy without the chosen documentation. Keeps the questions whose symbol is still found at the
 * same lines and whose text occurs nowhere else.
 */
async function copyWithout(bench: Bench, chosen: readonly Documented[]) {
  const { world, folder, signal } = bench
  const { files, records } = world.table
  const scratch = await openScratch(world.root, join(folder, 'documented'), signal)
  const root = scratch?.root ?? join(folder, 'documented')
  await scratch?.adopt(scratch.head)
  const sentences = new Set(chosen.map(({ symbol }) => symbol.doc))
  const blanked = new Map<number, readonly string[]>()
  files.forEach(({ inner }, file) => {
    signal.throwIfAborted()
    const [from, to] = [join(world.root, inner), join(root, inner)]
    const documented = records[file]!.symbols.filter(({ doc }) => sentences.has(doc))
    mkdirSync(dirname(to), { recursive: true })
    if (documented.length) {
      const lines = blankDocumentation(world.lines(file), documented)
      blanked.set(file, lines)
      writeFileSync(to, lines.join('\n'))
    } else if (existsSync(from)) copyFileSync(from, to)
  })
  const first = await bench.open(root)
  const isUnmoved = ({ path, symbol }: Documented) => {
    const file = first.table.files.findIndex((entry) => entry.path === path)
    return first.table.records[file]?.symbols.some(
      (other) =>
        other.name === symbol.name && other.firstLine === symbol.firstLine && other.lastLine === symbol.lastLine,
    )
  }
  const broken = new Set(chosen.filter((one) => !isUnmoved(one)).map(({ file }) => file))
  for (const file of broken) {
    blanked.delete(file)
    copyFileSync(join(world.root, files[file]!.inner), join(root, files[file]!.inner))
  }
  const plain = files.map((_, file) => plainText(blanked.get(file) ?? world.lines(file)))
  const kept = chosen.filter(({ file, text }) => !broken.has(file) && !plain.some((other) => other.includes(text)))
  return { world: broken.size ? await bench.open(root) : first, kept }
}

/** Replaces Javadoc's inline tags by their text: `{@code x}` → x. */
const withoutTags = (text: string): string => text.replace(/\{@\w+\s+([^}]*)\}/g, '$1')

/** The text of a file on one line, without comment markers. */
const plainText = (lines: readonly string[]): string =>
  withoutTags(lines.map((line) => line.replace(COMMENT_SIGNS, '').trim()).join(' ')).replace(/\s+/g, ' ')

/** Blanks the comments above and the docstrings inside the symbols; keeps decorators, attributes and line numbers. */
export function blankDocumentation(lines: readonly string[], symbols: readonly SourceSymbol[]): string[] {
  const result = [...lines]
  for (const { docFirstLine, firstLine, bodyLine, lastLine } of symbols) {
    for (let n = docFirstLine; n < firstLine; n++) if (!DECORATOR.test(lines[n - 1] ?? '')) result[n - 1] = ''
    const opening = [bodyLine, bodyLine + 1].find((n) => DOCSTRING.test(lines[n - 1] ?? ''))
    if (opening === undefined) continue
    const line = lines[opening - 1]!
    const quotes = DOCSTRING.exec(line)![1]!
    const rest = line.slice(line.indexOf(quotes) + quotes.length)
    let closing = opening
    if (!rest.includes(quotes))
      do closing++
      while (closing < lastLine && !lines[closing - 1]?.includes(quotes))
    // `pass`, because a body that was only a docstring must not become empty.
    result[opening - 1] = `${/^\s*/.exec(line)![0]}pass`
    for (let n = opening + 1; n <= closing; n++) result[n - 1] = ''
  }
  return result
}
