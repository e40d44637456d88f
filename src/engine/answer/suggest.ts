/** Suggested questions about the repository's own symbols: examples to start with, and follow-ups to an answer. */

import { rolesOf } from '../text/path-role.ts'
import { subTokens } from '../text/terms.ts'
import type { FileRecord } from '../types/chunk.ts'
import type { Edges } from '../types/symbol.ts'

/** The part of an index that suggestions are made from. */
interface RepositorySymbols {
  readonly files: readonly { readonly path: string }[]
  readonly records: readonly FileRecord[]
  readonly edges: Edges
}

const MIN_NAME_CHARS = 4
const CALLS = ['function', 'method']
const TYPES = ['class', 'interface', 'struct', 'trait', 'type']

interface Named {
  readonly kind: string
  readonly name: string
}

/**
 * Symbols by how much other files refer to them, highest first, without tests, examples, documents and generated code.
 */
function mostReferred({ files, records, edges }: RepositorySymbols): Named[] {
  const weights = new Map<string, { readonly file: number; readonly symbol: number; weight: number }>()
  for (let row = 0; row < edges.kind.length; row++) {
    const [file, symbol] = [edges.toFile[row]!, edges.toSymbol[row]!]
    // References within a file say little about the repository.
    if (symbol < 0 || edges.fromFile[row] === file) continue
    const key = `${file} ${symbol}`
    const total = weights.get(key) ?? { file, symbol, weight: 0 }
    total.weight += edges.weight[row]!
    weights.set(key, total)
  }
  const ranked = [...weights.values()].sort((a, b) => b.weight - a.weight)
  return ranked.flatMap(({ file, symbol }) => {
    const { kind, name } = records[file]!.symbols[symbol]!
    return isCode(files[file]!.path) && name.length >= MIN_NAME_CHARS ? [{ kind, name }] : []
  })
}

function isCode(path: string): boolean {
  const { test, example, document, generated } = rolesOf(path)
  return !(test || example || document || generated)
}

/** At most three questions to start with; none for a repository without symbols. */
export function exampleQuestions(repository: RepositorySymbols): string[] {
  const known = mostReferred(repository)
  const findName = (kinds: readonly string[], fits: (name: string) => boolean = () => true): string | undefined =>
    known.find(({ kind, name }) => kinds.includes(kind) && fits(name))?.name
  const type = findName(TYPES)
  // A name of several words is more telling than `get`.
  const call = findName(CALLS, (name) => subTokens(name).length > 1) ?? findName(CALLS)
  const failure = findName(TYPES, (name) => /(Error|Exception|Failure)$/.test(name))
  const second = findName(TYPES, (name) => name !== type)
  return [
    type && `What is ${type} for, and who uses it?`,
    call && `How does ${call} work, step by step?`,
    failure ? `When is ${failure} raised?` : second && `How do ${type} and ${second} work together?`,
  ].filter((question): question is string => Boolean(question))
}

/** A place shown in an answer. */
interface Place {
  readonly path: string
  readonly firstLine: number
  readonly lastLine?: number
  /** Titles like `Class.method`; empty for a whole file. */
  readonly symbols: readonly string[]
}

const MAX_NEXT_QUESTIONS = 3
const MAX_CANDIDATES = 12
/** Symbols that represent a file. */
const SYMBOLS_PER_FILE = 3

/**
 * Up to three follow-up questions: about what was shown and its neighbours, then about other symbols of the files
 * shown, then about the most referenced symbols. Each names an existing symbol that no question so far has named,
 * including the current one (`asked[0]`). Symbols the user often asks about come first (K-LaMP, Baek et al., 2024:
 * entities counted for each user).
 */
export function nextQuestions(
  known: RepositorySymbols,
  places: readonly Place[],
  asked: readonly string[],
  interests: ReadonlyMap<string, number>,
): string[] {
  const named = new Set(asked.flatMap(wordsOf))
  const questions = new Map<string, string>()
  const collect = (limit: number, suggestions: Iterable<Suggestion>) => {
    for (const { name, question } of suggestions) {
      if (questions.size >= limit) break
      const isNew = name.length >= MIN_NAME_CHARS && wordsOf(name).every((word) => !named.has(word))
      if (isNew && !questions.has(name)) questions.set(name, question)
    }
  }
  const shown = new ShownFiles(known, places, asked[0] ?? '')
  for (const place of places) collect(MAX_CANDIDATES, shown.neighbours(place))
  for (const { path } of places) collect(MAX_NEXT_QUESTIONS, shown.symbolsOf(path))
  if (questions.size < MAX_NEXT_QUESTIONS)
    collect(
      MAX_NEXT_QUESTIONS,
      rotated(mostReferred(known).flatMap(suggestionsFor), MAX_NEXT_QUESTIONS * (asked.length - 1)),
    )
  return [...questions]
    .map(([name, question], i) => ({ question, worth: Math.log(1 + (interests.get(name) ?? 0)) - i / MAX_CANDIDATES }))
    .sort((a, b) => b.worth - a.worth)
    .slice(0, MAX_NEXT_QUESTIONS)
    .map(({ question }) => question)
}

