/** Recognises tests as the test runners of each language do: by name, by annotation, or by a call that titles them. */
import type { SymbolGraph } from '../graph/symbol-graph.ts'
import { SCRIPT_LANGUAGES } from '../text/language.ts'

/** A test that is a call with a title, such as `it('…')`, rather than a function. */
export interface TitledTest {
  /** Node of its file. */
  readonly file: number
  readonly line: number
}

const TITLE = /^(?:it|test)$/
const TITLE_FORM = /^(?:only|each|skip|concurrent|failing|fails)$/
/** Languages whose test markers the index does not keep → display name. */
const UNMARKED: Readonly<Record<string, string>> = { rust: 'Rust', c: 'C', cpp: 'C++' }
const ANNOTATED =
  /@(?:\w+\.)*(?:Test|ParameterizedTest|RepeatedTest|TestFactory)\b|\[(?:Test|Fact|Theory|TestMethod|TestCase)\b/
const JUNIT_3 = /\bpublic void test\w*\(\)/

/** Whether a node is a function or method that its language's test runner would run. */
export function isTestSymbol(graph: SymbolGraph, node: number): boolean {
  const symbol = graph.symbol(node)
  if (!symbol || !graph.isCallable(node) || !graph.rolesOf(node).test || graph.isCallable(graph.parent(node)))
    return false
  const { language } = graph.record(node)
  if (SCRIPT_LANGUAGES.has(language) || language in UNMARKED) return false
  if (language === 'go') return /^Test(?!\p{Ll})/u.test(symbol.name) && graph.path(node).endsWith('_test.go')
  if (/^(?:java|kotlin|csharp|scala)$/.test(language))
    return ANNOTATED.test(symbol.signature) || JUNIT_3.test(symbol.signature)
  // It holds fixtures, and pytest collects no tests from it.
  if (graph.path(node).endsWith('conftest.py')) return false
  return /^test(?:_|[A-Z0-9]|$)/.test(symbol.name)
}

/** Whether a call titles a test: `test(…)`, or `test.only(…)` with `on` as the receiver. */
const isTitleCall = (name: string, on: string): boolean =>
  on ? TITLE_FORM.test(name) && TITLE.test(on) : TITLE.test(name)

/** Tests that are titled calls instead of functions, from all test files. */
export function titledTests(graph: SymbolGraph): TitledTest[] {
  return graph.table.records.flatMap(({ language, references }, i) => {
    const file = graph.node(i, -1)
    if (!SCRIPT_LANGUAGES.has(language) || !graph.rolesOf(file).test) return []
    const calls = [...references].filter(({ kind, name, on }) => kind === 'call' && isTitleCall(name, on))
    // In a file that uses `it`, a call of `test` is something else.
    const callee = calls.some(({ name, on }) => (on || name) === 'it') ? 'it' : 'test'
    return calls.filter(({ name, on }) => (on || name) === callee).map(({ line }) => ({ file, line }))
  })
}

/** Display names of languages with test files in which the index cannot tell tests from other functions. */
export function languagesWithUncountedTests(graph: SymbolGraph, isAsked: (file: number) => boolean): string[] {
  const found = graph.table.records.flatMap(({ language, symbols }, i) => {
    const name = UNMARKED[language]
    return name && isAsked(graph.node(i, -1)) && symbols.some((_, symbol) => graph.rolesOf(graph.node(i, symbol)).test)
      ? [name]
      : []
  })
  return [...new Set(found)]
}
