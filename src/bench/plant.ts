/**
 * Plants functions into a copy of a repository, in its dominant language and between its existing top-level functions.
 */
import { languageOf } from '../engine/text/language.ts'
import { EngineError } from '../engine/types/run.ts'
import type { BenchCopy } from './copy.ts'
import { type NameCase, toIdentifier } from './invented-names.ts'
import { isAnswer, type World } from './questions.ts'

/** How to write a parameterless function that returns an expression in a language. */
interface Dialect {
  readonly style: NameCase
  readonly comment: string
  open(name: string): readonly string[]
  returnLine(expression: string): string
  readonly close: readonly string[]
  /** Calls a function of another file. */
  call(name: string): string
}

const bare = (name: string): string => `${name}()`
const inClass = (name: string): string => name[0]!.toUpperCase() + name.slice(1)
const curly = (open: (name: string) => readonly string[], more: Partial<Dialect> = {}): Dialect => ({
  ...{ style: 'camel', comment: '//', open, close: ['}'], call: bare },
  returnLine: (expression) => `  return ${expression};`,
  ...more,
})
const script = curly((name) => [`function ${name}() {`])
const typed = curly((name) => [`export function ${name}(): number {`], { returnLine: (value) => `  return ${value}` })
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
    returnLine: (expression) => `    return ${expression}`,
  },
  go: curly((name) => [`func ${name}() int {`], { returnLine: (expression) => `\treturn ${expression}` }),
  rust: curly((name) => [`pub fn ${name}() -> i64 {`], {
    style: 'snake',
    returnLine: (value) => `    return ${value};`,
  }),
  ruby: {
    ...{ style: 'snake', comment: '#', open: (name) => [`def ${name}`], close: ['end'], call: bare },
    returnLine: (expression) => `  return ${expression}`,
  },
  kotlin: curly((name) => [`fun ${name}(): Int {`], { returnLine: (value) => `    return ${value}` }),
  lua: {
    ...{ style: 'snake', comment: '--', open: (name) => [`function ${name}()`], close: ['end'], call: bare },
    returnLine: (expression) => `  return ${expression}`,
  },
  java: curly((name) => [`final class ${inClass(name)} {`, `  static int ${name}() {`], {
    returnLine: (expression) => `    return ${expression};`,
    close: ['  }', '}'],
    call: (name) => `${inClass(name)}.${name}()`,
  }),
  csharp: curly((name) => [`static class ${inClass(name)}Holder {`, `  public static int ${name}() {`], {
    returnLine: (expression) => `    return ${expression};`,
    close: ['  }', '}'],
    call: (name) => `${inClass(name)}Holder.${name}()`,
  }),
}

/** A gap between top-level functions of a file. */
export interface Spot {
  readonly path: string
  /** 1-based line after which to insert. */
  readonly after: number
}

export interface Planted extends Spot {
  readonly name: string
  readonly lines: readonly string[]
  /** The one of `lines` that answers a question about the function. */
  readonly line: string
}

/** Where functions can be planted, and how to write them. */
export interface PlantSites {
  readonly language: string
  readonly spots: readonly Spot[]
  /** Paths with spots, sorted. */
  readonly paths: readonly string[]
  name(words: readonly string[]): string
  /** Writes a function that returns the expression, with the comments above it. */
  functionOf(spot: Spot, name: string, expression: string, comments?: readonly string[]): Planted
  call(name: string): string
}

/** Symbol kinds after which a function may be planted. */
const CODE_KINDS = new Set('function method class interface struct enum trait type module'.split(' '))

/**
 * Finds the language with the most lines of code and the gaps between its functions. Throws an `input` error when no
 * file has functions in a supported language.
 */
export function plantSitesOf({ table, lines }: World): PlantSites {
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
    throw new EngineError(
      'input',
      'Nothing can be planted: no file has functions in a supported language. Choose another folder.',
    )
  return {
    ...{ language, spots, paths: [...new Set(spots.map(({ path }) => path))].sort(), call: dialect.call },
    name: (words) => toIdentifier(words, dialect.style),
    functionOf(spot, name, expression, comments = []) {
      const line = dialect.returnLine(expression)
      const above = comments.map((comment) => `${dialect.comment} ${comment}`)
      return { ...spot, name, line, lines: [...above, ...dialect.open(name), line, ...dialect.close] }
    },
  }
}

/** Lines at which a top-level symbol ends and that are followed by a blank line or the end of the file. */
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
      ({ kind, parent, firstLine }) => parent < 0 && CODE_KINDS.has(kind) && !/^\s/.test(lines[firstLine - 1] ?? ' '),
    )
    .map(({ lastLine }) => lastLine)
    .filter(
      (last) => !lines[last]?.trim() && !symbols.some((other) => other.firstLine <= last && other.lastLine > last),
    )
  return [...new Set(ends)].sort((a, b) => a - b)
}

/** The file's lines with the planted functions inserted. */
export function withPlanted(lines: readonly string[], planted: readonly Planted[]): readonly string[] {
  const result = [...lines]
  for (const { after, lines: inserted } of planted.toSorted((a, b) => b.after - a.after))
    result.splice(after, 0, '', ...inserted)
  return result
}

/** Writes the planted functions into the copy. Returns a function that restores the files. */
export function plantAll(copy: BenchCopy, planted: readonly Planted[]): () => void {
  const before = new Map([...new Set(planted.map(({ path }) => path))].map((path) => [path, copy.read(path)]))
  for (const [path, text] of before) {
    const inFile = planted.filter((one) => one.path === path)
    copy.write(path, withPlanted(text.split('\n'), inFile).join('\n'))
  }
  return () => {
    for (const [path, text] of before) copy.write(path, text)
  }
}

/** Whether a block of the file shows the line verbatim, apart from indentation. */
export function holdsLine(
  blocks: readonly { readonly path: string; readonly text: string }[],
  { path, line }: Pick<Planted, 'path' | 'line'>,
): boolean {
  return blocks.some((block) => block.path === path && block.text.split('\n').some((one) => one.trim() === line.trim()))
}
