/**
 * `fovea bench holistic`: questions about a whole set of symbols, which no top-k retrieval can answer, of the five
 * kinds of HoloBench (Maekawa et al. 2024): filter, count, join, extreme, order. The gold is computed here from the
 * index tables and shares no code with the implementation that answers.
 */

import { EDGE_KINDS, type SourceSymbol } from '../engine/types/symbol.ts'
import type { SymbolTable } from '../engine/types/workspace.ts'
import { withCopy } from './copy.ts'
import { uniqueNames } from './facts.ts'
import { sample, type World } from './questions.ts'
import { conversationOf } from './script.ts'
import { type BenchSetting, meanOf, NO_MODEL, Requests, runOf, type SubBench, shareOf, type Table } from './setting.ts'

const KINDS = ['filter', 'count', 'join', 'extreme', 'order'] as const
type Kind = (typeof KINDS)[number]
const BUDGET_TOKENS = 8000
const INSTRUCTION =
  'Name every one, each on a line of its own, by its name in backticks, and nothing else. For a number say the number.'
const CALLABLE: ReadonlySet<string> = new Set(['function', 'method'])
/** The filter question asks for functions with more lines than this. */
const LONG_LINES = 30

interface Asked {
  readonly kind: Kind
  readonly text: string
  /** `path:line` of each expected row; for an extreme, all rows that tie. */
  readonly gold: readonly string[]
  readonly names: readonly string[]
  /** Whether one of the gold rows is enough. */
  readonly any: boolean
}

interface SymbolRow {
  readonly path: string
  readonly symbol: SourceSymbol
  readonly lines: number
}

export const holistic: SubBench = {
  name: 'holistic',
  summary: 'lists, counts, joins, extremes and orders over the whole: are all rows there, and no other',
  unit: 'questions',
  items: 60,
  measure(setting) {
    return withCopy(setting, async (copy, world) => {
      const requests = new Requests(setting)
      const questions = questionsOf(world, setting)
      const outcomes: Outcome[] = []
      for (const asked of questions) {
        const question = { text: asked.text, budgets: [BUDGET_TOKENS] }
        const { statements, summary } = await copy.engine.ask(runOf(setting), question)
        const exact = summary.startsWith('Read off the index')
        const found = exact ? statements.map(({ path, firstLine }) => `${path}:${firstLine}`) : []
        const packed = (await copy.engine.context(runOf(setting), question)).packs[0]!.blocks
        const shown = asked.gold.filter((row) => packed.some(({ path, shown: all }) => shows(row, path, all)))
        let model: number | null = null
        if (setting.model) {
          const conversation = conversationOf(setting.model, setting.seed, { instruction: INSTRUCTION })
          const answer = await requests.try(() => copy.engine.ask(runOf(setting), question, conversation))
          model = answer?.mode === 'model' ? namesScore(answer.text, asked) : 0
        }
        outcomes.push({
          asked,
          exact,
          score: scoreOf(found, asked),
          shown: asked.gold.length ? shown.length / asked.gold.length : 1,
          model,
        })
      }
      return {
        notes: [...copy.notes, ...requests.notes, ...(setting.model ? [] : [NO_MODEL])],
        tables: [tableOf(setting, outcomes)],
        meaning:
          'Understood: the question was taken as one for static analysis. F1 over rows against an oracle that shares no code with the answer; pack: share of the rows that ranked context of 8000 tokens shows, which is what a model would have without.',
        failures: outcomes.flatMap(({ asked, score }) =>
          score.f1 === 1 ? [] : [`${asked.kind}: ${asked.text} → ${score.missing} missing, ${score.extra} too many`],
        ),
      }
    })
  },
}

interface Outcome {
  readonly asked: Asked
  /** Whether the question was answered by static analysis. */
  readonly exact: boolean
  readonly score: ReturnType<typeof scoreOf>
  /** Share of the gold rows in the ranked pack. */
  readonly shown: number
  /** F1 of the model's answer; null when none was asked. */
  readonly model: number | null
}

function shows(row: string, path: string, all: readonly (readonly [number, number])[]): boolean {
  const at = row.lastIndexOf(':')
  const line = Number(row.slice(at + 1))
  return row.slice(0, at) === path && all.some(([first, last]) => first <= line && line <= last)
}

/** F1 over rows. For an extreme, a single correct row is complete. */
export function scoreOf(found: readonly string[], { gold, any }: Pick<Asked, 'gold' | 'any'>) {
  const expected = new Set(gold)
  const hits = new Set(found.filter((row) => expected.has(row))).size
  const extra = found.length - hits
  const missing = any ? Number(hits === 0) : expected.size - hits
  const precision = found.length ? hits / found.length : Number(expected.size === 0)
  const recall = any ? Number(hits > 0) : expected.size ? hits / expected.size : Number(found.length === 0)
  return { f1: precision + recall ? (2 * precision * recall) / (precision + recall) : 0, extra, missing }
}

/** F1 over the names in backticks, because a model's answer lists names, not lines. */
function namesScore(text: string, { names, gold, any }: Asked): number {
  const answered = [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!.split('.').at(-1)!)
  return scoreOf([...new Set(answered)], { gold: [...new Set(names)], any: any && gold.length > 0 }).f1
}

