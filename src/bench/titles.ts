/**
 * Generates questions from tests: a test's title is the query, the symbols its body calls are the gold. The calls are
 * the index's `tests` edges, so only tests in separate test files count, not unit tests inside a source file.
 */
import { languageOf } from '../engine/text/language.ts'
import { isTest } from '../engine/text/path-role.ts'
import { termsOf } from '../engine/text/terms.ts'
import { EDGE_KINDS, type SourceSymbol } from '../engine/types/symbol.ts'
import { type Bench, goldOf, isAnswer, isCode, type Posed, type Question, sample, saysSomething } from './questions.ts'

const MIN_WORDS = 3
/** A test that calls more symbols is not about any one of them. */
const MAX_SYMBOLS = 4
/** A symbol called from more test files is a helper, not the subject of a test. */
const MAX_TEST_FILES = 3

export interface TitledTest {
  readonly title: string
  readonly firstLine: number
  readonly lastLine: number
}

/**
 * Tests written as calls: `it('…')`, `test "…" do`, `t.Run("…", …)`. The title of a `describe` is prefixed to those
 * inside.
 */
const TEST_CALL =
  /^(\s*)(?:(?:await\s+)?(it|test|specify|scenario|describe|context|suite|feature|\w+\.Run)(?:\.\w+)*)[\s(]\s*(["'`])(.+?)\3\s*(?:,|do\b|\{|\))/
/** Calls that group tests. */
const GROUPS = new Set(['describe', 'context', 'suite', 'feature'])

/** Tests written as functions, by language: recognised by name, or by an attribute on or above them. */
const TEST_FUNCTIONS: Record<string, { readonly name?: RegExp; readonly mark?: RegExp }> = {
  python: { name: /^test_/ },
  ruby: { name: /^test_/ },
  php: { name: /^test[A-Z_]/, mark: /@test\b|#\[Test\]/ },
  go: { name: /^Test[A-Z_]/ },
  rust: { mark: /#\[(\w+::)*test\b/ },
  java: { mark: /@(\w+\.)?(Test|ParameterizedTest)\b/ },
  kotlin: { mark: /@(\w+\.)?(Test|ParameterizedTest)\b/ },
  scala: { mark: /@Test\b/ },
  csharp: { mark: /\[(Test|TestMethod|Fact|Theory|TestCase)\b/ },
}

/** The tests of a file, ordered by line, without those that contain others. */
export function findTests(language: string, lines: readonly string[], symbols: readonly SourceSymbol[]): TitledTest[] {
  const tests: TitledTest[] = []
  const { name, mark } = TEST_FUNCTIONS[language] ?? {}
  for (const symbol of symbols) {
    if (symbol.kind !== 'function' && symbol.kind !== 'method') continue
    const head = () => lines.slice(symbol.docFirstLine - 1, symbol.bodyLine).join('\n')
    if (name?.test(symbol.name) || mark?.test(head()))
      tests.push({ title: titleOfName(symbol.name), firstLine: symbol.firstLine, lastLine: symbol.lastLine })
  }
  const groups: { readonly indent: number; readonly title: string }[] = []
  lines.forEach((line, i) => {
    const [, indent, word = '', , title = ''] = TEST_CALL.exec(line) ?? []
    if (indent === undefined || title.includes('${')) return
    while (groups.length && groups.at(-1)!.indent >= indent.length) groups.pop()
    if (GROUPS.has(word)) groups.push({ indent: indent.length, title })
    else {
      const full = [...groups.map((group) => group.title), title.replaceAll('_', ' ').replace(/\\(['"`])/g, '$1')].join(
        ' ',
      )
      tests.push({
        title: full.replace(/\s+/g, ' ').trim(),
        firstLine: i + 1,
        lastLine: endOf(lines, i + 1, indent.length),
      })
    }
  })
  tests.sort((a, b) => a.firstLine - b.firstLine || b.lastLine - a.lastLine)
  return tests.filter(({ lastLine }, i) => !(tests[i + 1] && tests[i + 1]!.firstLine <= lastLine))
}

/** The words of a test's name: `test_parse_header` → parse header, `TestParseHTTPHeader` → Parse HTTP Header. */
export function titleOfName(name: string): string {
  return name
    .replace(/^.*[.:]/, '')
    .replace(/^([tT]ests?_+|Tests?(?=[A-Z])|test(?=[A-Z]))/, '')
    .replace(/_(test|spec)$/i, '')
    .replace(/_+/g, ' ')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .replace(/\s+/g, ' ')
    .trim()
}

/**
 * Last line of the block at `first`: the line before the next one not indented deeper, or that one if it closes the
 * block.
 */
function endOf(lines: readonly string[], first: number, indent: number): number {
  for (let n = first + 1; n <= lines.length; n++) {
    const line = lines[n - 1]!
    if (line.trim() === '' || line.length - line.trimStart().length > indent) continue
    return /^\s*[)}\]]|^\s*end\b/.test(line) ? n : n - 1
  }
  return lines.length
}

interface Calls {
  readonly test: TitledTest
  readonly file: number
  /** `file symbol` of each non-test symbol it calls → whether any call uses the bare name, without a receiver. */
  readonly targets: ReadonlyMap<string, boolean>
}

export async function* titleQuestions(bench: Bench): AsyncGenerator<Posed> {
  const calls = testCalls(bench)
  if (calls.length === 0) {
    bench.refuse('tests', 'No test in a file of its own has a title and calls a function outside tests by name.')
    return
  }
  const questions = questionsOf(bench, calls)
  if (questions.length === 0)
    bench.refuse('tests', 'No test has a title of at least three words and calls few symbols that most tests do not.')
  for (const question of sample(questions, bench.count, bench.seed)) yield { question, world: bench.world }
}

/** The calls of each test: references within its lines, resolved by the edges that start at the same symbol. */
function testCalls({ world, signal }: Bench): Calls[] {
  const { files, records, edges } = world.table
  const tests = EDGE_KINDS.indexOf('tests')
  const outgoing = new Map<string, string[]>()
  edges.kind.forEach((kind, i) => {
    const [to, symbol] = [edges.toFile[i]!, edges.toSymbol[i]!]
    const target = records[to]?.symbols[symbol]
    if (kind !== tests || !target || !isCode(target) || edges.weight[i]! < 1 || !isAnswer(files[to]!.path)) return
    const key = `${edges.fromFile[i]} ${edges.fromSymbol[i]} ${lastName(target.name)}`
    outgoing.set(key, [...(outgoing.get(key) ?? []), `${to} ${symbol}`])
  })
  return files.flatMap(({ path }, file) => {
    signal.throwIfAborted()
    if (!isTest(path)) return []
    const { symbols, references } = records[file]!
    const lines = world.lines(file)
    return findTests(languageOf(path).id, lines, symbols).flatMap((test) => {
      const targets = new Map<string, boolean>()
      for (const { kind, name, line, within } of references) {
        if (kind !== 'call' || line < test.firstLine || line > test.lastLine) continue
        const last = lastName(name)
        for (const target of outgoing.get(`${file} ${within} ${last}`) ?? [])
          targets.set(target, targets.get(target) || !isOnReceiver(lines[line - 1] ?? '', last))
      }
      return targets.size ? [{ test, file, targets }] : []
    })
  })
}

/** Whether the name is called on a receiver: `match.start()` rather than `start()`. */
function isOnReceiver(line: string, name: string): boolean {
  const at = line.search(new RegExp(`(?<![\\w$])${name.replace(/\W/g, '\\$&')}(?![\\w$])`))
  return /(\.|->)\s*$/.test(line.slice(0, Math.max(0, at)))
}

const lastName = (name: string): string => name.replace(/^.*[.:\\]/, '')

function questionsOf({ world }: Bench, calls: readonly Calls[]): Question[] {
  const { files, records } = world.table
  const callers = new Map<string, Set<number>>()
  for (const { file, targets } of calls)
    for (const target of targets.keys()) callers.set(target, (callers.get(target) ?? new Set()).add(file))
  const asked = new Set<string>()
  return calls.flatMap(({ test, file, targets }): Question[] => {
    const title = new Set(termsOf(test.title))
    const subjects = [...targets].flatMap(([target, isBare]) => {
      const [to = 0, symbol = 0] = target.split(' ').map(Number)
      // A call on a receiver is resolved by name only, so it counts only when the title mentions it.
      const isMeant = isBare || termsOf(records[to]!.symbols[symbol]!.name).some((term) => title.has(term))
      return isMeant && callers.get(target)!.size <= MAX_TEST_FILES ? [target] : []
    })
    if (subjects.length === 0 || subjects.length > MAX_SYMBOLS) return []
    if (!saysSomething(test.title, MIN_WORDS) || asked.has(test.title)) return []
    asked.add(test.title)
    const byFile = new Map<number, SourceSymbol[]>()
    for (const target of subjects) {
      const [to = 0, symbol = 0] = target.split(' ').map(Number)
      byFile.set(to, [...(byFile.get(to) ?? []), records[to]!.symbols[symbol]!])
    }
    const gold = [...byFile].map(([to, symbols]) => goldOf(files[to]!.path, symbols, world.lines(to)))
    const names = [...byFile.values()].flat().map(({ name }) => name)
    const source = `${files[file]!.path}:${test.firstLine} calls ${names.join(', ')}`
    return [{ generator: 'tests', text: test.title, source, gold }]
  })
}
