/** Questions made of the repository's own symbols: to begin with, and to go on with from what was shown. */

import type { FileRecord } from '../model/chunk.ts'
import { rolesOf } from '../model/role.ts'
import type { Edges } from '../model/symbol.ts'
import { subTokens } from '../model/terms.ts'

interface Known {
  readonly files: readonly { readonly path: string }[]
  readonly records: readonly FileRecord[]
  readonly edges: Edges
}

const SHORTEST_NAME = 4
const CALLS = ['function', 'method']
const TYPES = ['class', 'interface', 'struct', 'trait', 'type']

/** At most three; none of a repository without symbols. */
export function exampleQuestions({ files, records, edges }: Known): string[] {
  const weights = new Map<string, { readonly file: number; readonly symbol: number; weight: number }>()
  for (let row = 0; row < edges.kind.length; row++) {
    const [file, symbol] = [edges.toFile[row]!, edges.toSymbol[row]!]
    // What a file refers to of its own says little about the repository.
    if (symbol < 0 || edges.fromFile[row] === file) continue
    const key = `${file} ${symbol}`
    const held = weights.get(key) ?? { file, symbol, weight: 0 }
    held.weight += edges.weight[row]!
    weights.set(key, held)
  }
  const ranked = [...weights.values()].sort((a, b) => b.weight - a.weight)
  const known = ranked.flatMap(({ file, symbol }) => {
    const { test, example, document, generated } = rolesOf(files[file]!.path)
    const { kind, name } = records[file]!.symbols[symbol]!
    return test || example || document || generated || name.length < SHORTEST_NAME ? [] : [{ kind, name }]
  })
  const named = (kinds: readonly string[], fits: (name: string) => boolean = () => true): string =>
    known.find(({ kind, name }) => kinds.includes(kind) && fits(name))?.name ?? ''
  const type = named(TYPES)
  // A name of several words says more than `get`.
  const call = named(CALLS, (name) => subTokens(name).length > 1) || named(CALLS)
  const failure = named(TYPES, (name) => /(Error|Exception|Failure)$/.test(name))
  const second = named(TYPES, (name) => name !== type)
  return [
    type && `What is ${type} for, and who uses it?`,
    call && `How does ${call} work, step by step?`,
    failure ? `When is ${failure} raised?` : second && `How do ${type} and ${second} work together?`,
  ].filter((question): question is string => Boolean(question))
}

/** What an answer showed. */
interface Place {
  readonly path: string
  readonly start: number
  /** `Class.method`, or several with commas between. */
  readonly symbol: string
}

const NEXT = 3
const CANDIDATES = 12

/**
 * At most three about the neighbours of what was shown, which nobody has asked about: each names a symbol that exists.
 * What is near to what the user asks about otherwise leads (K-LaMP, Baek et al., 2024: entities counted for each user).
 */
export function nextQuestions(
  known: Known,
  places: readonly Place[],
  asked: readonly string[],
  interests: ReadonlyMap<string, number>,
): string[] {
  const before = asked.join('\n').toLowerCase()
  const questions = new Map<string, string>()
  for (const place of places)
    for (const { name, question } of neighboursOf(known, place)) {
      if (questions.size >= CANDIDATES) break
      const news = name.length >= SHORTEST_NAME && !before.includes(question.toLowerCase())
      if (news && !questions.has(name)) questions.set(name, question)
    }
  return [...questions]
    .map(([name, question], i) => ({ question, worth: Math.log(1 + (interests.get(name) ?? 0)) - i / CANDIDATES }))
    .sort((a, b) => b.worth - a.worth)
    .slice(0, NEXT)
    .map(({ question }) => question)
}

function* neighboursOf({ files, records, edges }: Known, { path, start, symbol: title }: Place) {
  const file = files.findIndex((one) => one.path === path)
  const wanted = title.split(', ')[0]?.split('.').at(-1)
  const symbols = records[file]?.symbols ?? []
  const own = symbols.findIndex(({ name, last }) => name === wanted && last >= start)
  if (own < 0) return
  const rows = (at: (row: number) => boolean) =>
    [...edges.kind.keys()].filter((row) => edges.weight[row] === 1 && at(row))
  for (const row of rows((i) => edges.fromFile[i] === file && edges.fromSymbol[i] === own && edges.toSymbol[i]! >= 0)) {
    const { name, kind } = records[edges.toFile[row]!]!.symbols[edges.toSymbol[row]!]!
    if (name === wanted) continue
    if (CALLS.includes(kind)) yield { name, question: `How does ${name} work?` }
    else if (TYPES.includes(kind)) yield { name, question: `What is ${name} for?` }
  }
  const users = rows((i) => edges.toFile[i] === file && edges.toSymbol[i] === own && edges.fromFile[i] !== file)
  if (users.length) yield { name: wanted!, question: `Who uses ${wanted}?` }
}
