/**
 * Holds the symbol graph against the uses that a compiler or a language server sees (`uses.ts`). Compared are pairs
 * (symbol that refers, symbol referred to), as the product shows them; overloads count as one symbol, and import
 * statements are left out. Prints:
 *
 * recall, by kind of use: share of the compiler's pairs that the graph has for certain, and at all;
 * precision: share of the graph's certain calls that the compiler sees, too;
 * false absences: of N symbols with uses elsewhere, those of which `fovea ask "who uses …"` claims there is none;
 * unlisted uses: uses that the answer neither lists nor names among the unresolved lines.
 *
 * usage: node tools/node24.mjs test/oracles/compare.ts FOLDER USES.jsonl [N] [--verbose]
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from '../../src/engine/engine.ts'
import { symbolTableOf } from '../../src/engine/measure.ts'
import { lastName, ownerOf } from '../../src/engine/text/owner.ts'
import { EDGE_KINDS, type SourceSymbol } from '../../src/engine/types/symbol.ts'
import type { SymbolTable } from '../../src/engine/types/workspace.ts'
import { openWorkspace } from '../../src/host/open.ts'
import type { Use } from './uses.ts'

/** Import statements, by extension. */
const IMPORTS: readonly (readonly [extension: RegExp, statement: RegExp])[] = [
  [/\.[cm]?[jt]sx?$/, /^(?:import|export)\b[^;'"]*?from\s*['"][^'"]*['"]/gm],
  [/\.py$/, /^[ \t]*(?:from\s+\S+\s+import\s+(?:\([^)]*\)|[^\n]*)|import\s[^\n]*)/gm],
  [/\.go$/, /^import\s*(?:\([^)]*\)|[^\n]*)/gm],
  [/\.java$/, /^[ \t]*import\s[^\n]*/gm],
  [/\.rs$/, /^[ \t]*(?:pub(?:\([^)]*\))?\s+)?(?:use|mod|extern crate)\s[^;{]*(?:\{[^;]*)?;/gm],
  [/\.[ch]$/, /^[ \t]*#\s*include[^\n]*/gm],
]
const CERTAIN_WEIGHT = 0.99
const CONSTRUCTORS = new Set(['constructor', '__init__'])
const IS_C = /\.[ch]$/
const TYPE_KINDS = new Set(['class', 'interface', 'struct', 'enum', 'trait', 'type'])
const KINDS_OF_USE = ['calls of functions', 'calls of methods', 'uses of types', 'other uses'] as const
type KindOfUse = (typeof KINDS_OF_USE)[number]

interface Source {
  readonly lines: readonly string[]
  /** Lines of import statements. */
  readonly imports: ReadonlySet<number>
}

/** A use between indexed symbols: `from` and `to` as file and symbol, -1 for a file. */
interface Pair {
  readonly kind: KindOfUse
  readonly use: Use
  readonly file: number
  /** Symbols it may be counted under: the innermost, and others on the same line. */
  readonly from: readonly number[]
  readonly to: readonly (readonly [file: number, symbol: number])[]
}

const log = { warn: (topic: string, message: string) => console.error(`${topic}: ${message}`) }

function sourceOf(folder: string, path: string): Source {
  const text = readFileSync(join(folder, path), 'utf8')
  const imports = new Set<number>()
  const pattern = IMPORTS.find(([extension]) => extension.test(path))?.[1]
  for (const { 0: statement, index } of pattern ? text.matchAll(pattern) : []) {
    const first = text.slice(0, index).split('\n').length
    statement.split('\n').forEach((_, i) => {
      imports.add(first + i)
    })
  }
  return { lines: text.split('\n'), imports }
}

/** The symbol that a definition's line introduces; -1 when it is not a symbol of the index. */
function definedAt(symbols: readonly SourceSymbol[], lines: readonly string[], line: number, name: string): number {
  const hasWord = (word: string) =>
    new RegExp(`(?<![\\w$])${word.replace(/[^\w]/g, '\\$&')}(?![\\w$])`).test(lines[line - 1] ?? '')
  return symbols.findLastIndex(({ name: whole, docFirstLine, bodyLine }) => {
    const last = lastName(whole).replace(/^#/, '')
    return line >= docFirstLine && line <= bodyLine && hasWord(last) && (last === name || !hasWord(name))
  })
}

/** The first symbol of the same name and owner in the file: overloads count as one, and a constructor as its type. */
function firstOverload(symbols: readonly SourceSymbol[], symbol: number): number {
  const { name, parent, kind } = symbols[symbol]!
  if (kind === 'method' && parent >= 0 && (name === symbols[parent]!.name || CONSTRUCTORS.has(name))) return parent
  return symbols.findIndex((one) => one.name === name && one.parent === parent && one.kind === kind)
}

/** The symbols that a line of a file belongs to, innermost last; more than one only on one line. */
function symbolsAt(symbols: readonly SourceSymbol[], line: number): number[] {
  const around = [...symbols.keys()].filter((i) => line >= symbols[i]!.docFirstLine && line <= symbols[i]!.lastLine)
  const inside = around.filter((i) => line >= symbols[i]!.firstLine)
  const innermost = inside.at(-1) ?? -1
  return around
    .filter(
      (i) => i === innermost || line <= symbols[i]!.bodyLine || symbols[i]!.firstLine === symbols[innermost]?.firstLine,
    )
    .concat(innermost < 0 ? [-1] : [])
}

/** In C a prototype and the definition are one: the first of the name. */
function firstDeclarations({ files, records }: SymbolTable): (file: number, symbol: number) => Ref {
  const first = new Map<string, Ref>()
  records.forEach(({ symbols }, file) => {
    if (IS_C.test(files[file]!.path))
      symbols.forEach(({ name, kind }, symbol) => {
        if (kind === 'function' && !first.has(name)) first.set(name, [file, symbol])
      })
  })
  return (file, symbol) => {
    const { name, kind } = records[file]!.symbols[symbol]!
    const declared = IS_C.test(files[file]!.path) && kind === 'function' ? first.get(name) : undefined
    return declared ?? [file, firstOverload(records[file]!.symbols, symbol)]
  }
}

function pairsOf(folder: string, table: SymbolTable, uses: readonly Use[]) {
  const { files, records } = table
  const firstOf = firstDeclarations(table)
  const fileOf = new Map(files.map(({ path }, i) => [path, i]))
  const sources = new Map<string, Source>()
  const source = (path: string) => {
    const known = sources.get(path) ?? sourceOf(folder, path)
    sources.set(path, known)
    return known
  }
  const pairs: Pair[] = []
  let notIndexed = 0
  for (const use of uses) {
    const file = fileOf.get(use.path)
    if (file === undefined || source(use.path).imports.has(use.line)) continue
    const to = use.targets.flatMap(({ path, line }): Ref[] => {
      const target = fileOf.get(path)
      const symbol = target === undefined ? -1 : definedAt(records[target]!.symbols, source(path).lines, line, use.name)
      return symbol < 0 ? [] : [firstOf(target!, symbol)]
    })
    const from = symbolsAt(records[file]!.symbols, use.line)
    // A prototype of what is defined elsewhere.
    if (definedAt(records[file]!.symbols, source(use.path).lines, use.line, use.name) >= 0 && IS_C.test(use.path))
      continue
    if (to.length === 0) notIndexed++
    else if (!to.some(([target, symbol]) => target === file && from.includes(symbol))) {
      const [target, symbol] = to[0]!
      pairs.push({ kind: kindOf(records[target]!.symbols, symbol, use), use, file, from, to })
    }
  }
  return { pairs, notIndexed }
}

function kindOf(symbols: readonly SourceSymbol[], symbol: number, { called }: Use): KindOfUse {
  const { kind } = symbols[symbol]!
  if (called) return kind === 'method' || ownerOf(symbols, symbols[symbol]!) ? 'calls of methods' : 'calls of functions'
  return TYPE_KINDS.has(kind) ? 'uses of types' : 'other uses'
}

interface Edge {
  readonly kind: string
  readonly weight: number
}

function edgesOf(table: SymbolTable): Map<string, Edge[]> {
  const { edges } = table
  const firstOf = firstDeclarations(table)
  const found = new Map<string, Edge[]>()
  edges.kind.forEach((kind, row) => {
    const key = keyOf([edges.fromFile[row]!, edges.fromSymbol[row]!], targetOf(table, firstOf, row))
    const all = found.get(key) ?? []
    found.set(key, all)
    all.push({ kind: EDGE_KINDS[kind]!, weight: edges.weight[row]! })
  })
  return found
}

function targetOf(table: SymbolTable, firstOf: (file: number, symbol: number) => Ref, row: number): Ref {
  const [file, symbol] = [table.edges.toFile[row]!, table.edges.toSymbol[row]!]
  return symbol < 0 ? [file, symbol] : firstOf(file, symbol)
}

type Ref = readonly [file: number, symbol: number]
const keyOf = (from: Ref, to: Ref): string => `${from[0]}:${from[1]}>${to[0]}:${to[1]}`

function printRecall(pairs: readonly Pair[], table: SymbolTable, verbose: boolean): void {
  const edges = edgesOf(table)
  for (const kind of KINDS_OF_USE) {
    const seen = new Map<string, { best: number; use: Use }>()
    for (const { kind: own, use, file, from, to } of pairs) {
      if (own !== kind) continue
      const best = Math.max(
        0,
        ...from.flatMap((symbol) =>
          to.flatMap((target) =>
            (edges.get(keyOf([file, symbol], target)) ?? [])
              .filter((edge) => !use.called || edge.kind !== 'reference')
              .map(({ weight }) => weight),
          ),
        ),
      )
      const key = keyOf([file, from.at(-1)!], to[0]!)
      const known = seen.get(key)
      if (!known || known.best < best) seen.set(key, { best, use })
    }
    const all = [...seen.values()]
    const certain = all.filter(({ best }) => best > CERTAIN_WEIGHT).length
    const any = all.filter(({ best }) => best > 0).length
    console.log(
      `${kind.padEnd(20)} pairs ${String(all.length).padStart(6)}   certain ${share(certain, all.length)}   certain or possible ${share(any, all.length)}`,
    )
    if (verbose)
      for (const { best, use } of all)
        if (best <= CERTAIN_WEIGHT)
          console.log(
            `  ${best ? 'possible' : 'missing '} ${use.path}:${use.line} ${use.name} → ${use.targets[0]!.path}:${use.targets[0]!.line}`,
          )
  }
}

const share = (part: number, whole: number): string => (whole ? (part / whole).toFixed(3) : '  -  ')

/** Certain calls from files that the compiler read, to symbols of such files. */
function printPrecision(pairs: readonly Pair[], table: SymbolTable, verbose: boolean): void {
  const { edges, files, records } = table
  const firstOf = firstDeclarations(table)
  const seen = new Set<string>()
  const read = new Set<number>()
  for (const { file, from, to } of pairs) {
    read.add(file)
    for (const symbol of from) for (const target of to) seen.add(keyOf([file, symbol], target))
  }
  let all = 0
  let right = 0
  edges.kind.forEach((kind, row) => {
    const [file, symbol] = [edges.fromFile[row]!, edges.fromSymbol[row]!]
    const target = targetOf(table, firstOf, row)
    const isCall = EDGE_KINDS[kind] === 'call' || EDGE_KINDS[kind] === 'tests'
    if (!isCall || edges.weight[row]! <= CERTAIN_WEIGHT || target[1] < 0 || !read.has(file)) return
    if (target[0] === file && symbol >= 0 && target[1] === firstOf(file, symbol)[1]) return
    all++
    const isRight =
      seen.has(keyOf([file, symbol], target)) ||
      isAround(records[file]!.symbols, symbol, (inner) => seen.has(keyOf([file, inner], target)))
    if (isRight) right++
    else if (verbose) {
      const to = records[target[0]]!.symbols[target[1]]!
      console.log(
        `  wrong    ${files[file]!.path}:${edges.line[row]} → ${to.name} ${files[target[0]]!.path}:${to.firstLine}`,
      )
    }
  })
  console.log(`${'certain calls'.padEnd(20)} pairs ${String(all).padStart(6)}   precision ${share(right, all)}`)
}

/** Whether it holds of a symbol that begins or ends on the same line, so that lines do not tell them apart. */
const isAround = (symbols: readonly SourceSymbol[], symbol: number, holds: (symbol: number) => boolean): boolean =>
  symbols.some(
    (one, i) =>
      i !== symbol &&
      holds(i) &&
      (i === symbol || one.parent === symbol || symbols[symbol]?.parent === i) &&
      (one.firstLine === one.lastLine || one.firstLine === symbols[symbol]?.firstLine),
  )

async function printAbsences(
  engine: Engine,
  pairs: readonly Pair[],
  table: SymbolTable,
  most: number,
  verbose: boolean,
) {
  const run = { signal: new AbortController().signal, report: () => {} }
  const byTarget = new Map<string, Pair[]>()
  for (const pair of pairs) {
    const [file, symbol] = pair.to[0]!
    const name = lastName(table.records[file]!.symbols[symbol]!.name)
    byTarget.set(name, [...(byTarget.get(name) ?? []), pair])
  }
  const names = [...byTarget.keys()].sort()
  const step = Math.max(1, names.length / most)
  let [asked, absent, unlisted, uses, unanswered] = [0, 0, 0, 0, 0]
  for (let i = 0; i < names.length && asked < most; i += step) {
    const name = names[Math.floor(i)]!
    const answer = await engine.ask(run, { text: `who uses \`${name}\`?`, budgets: [2000] })
    asked++
    if (!('statements' in answer) || !/^(?:Read off|No reference)/.test(answer.summary)) {
      unanswered++
      if (verbose) console.log(`  no exact answer: ${name}`)
      continue
    }
    if (/nothing in it refers to/.test(answer.summary)) {
      absent++
      if (verbose) console.log(`  false absence: ${name}`)
    }
    for (const { use, file, from } of byTarget.get(name)!) {
      uses++
      const { symbols } = table.records[file]!
      const isListed = answer.statements.some(
        ({ path, firstLine }) =>
          path === use.path &&
          (firstLine === use.line ||
            from.some(
              (one) => one < 0 || (firstLine >= symbols[one]!.docFirstLine && firstLine <= symbols[one]!.lastLine),
            )),
      )
      if (!isListed) {
        unlisted++
        if (verbose) console.log(`  unlisted: ${name} ${use.path}:${use.line}`)
      }
    }
  }
  console.log(
    `${asked} questions: ${absent} false absences, ${unanswered} without an exact answer; ${unlisted} of ${uses} uses are not listed`,
  )
}

async function main(args: readonly string[]): Promise<void> {
  const verbose = args.includes('--verbose')
  const [folder, file, most = '40'] = args.filter((one) => !one.startsWith('--'))
  if (!folder || !file) throw new Error('usage: compare.ts FOLDER USES.jsonl [N] [--verbose]')
  const uses = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line): Use => JSON.parse(line))
  const engine = await openWorkspace([folder], log)
  try {
    await engine.index({ signal: new AbortController().signal, report: () => {} })
    const table = await symbolTableOf(engine)
    const { pairs, notIndexed } = pairsOf(folder, table, uses)
    console.log(
      `${uses.length} uses; ${notIndexed} of names that are no symbols of the index (fields, parameters, locals)`,
    )
    printRecall(pairs, table, verbose)
    printPrecision(pairs, table, verbose)
    await printAbsences(engine, pairs, table, Number(most), verbose)
  } finally {
    await engine.close()
  }
}

await main(process.argv.slice(2))