interface Suggestion {
  readonly name: string
  readonly question: string
}

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^\w$]+/)
    .filter(Boolean)

/** Rotates a list, so that each turn offers other suggestions first. */
const rotated = <T>(all: readonly T[], by: number): T[] => {
  const at = all.length ? by % all.length : 0
  return [...all.slice(at), ...all.slice(0, at)]
}

function suggestionsFor({ kind, name }: Named): Suggestion[] {
  if (CALLS.includes(kind)) return [{ name, question: `How does ${name} work?` }]
  return TYPES.includes(kind) ? [{ name, question: `What is ${name} for?` }] : []
}

/** The files that were shown, with the references from and to them. */
class ShownFiles {
  private readonly known: RepositorySymbols
  private readonly wanted: ReadonlySet<string>
  private readonly files: ReadonlyMap<string, number>
  /** Edge rows by `file symbol` of their source and of their target. */
  private readonly outgoing = new Map<string, number[]>()
  private readonly incoming = new Map<string, number[]>()

  constructor(known: RepositorySymbols, places: readonly Place[], question: string) {
    this.known = known
    this.wanted = new Set(subTokens(question))
    const paths = new Set(places.map(({ path }) => path))
    this.files = new Map(known.files.flatMap(({ path }, file) => (paths.has(path) ? [[path, file] as const] : [])))
    this.readEdges(new Set(this.files.values()))
  }

  private readEdges(files: ReadonlySet<number>): void {
    const { kind, fromFile, fromSymbol, toFile, toSymbol, weight } = this.known.edges
    const add = (rows: Map<string, number[]>, key: string, row: number) => {
      const list = rows.get(key)
      if (list) list.push(row)
      else rows.set(key, [row])
    }
    for (let row = 0; row < kind.length; row++) {
      if (weight[row] !== 1 || toSymbol[row]! < 0) continue
      if (files.has(fromFile[row]!)) add(this.outgoing, `${fromFile[row]} ${fromSymbol[row]}`, row)
      if (files.has(toFile[row]!)) add(this.incoming, `${toFile[row]} ${toSymbol[row]}`, row)
    }
  }

  /** What a place's symbol refers to and who uses it; for a place without a symbol, its best symbols first. */
  *neighbours({ path, firstLine, lastLine = Number.POSITIVE_INFINITY, symbols: titles }: Place): Generator<Suggestion> {
    const file = this.files.get(path)
    if (file === undefined) return
    const { symbols } = this.known.records[file]!
    const name = titles[0]?.split('.').at(-1)
    const symbol = symbols.findIndex((candidate) => candidate.name === name && candidate.lastLine >= firstLine)
    if (symbol >= 0) return yield* this.around(file, symbol)
    const best = this.ranked(
      file,
      (one) => symbols[one]!.firstLine <= lastLine && symbols[one]!.lastLine >= firstLine,
    ).slice(0, SYMBOLS_PER_FILE)
    if (isCode(path)) for (const one of best) yield* suggestionsFor(symbols[one]!)
    for (const one of best) yield* this.around(file, one)
  }

  /** The symbols of a file: those the question mentions first, then by references. */
  *symbolsOf(path: string): Generator<Suggestion> {
    const file = this.files.get(path)
    if (file === undefined || !isCode(path)) return
    for (const one of this.ranked(file)) yield* suggestionsFor(this.known.records[file]!.symbols[one]!)
  }

  private *around(file: number, symbol: number): Generator<Suggestion> {
    const { files, records, edges } = this.known
    const { name } = records[file]!.symbols[symbol]!
    for (const row of this.outgoing.get(`${file} ${symbol}`) ?? []) {
      const to = records[edges.toFile[row]!]!.symbols[edges.toSymbol[row]!]!
      if (to.name !== name && isCode(files[edges.toFile[row]!]!.path)) yield* suggestionsFor(to)
    }
    const isUsedElsewhere = (this.incoming.get(`${file} ${symbol}`) ?? []).some((row) => edges.fromFile[row] !== file)
    if (isUsedElsewhere) yield { name, question: `Who uses ${name}?` }
  }

  private ranked(file: number, fits: (symbol: number) => boolean = () => true): number[] {
    const { symbols } = this.known.records[file]!
    const rated = (one: number) => {
      const alike = subTokens(symbols[one]!.name).filter((word) => this.wanted.has(word)).length
      return { one, alike, uses: this.incoming.get(`${file} ${one}`)?.length ?? 0 }
    }
    return [...symbols.keys()]
      .filter(fits)
      .map(rated)
      .sort((a, b) => b.alike - a.alike || b.uses - a.uses || a.one - b.one)
      .map(({ one }) => one)
  }
}
