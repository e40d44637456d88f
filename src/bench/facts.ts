/**
 * Facts about a repository, read from its index: calls, inheritance, numeric constants and where symbols are defined.
 * Restricted to symbols whose name is unique and to edges of weight 1, so that a fact is certain and its names
 * unambiguous.
 */
import { languageOf } from '../engine/text/language.ts'
import { subTokens } from '../engine/text/terms.ts'
import { EDGE_KINDS, type SourceSymbol } from '../engine/types/symbol.ts'
import { isAnswer, isCode, type World } from './questions.ts'

export const FACT_KINDS = ['calls', 'extends', 'number', 'file'] as const
export type FactKind = (typeof FACT_KINDS)[number]

export interface Fact {
  readonly kind: FactKind
  readonly path: string
  /** Name of the symbol the fact is about, unique in the repository (a constant's name: in its file). */
  readonly subject: string
  /** The other part of the fact: a callee, a base class, a number or a path. */
  readonly object: string
  /** Lines that show the fact, 1-based. */
  readonly lines: readonly number[]
  /** Lines one must read to know that another object would be false. */
  readonly refuting: readonly number[]
}

/** Words a fact as a claim, with its own object or a false one. */
export function claimOf({ kind, subject, path }: Fact, object: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1)
  if (kind === 'calls') return `\`${subject}\` calls \`${object}\`.`
  if (kind === 'extends') return `\`${subject}\` extends \`${object}\`.`
  if (kind === 'number') return `In \`${file}\`, \`${subject}\` is set to ${object}.`
  return `\`${subject}\` is defined in \`${object}\`.`
}

/** Names with a conventional meaning. */
const COMMON = /^(exports|default|main|setup|init|constructor)$/
/** Callers with more non-blank lines are left out: a pack could not show all the evidence. */
const MAX_BODY_LINES = 60
const MIN_NAME_CHARS = 4

/** The last part of a qualified name. */
export const lastName = (name: string): string => name.replace(/^.*[.:\\]/, '')

/** Names that exactly one code symbol of the repository has, with that symbol. */
export function uniqueNames({ table }: World): ReadonlyMap<string, { readonly file: number; readonly symbol: number }> {
  const found = new Map<string, { readonly file: number; readonly symbol: number } | null>()
  table.records.forEach(({ symbols }, file) => {
    symbols.forEach((one, symbol) => {
      if (one.kind === 'section' || one.kind === 'key') return
      const name = lastName(one.name)
      found.set(name, found.has(name) ? null : { file, symbol })
    })
  })
  return new Map(
    [...found].flatMap(([name, place]) => {
      if (!place || name.length < MIN_NAME_CHARS || COMMON.test(name) || !isAnswer(table.files[place.file]!.path))
        return []
      return isCode(table.records[place.file]!.symbols[place.symbol]!) ? [[name, place] as const] : []
    }),
  )
}

/** All facts of the repository, grouped by kind. */
export function plantableFacts(world: World): readonly Fact[] {
  const unique = uniqueNames(world)
  return [...relationFacts(world, unique), ...numberFacts(world), ...fileFacts(world, unique)]
}

/** The symbol's non-blank lines. */
const bodyOf = ({ firstLine, lastLine }: SourceSymbol, lines: readonly string[]): number[] =>
  Array.from({ length: lastLine - firstLine + 1 }, (_, i) => firstLine + i).filter((n) => lines[n - 1]?.trim())

const SELF_RECEIVER = /(?:\b(?:self|this|cls|super\(\)|Self)|@)\s*(?:\.|->|::)\s*$/
const RECEIVER = /(?:\.|->|::)\s*$/

/**
 * Whether the line uses the name unambiguously: a single word called on a receiver (`parts.extend`) could be any
 * method.
 */
function mentions(line: string, name: string): boolean {
  const at = line.search(new RegExp(`(?<![\\w$])${name.replace(/\W/g, '\\$&')}(?![\\w$])`))
  if (at < 0) return false
  const before = line.slice(0, at)
  return subTokens(name).length > 1 || !RECEIVER.test(before) || SELF_RECEIVER.test(before)
}

