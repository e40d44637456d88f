/** Functions planted into a copy of a repository: in its own language, between functions that stand there. */
import { languageOf } from '../engine/text/language.ts'
import { EngineError } from '../engine/types/run.ts'
import type { BenchCopy } from './copy.ts'
import { type NameCase, written } from './names.ts'
import { isAnswer, type World } from './questions.ts'

/** How a language writes a function without parameters that returns something. */
interface Dialect {
  readonly style: NameCase
  readonly comment: string
  open(name: string): readonly string[]
  give(expression: string): string
  readonly close: readonly string[]
  /** A call of a function that stands in another file. */
  call(name: string): string
}

const bare = (name: string): string => `${name}()`
const inClass = (name: string): string => name[0]!.toUpperCase() + name.slice(1)
const curly = (open: (name: string) => readonly string[], more: Partial<Dialect> = {}): Dialect => ({
  ...{ style: 'camel', comment: '//', open, close: ['}'], call: bare },
  give: (expression) => `  return ${expression};`,
  ...more,
})
const script = curly((name) => [`function ${name}() {`])
const typed = curly((name) => [`export function ${name}(): number {`], { give: (value) => `  return ${value}` })
const c = curly((name) => [`int ${name}(void) {`], { style: 'snake' })

const DIALECTS: Readonly<Record<string, Dialect>> = {
  typescript: typed,
  tsx: typed,
  javascript: script,
  php: script,
  c,
  cpp: c,
  python: {
    ...{ style: 'snake', comment: '#', open: (name) => [`def ${name}():`], close: [], call: bare },
    give: (expression) => `    return ${expression}`,
  },
  go: curly((name) => [`func ${name}() int {`], { give: (expression) => `\treturn ${expression}` }),
  rust: curly((name) => [`pub fn ${name}() -> i64 {`], { style: 'snake', give: (value) => `    return ${value};` }),
  ruby: {
    ...{ style: 'snake', comment: '#', open: (name) => [`def ${name}`], close: ['end'], call: bare },
    give: (expression) => `  return ${expression}`,
  },
  kotlin: curly((name) => [`fun ${name}(): Int {`], { give: (value) => `    return ${value}` }),
  lua: {
    ...{ style: 'snake', comment: '--', open: (name) => [`function ${name}()`], close: ['end'], call: bare },
    give: (expression) => `  return ${expression}`,
  },
  java: curly((name) => [`final class ${inClass(name)} {`, `  static int ${name}() {`], {
    give: (expression) => `    return ${expression};`,
    close: ['  }', '}'],
    call: (name) => `${inClass(name)}.${name}()`,
  }),
  csharp: curly((name) => [`static class ${inClass(name)}Holder {`, `  public static int ${name}() {`], {
    give: (expression) => `    return ${expression};`,
    close: ['  }', '}'],
    call: (name) => `${inClass(name)}Holder.${name}()`,
  }),
}

/** A place between functions at the top of a file. */
export interface Spot {
  readonly path: string
  /** Line after which lines are put. */
  readonly after: number
}

export interface Planted extends Spot {
  readonly name: string
  readonly lines: readonly string[]
  /** The line of `lines` that answers a question about it. */
  readonly line: string
}

/** Where functions can be planted, and how they are written there. */
export interface Ground {
  readonly language: string
  readonly spots: readonly Spot[]
  /** Paths with spots, in order. */
  readonly paths: readonly string[]
  name(words: readonly string[]): string
  /** A function that gives an expression; comments stand above it. */
  functionOf(spot: Spot, name: string, expression: string, comments?: readonly string[]): Planted
  call(name: string): string
}

const HOLDERS = new Set('function method class interface struct enum trait type module'.split(' '))

/** The language most of the code is in, and the gaps between its functions. */
export function groundOf({ table, lines }: World): Ground {
  const sizes = new Map<string, number>()
  table.files.forEach(({ path }, file) => {
    const { id } = languageOf(path)
    if (isAnswer(path) && DIALECTS[id]) sizes.set(id, (sizes.get(id) ?? 0) + table.records[file]!.lines)
  })
  const [language = ''] = [...sizes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0] ?? []
  const dialect = DIALECTS[language]
  const spots = table.files.flatMap(({ path }, file) =>
    languageOf(path).id === language && isAnswer(path)
      ? gapsOf(table.records[file]!.symbols, lines(file)).map((after) => ({ path, after }))
      : [],
  )
  if (!dialect || spots.length === 0)
    throw new EngineError('input', 'Nothing can be planted: no file holds functions of a language that is known here.')
  return {
    ...{ language, spots, paths: [...new Set(spots.map(({ path }) => path))].sort(), call: dialect.call },
    name: (words) => written(words, dialect.style),
    functionOf(spot, name, expression, comments = []) {
      const line = dialect.give(expression)
      const above = comments.map((comment) => `${dialect.comment} ${comment}`)
      return { ...spot, name, line, lines: [...above, ...dialect.open(name), line, ...dialect.close] }
    },
  }
}

/** Lines after which a symbol at the top ends, and nothing stands on the next. */
export function gapsOf(
  symbols: readonly {
    readonly kind: string
    readonly parent: number
    readonly firstLine: number
    readonly lastLine: number
  }[],
  lines: readonly string[],
): readonly number[] {
  const ends = symbols
    .filter(
      ({ kind, parent, firstLine }) => parent < 0 && HOLDERS.has(kind) && !/^\s/.test(lines[firstLine - 1] ?? ' '),
    )
    .map(({ lastLine }) => lastLine)
    .filter(
      (last) => !lines[last]?.trim() && !symbols.some((other) => other.firstLine <= last && other.lastLine > last),
    )
  return [...new Set(ends)].sort((a, b) => a - b)
}

/** A file's lines with what is planted there. */
export function withPlanted(lines: readonly string[], planted: readonly Planted[]): readonly string[] {
  const result = [...lines]
  for (const { after, lines: own } of planted.toSorted((a, b) => b.after - a.after)) result.splice(after, 0, '', ...own)
  return result
}

/** Writes it into the copy; the result takes it out again. */
export function plantAll(copy: BenchCopy, planted: readonly Planted[]): () => void {
  const before = new Map([...new Set(planted.map(({ path }) => path))].map((path) => [path, copy.read(path)]))
  for (const [path, text] of before) {
    const own = planted.filter((one) => one.path === path)
    copy.write(path, withPlanted(text.split('\n'), own).join('\n'))
  }
  return () => {
    for (const [path, text] of before) copy.write(path, text)
  }
}

/** Whether a block of the file shows the line word for word. */
export function holdsLine(
  blocks: readonly { readonly path: string; readonly text: string }[],
  { path, line }: Pick<Planted, 'path' | 'line'>,
): boolean {
  return blocks.some((block) => block.path === path && block.text.split('\n').some((one) => one.trim() === line.trim()))
}