/** Makes an equal number of questions of each kind; fewer where the repository does not offer enough. */
export function questionsOf(world: World, { items, seed }: Pick<BenchSetting, 'items' | 'seed'>): readonly Asked[] {
  const { table } = world
  const rows = rowsOf(table)
  const folders = [...new Set(table.files.map(({ path }) => path.split('/').slice(0, -1).join('/')))].filter(Boolean)
  const inside = (folder: string) => rows.filter(({ path }) => path.startsWith(`${folder}/`))
  const rich = folders.filter((folder) => isUnambiguous(folder, table) && inside(folder).filter(isCallable).length >= 3)
  const each = Math.max(1, Math.ceil(items / KINDS.length))
  const pick = (n: number) => sample(rich, each, seed + n)
  const asked = (kind: Kind, text: string, gold: readonly SymbolRow[], any = false): Asked => ({
    ...{ kind, text, any, gold: gold.map(({ path, symbol }) => `${path}:${symbol.firstLine}`) },
    names: gold.map(({ symbol }) => symbol.name.split(/[.:]/).at(-1)!),
  })
  const filter = pick(0).map((folder) =>
    asked(
      'filter',
      `List all functions in \`${folder}\` longer than ${LONG_LINES} lines`,
      inside(folder).filter((row) => isCallable(row) && row.lines > LONG_LINES),
    ),
  )
  const count = pick(1).map((folder) => {
    // In Rust, the index records an `impl` as a class.
    const classes = inside(folder).filter(({ symbol, path }) => symbol.kind === 'class' && !path.endsWith('.rs'))
    const structs = inside(folder).filter(({ symbol }) => symbol.kind === 'struct')
    const [name, gold] = classes.length ? ['classes', classes] : ['structs', structs]
    return asked('count', `How many ${name} are there in \`${folder}\`?`, gold)
  })
  const extreme = pick(2).map((folder) => {
    const functions = inside(folder).filter(isCallable)
    const most = Math.max(...functions.map(({ lines }) => lines))
    return asked(
      'extreme',
      `What is the longest function in \`${folder}\`?`,
      functions.filter(({ lines }) => lines === most),
      true,
    )
  })
  const order = pick(3).flatMap((folder) => {
    const functions = inside(folder)
      .filter(isCallable)
      .sort((a, b) => b.lines - a.lines)
    // With a tie for third place the question has no unique answer.
    return functions[2]!.lines === functions[3]?.lines
      ? []
      : [asked('order', `What are the 3 longest functions in \`${folder}\`?`, functions.slice(0, 3))]
  })
  return [
    ...filter,
    ...count,
    ...joinsOf(world, rows, each, seed).map(({ name, callers }) =>
      asked('join', `Which functions call \`${name}\`?`, callers),
    ),
    ...extreme,
    ...order,
  ]
}

/** Whether the folder's path is unambiguous: `src` would also match `test/src`. */
function isUnambiguous(folder: string, { files }: SymbolTable): boolean {
  return files.every(({ path }) => path.startsWith(`${folder}/`) || !`/${path}`.includes(`/${folder}/`))
}

const isCallable = ({ symbol }: SymbolRow): boolean => CALLABLE.has(symbol.kind)

function rowsOf({ files, records }: SymbolTable): SymbolRow[] {
  return files.flatMap(({ path }, file) =>
    records[file]!.symbols.filter(({ kind }) => kind !== 'section' && kind !== 'key').map((symbol) => ({
      path,
      symbol,
      lines: symbol.lastLine - symbol.firstLine + 1,
    })),
  )
}

/**
 * The callers of uniquely named symbols, by the index's edges of weight 1. A caller is the innermost function around a
 * call, not the functions that enclose it.
 */
function joinsOf(world: World, rows: readonly SymbolRow[], count: number, seed: number) {
  const { files, records, edges } = world.table
  const byPlace = new Map(rows.map((row) => [row.symbol, row]))
  const called = [...uniqueNames(world)].filter(([, { file, symbol }]) =>
    CALLABLE.has(records[file]!.symbols[symbol]!.kind),
  )
  return sample(called, count, seed).map(([name, { file, symbol }]) => {
    const callers = new Set<SymbolRow>()
    for (let row = 0; row < edges.kind.length; row++) {
      const kind = EDGE_KINDS[edges.kind[row]!]
      if (edges.toFile[row] !== file || edges.toSymbol[row] !== symbol || edges.weight[row]! < 1) continue
      if (kind !== 'call' && kind !== 'tests') continue
      const { symbols } = records[edges.fromFile[row]!]!
      for (let from = edges.fromSymbol[row]!; from >= 0; from = symbols[from]!.parent) {
        const caller = byPlace.get(symbols[from]!)
        if (!caller || !isCallable(caller)) continue
        callers.add(caller)
        break
      }
    }
    return { name, callers: [...callers], path: files[file]!.path }
  })
}

function tableOf({ model }: BenchSetting, outcomes: readonly Outcome[]): Table {
  return {
    title: 'Rows of holistic questions',
    columns: [
      'kind',
      'questions',
      'understood',
      'all rows exact',
      'F1',
      `rows in a pack of ${BUDGET_TOKENS}`,
      ...(model ? ['F1 of the model'] : []),
    ],
    rows: [...KINDS, null].map((kind) => {
      const part = outcomes.filter(({ asked }) => kind === null || asked.kind === kind)
      const f1 = part.map(({ score }) => score.f1)
      const cells = [
        kind ?? 'all',
        String(part.length),
        shareOf(part.map(({ exact }) => exact)),
        shareOf(f1.map((one) => one === 1)),
        meanOf(f1),
      ]
      return [
        ...cells,
        meanOf(part.map(({ shown }) => shown)),
        ...(model ? [meanOf(part.map((one) => one.model ?? 0))] : []),
      ]
    }),
  }
}
