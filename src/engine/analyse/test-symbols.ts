/** What is a test, as the runners of its language know it: by name, by annotation, or by a call that gives its title. */
import type { SymbolGraph } from '../graph/symbol-graph.ts'

/** A call that gives a test its title. */
export interface TitledTest {
  /** Node of its file. */
  readonly file: number
  readonly line: number
}

const TITLED: ReadonlySet<string> = new Set(['javascript', 'typescript', 'tsx', 'jsx'])
const TITLE = /^(?:it|test)$/
const TITLE_FORM = /^(?:only|each|skip|concurrent|failing|fails)$/
/** What marks a test there is not in the index. */
const UNMARKED: Readonly<Record<string, string>> = { rust: 'Rust', c: 'C', cpp: 'C++' }
const ANNOTATED =
  /@(?:\w+\.)*(?:Test|ParameterizedTest|RepeatedTest|TestFactory)\b|\[(?:Test|Fact|Theory|TestMethod|TestCase)\b/
const JUNIT_3 = /\bpublic void test\w*\(\)/

/** Whether a function or method is one. */
export function isTestSymbol(graph: SymbolGraph, node: number): boolean {
  const symbol = graph.symbol(node)
  if (!symbol || !graph.isCallable(node) || !graph.rolesOf(node).test || graph.isCallable(graph.parent(node)))
    return false
  const { language } = graph.record(node)
  if (TITLED.has(language) || language in UNMARKED) return false
  if (language === 'go') return /^Test(?!\p{Ll})/u.test(symbol.name) && graph.path(node).endsWith('_test.go')
  if (/^(?:java|kotlin|csharp|c_sharp|scala)$/.test(language))
    return ANNOTATED.test(symbol.signature) || JUNIT_3.test(symbol.signature)
  // Fixtures stand there, and nothing is collected from it.
  if (graph.path(node).endsWith('conftest.py')) return false
  return /^test(?:_|[A-Z0-9]|$)/.test(symbol.name)
}

const titles = (name: string, on: string): boolean => (on ? TITLE_FORM.test(name) && TITLE.test(on) : TITLE.test(name))

/** Tests that are titles, not functions. */
export function titledTests(graph: SymbolGraph): TitledTest[] {
  return graph.table.records.flatMap(({ language, references }, i) => {
    const file = graph.node(i, -1)
    if (!TITLED.has(language) || !graph.rolesOf(file).test) return []
    const calls = [...references].filter(({ kind, name, on }) => kind === 'call' && titles(name, on))
    // Where titles are given by `it`, a `test` is something else.
    const given = calls.some(({ name, on }) => (on || name) === 'it') ? 'it' : 'test'
    return calls.filter(({ name, on }) => (on || name) === given).map(({ line }) => ({ file, line }))
  })
}

/** Languages of files that hold tests which the index cannot tell from other functions. */
export function languagesWithUncountedTests(graph: SymbolGraph, isAsked: (file: number) => boolean): string[] {
  const found = graph.table.records.flatMap(({ language, symbols }, i) => {
    const name = UNMARKED[language]
    return name && isAsked(graph.node(i, -1)) && symbols.some((_, at) => graph.rolesOf(graph.node(i, at)).test)
      ? [name]
      : []
  })
  return [...new Set(found)]
}