/** Calls and inheritance along edges of weight 1 between symbols with unique names. */
function relationFacts({ table, lines }: World, unique: ReturnType<typeof uniqueNames>): Fact[] {
  const { files, records, edges } = table
  const found = new Map<string, Fact>()
  edges.kind.forEach((number, row) => {
    const edge = EDGE_KINDS[number]
    if ((edge !== 'call' && edge !== 'extends') || edges.weight[row]! < 1) return
    const [file, within] = [edges.fromFile[row]!, edges.fromSymbol[row]!]
    const [from, to] = [records[file]?.symbols[within], records[edges.toFile[row]!]?.symbols[edges.toSymbol[row]!]]
    if (!from || !to) return
    const [subject, object] = [lastName(from.name), lastName(to.name)]
    const fileLines = lines(file)
    const body = bodyOf(from, fileLines)
    if (!unique.has(subject) || !unique.has(object) || subject === object || body.length > MAX_BODY_LINES) return
    const isAt = (n: number) => mentions(fileLines[n - 1] ?? '', object)
    const shown = [...records[file]!.references]
      .filter((one) => one.kind === edge && one.within === within && lastName(one.name) === object && isAt(one.line))
      .map(({ line }) => line)
    if (shown.length === 0) return
    const kind = edge === 'call' ? ('calls' as const) : ('extends' as const)
    const refuting = kind === 'calls' ? body : shown
    const fact = { kind, path: files[file]!.path, subject, object, lines: [...new Set(shown)], refuting }
    found.set(`${kind} ${subject} ${object}`, fact)
  })
  return [...found.values()]
}

const NUMBER =
  /^\s*(?:(?:export|public|private|protected|internal|static|final|readonly|const|constexpr|let|var|val|pub|int|long|unsigned|double|float|size_t)\s+)*([A-Za-z_]\w{3,})\s*(?::\s*[\w.<>|[\]]+)?\s*:?=\s*(\d{1,9})\s*[;,]?\s*(?:(?:\/\/|#|--).*)?$/

/** Names that a file assigns exactly once, to a number. */
function numberFacts({ table, lines }: World): Fact[] {
  return table.files.flatMap(({ path }, file) => {
    if (!isAnswer(path)) return []
    const fileLines = lines(file)
    const assignments = fileLines.flatMap((line, i) => {
      const [, subject, object] = NUMBER.exec(line) ?? []
      return subject && object ? [{ subject, object, n: i + 1 }] : []
    })
    const isOnce = (subject: string) =>
      fileLines.filter((line) => new RegExp(`(?<![\\w.$])${subject}\\s*(?::[^=]*)?[:+*/-]?=(?!=)`).test(line))
        .length === 1
    return assignments
      .filter(({ subject }) => isOnce(subject))
      .map(({ subject, object, n }): Fact => ({ kind: 'number', path, subject, object, lines: [n], refuting: [n] }))
  })
}

function fileFacts({ table }: World, unique: ReturnType<typeof uniqueNames>): Fact[] {
  return [...unique].map(([subject, { file, symbol }]): Fact => {
    const { firstLine } = table.records[file]!.symbols[symbol]!
    const { path } = table.files[file]!
    return { kind: 'file', path, subject, object: path, lines: [firstLine], refuting: [firstLine] }
  })
}

/** Picks a plausible object that makes the claim false; null when the repository has none. */
export function falseObject(world: World, fact: Fact, facts: readonly Fact[], random: () => number): string | null {
  const { table, lines } = world
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]
  const textOf = (path: string) => lines(table.files.findIndex((entry) => entry.path === path))
  const fileLines = textOf(fact.path)
  if (fact.kind === 'number') {
    const value = Number(fact.object)
    return String(pick([value + 1, value + 2, value + 5, value * 2 + 1, Math.max(1, value) * 10]))
  }
  const language = languageOf(fact.path).id
  const isAlike = ({ path, kind }: Fact) => kind === fact.kind && languageOf(path).id === language
  if (fact.kind === 'file') {
    const other = (path: string) => path !== fact.path && !textOf(path).join('\n').includes(fact.subject)
    return pick([...new Set(facts.filter(isAlike).map(({ path }) => path))].filter(other)) ?? null
  }
  const text = fact.refuting.map((n) => fileLines[n - 1]).join('\n')
  const objects = new Set(facts.filter(isAlike).map(({ object }) => object))
  return pick([...objects].filter((name) => name !== fact.subject && !text.includes(name))) ?? null
}
