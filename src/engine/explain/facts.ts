/**
 * Facts about each aspect of a walk, without a model: read off the graph, the doc comments and the source lines. Source
 * lines are matched by regular expressions, so a fact is a recognised pattern, not an analysis of the program.
 */

import { describeSymbol } from '../graph/place.ts'
import { isCertain, type SymbolGraph } from '../graph/symbol-graph.ts'
import { lastName } from '../text/owner.ts'
import type { AspectName, Fact } from '../types/explanation.ts'
import { OWN_FILE } from '../types/receiver.ts'
import type { Lines } from '../types/source.ts'
import type { CallWalk } from './call-walk.ts'

const MAX_QUOTE_CHARS = 160
const MAX_CONDITION_CHARS = 90
const MAX_CALLERS = 12
const MAX_LINES = 14
const MAX_LINES_PER_STEP = 4
const MAX_TESTS = 12
const MAX_TYPES = 6
const MIN_SHARED_COMMITS = 3
/** Larger commits say nothing about which files belong together. */
const MAX_COMMIT_FILES = 20

/** Access to the index while gathering facts. */
export interface FactSources {
  readonly graph: SymbolGraph
  /** Reads a file's lines as indexed. */
  read(file: number): Promise<Lines>
  /** Changed paths of past commits, newest first; empty without a history. */
  readonly commits: readonly { readonly paths: readonly string[] }[]
}

/** Gathers the facts of every aspect. */
export async function factsOf(
  sources: FactSources,
  walk: CallWalk,
): Promise<Readonly<Record<AspectName, readonly Fact[]>>> {
  return {
    purpose: purposeOf(sources, walk),
    flow: await flowOf(sources, walk),
    state: await stateOf(sources, walk),
    errors: await matchingLines(sources, walk, ERRORS),
    configuration: await matchingLines(sources, walk, CONFIGURATION),
    tests: testsOf(sources, walk),
    change: changeOf(sources, walk),
  }
}

/** A fact about a symbol, located at its lines. */
function about({ graph }: FactSources, node: number, text: string, depth = 0): Fact {
  const { firstLine, lastLine } = graph.symbol(node) ?? { firstLine: 1, lastLine: 1 }
  return { text, path: graph.path(node), firstLine, lastLine, quote: [], depth }
}

/** What each root is: its description and signature. */
function purposeOf(sources: FactSources, { focus }: CallWalk): Fact[] {
  const { graph } = sources
  return focus.seeds.map((node) => {
    const symbol = graph.symbol(node)
    const quote = symbol?.signature ? [`${symbol.firstLine}: ${symbol.signature.slice(0, MAX_QUOTE_CHARS)}`] : []
    return { ...about(sources, node, describeSymbol(graph, node)), quote }
  })
}

/** The call paths to the roots, then the steps in execution order with calls no graph edge shows. */
async function flowOf(sources: FactSources, { entries, steps, focus }: CallWalk): Promise<Fact[]> {
  const { graph } = sources
  const facts: Fact[] = []
  for (const path of entries) {
    const [entry] = path
    const names = path.map((node) => `\`${graph.title(node)}\``).join(' → ')
    facts.push(about(sources, entry!, `Reached from ${names}`, -1))
  }
  const callees = Map.groupBy([...steps.keys()], (i) => steps[i]!.from)
  const addStep = async (i: number): Promise<void> => {
    facts.push(await stepFact(sources, steps, i, focus))
    const { node, depth, repeated } = steps[i]!
    if (repeated) return
    const below: readonly (Fact | number)[] = [
      ...(callees.get(i) ?? []),
      ...[...(await storedFunctionCalls(sources, node)), ...(await recursiveCalls(sources, node))].map((fact) => ({
        ...fact,
        depth: depth + 1,
      })),
    ]
    const lineOf = (one: Fact | number) => (typeof one === 'number' ? steps[one]!.line : one.firstLine)
    for (const one of [...below].sort((x, y) => lineOf(x) - lineOf(y)))
      if (typeof one === 'number') await addStep(one)
      else facts.push(one)
  }
  for (const i of steps.keys()) if (steps[i]!.from < 0) await addStep(i)
  return facts
}

async function stepFact(
  sources: FactSources,
  steps: CallWalk['steps'],
  i: number,
  focus: CallWalk['focus'],
): Promise<Fact> {
  const { graph } = sources
  const { node, from, depth, line, others, repeated, how } = steps[i]!
  const doc = graph.symbol(node)?.doc
  const description = doc ? ` — ${doc}` : ''
  const name = `\`${graph.title(node)}\``
  if (from < 0)
    return about(sources, node, `${focus.seeds.length > 1 || focus.trace ? '' : 'Begins in '}${name}${description}`)
  if (how === 'is implemented by') return about(sources, node, `is implemented by ${name}${description}`, depth)
  const caller = steps[from]!.node
  const alternatives = others.length ? ` (or ${others.length} other of the name)` : ''
  const code = repeated ? [] : await codeOf(graph, caller, sources.read)
  const within = repeated ? '' : blockAround(code, graph.symbol(caller)?.firstLine ?? 1, line)
  const at = { path: graph.path(caller), firstLine: line, lastLine: line, quote: await quote(sources, caller, line) }
  const verb = at.quote[0]?.startsWith(`${line}: @`) ? 'is decorated with' : how
  const ending = repeated ? ' (explained in its own step)' : description
  return { ...at, text: `${verb} ${name}${alternatives}${within}${ending}`, depth }
}

const BLOCK =
  /^(?:\}\s*)?((?:else\s+)?if\b|elif\b|else\b|case\b|default\s*:|for\b|foreach\b|while\b|catch\b|except\b|rescue\b)(.*?)\s*[{:]?$/

/** Text naming the innermost branch or loop around a line, by indentation; empty if there is none. */
function blockAround(lines: readonly string[], first: number, line: number): string {
  const indentOf = (text: string) => text.length - text.trimStart().length
  let indent = indentOf(lines[line - 1] ?? '')
  for (let i = line - 1; i > first; i--) {
    const text = lines[i - 1] ?? ''
    if (text.trim() === '' || indentOf(text) >= indent) continue
    indent = indentOf(text)
    const [, word, condition] = BLOCK.exec(text.trim()) ?? []
    if (word && (condition || word === 'else'))
      return `, within \`${`${word}${condition}`.slice(0, MAX_CONDITION_CHARS)}\``
  }
  return ''
}

/** Call of an indexed function: `table[key](…)`, or `(table[key])(…)` inside a wrapper. */
const INDEXED = /((?:[A-Za-z_$][\w$]*(?:\.|->))*[a-z_$][\w$]*)\[([^[\]]+)\]\)?\(/
const LOOP =
  /\bfor\b[\s(]*(?:const |let |var |auto&? |final )?(?:[\w$]+\s*,\s*)?([A-Za-z_$][\w$]*)\s*(?:\bin\b|\bof\b|:?=\s*range\b)\s*(?:(?:reversed|sorted|list|tuple|Object\.values)\(\s*)?([A-Za-z_$][\w$.]*)(?!\()/
/** A local variable assigned from an expression, not from a function literal. */
const VARIABLE =
  /(?:\b(?:const|let|var)\s+(?:mut\s+)?|^)([a-z_$][\w$]*)\s*:?=\s*(?!(?:async|function|lambda|class|new|func)\b|[\w$]+\s*=>)[A-Za-z_$]/
/** Type arguments as in `make[Type](…)`, in Go and Python. */
const TYPE_ARGUMENT = /^\s*(?:[A-Z*[]|(?:int|uint|string|str|byte|bool|float|any|error|dict|list)\b)/

/** Calls of functions stored in a list, a map or a variable, which no name in the code identifies. */
async function storedFunctionCalls({ graph, read }: FactSources, node: number): Promise<Fact[]> {
  if (graph.isType(node)) return []
  const { firstLine, lastLine } = graph.symbol(node) ?? { firstLine: 1, lastLine: 0 }
  const lines = await codeOf(graph, node, read)
  const holders = new Map<string, string>()
  const facts: Fact[] = []
  for (let line = firstLine; line <= lastLine && facts.length < MAX_LINES_PER_STEP; line++) {
    const text = lines[line - 1]?.trim() ?? ''
    if (COMMENT.test(text)) continue
    const [, each, list] = LOOP.exec(text) ?? []
    const variable = VARIABLE.exec(text)?.[1]
    if (each && list) holders.set(each, list)
    else if (variable) holders.set(variable, variable)
    const [, indexed, key = ''] = INDEXED.exec(text) ?? []
    const called = [...holders.keys()].find((name) =>
      new RegExp(`(?<![\\w$.])${name.replace('$', '\\$')}\\)?\\(`).test(text),
    )
    const holder = indexed && !TYPE_ARGUMENT.test(key) ? indexed : called && holders.get(called)
    if (!holder) continue
    const at = { path: graph.path(node), firstLine: line, lastLine: line, depth: 0 }
    const quoted = [`${line}: ${text.slice(0, MAX_QUOTE_CHARS)}`]
    facts.push({
      ...at,
      text: `calls what \`${holder}\` holds: which function that is shows only when it runs`,
      quote: quoted,
    })
  }
  return facts
}

/** A recursive call, which the graph has no edge for. */
async function recursiveCalls(sources: FactSources, node: number): Promise<Fact[]> {
  const { graph } = sources
  const symbol = graph.symbol(node)
  if (!symbol || !graph.isCallable(node)) return []
  const number = node - graph.node(graph.fileOf(node), 0)
  const own = symbol.kind === 'method' ? ['this'] : ['', OWN_FILE, `${OWN_FILE}${number}`]
  const call = [...graph.record(node).references].find(
    (one) =>
      one.kind === 'call' &&
      own.includes(one.on) &&
      lastName(one.name) === symbol.name &&
      one.line > symbol.firstLine &&
      one.line <= symbol.lastLine,
  )
  if (!call) return []
  const quoted = await quote(sources, node, call.line)
  // Java's `Outer.this.name()` is a member of another object.
  if (quoted.some((text) => /\w\.this\./.test(text))) return []
  const at = { path: graph.path(node), firstLine: call.line, lastLine: call.line, depth: 0 }
  return [{ ...at, text: 'calls itself', quote: quoted }]
}

/** A line with its number, as a quote. */
async function quote({ graph, read }: FactSources, node: number, line: number): Promise<string[]> {
  const source = await read(graph.fileOf(node))
  const text = 'lines' in source ? source.lines[line - 1]?.trim() : ''
  return text ? [`${line}: ${text.slice(0, MAX_QUOTE_CHARS)}`] : []
}

const FIELD = /(?:\b(?:self|this)(?:\.|->)|@)([A-Za-z_]\w*)(?:\[[^\]]*\])?\s*(?:[-+*/|&?]{1,2}|\|\||&&)?=(?![=>])/
const ERRORS =
  /\b(?:raise|throw|panic|except|catch|rescue|ensure)\b|\b(?:bail|ensure|panic|unreachable|todo|assert\w*)!|\bassert\s|\breturn\s+(?:Err\b|[^;]*\b(?:fmt\.Errorf|errors?\.(?:New|Wrap\w*|Is|As)|\w*Error\())|\bErr\(|\.(?:unwrap|expect|ok_or\w*|map_err)\(|\?;\s*$|\bif\s+(?:[\w., ]+\s*:?=[^;]*;\s*)?err\s*!=\s*nil\b/
const CONFIGURATION =
  /process\.env\b|\bos\.environ\b|\b[gs]etenv\b|\b(?:Getenv|LookupEnv)\(|\benv::(?:var|args)|\bENV\[|System\.get(?:env|Property)|import\.meta\.env|\b(?:config|cfg|conf|settings?|options?|opts|flags?|preferences)(?:\.(?!to[A-Z])|\[|->|::)\s*['"]?\w+(?!\w*\s*=[^=])|\bgetConfiguration\(|\badd_argument\(|\bviper\.|\bif\b.*\.(?:[A-Z]\w*(?:Enabled|Redirect|Allow|Use|Handle|Skip|Disable)\w*|(?:Use|Redirect|Handle|Allow|Enable|Disable|Skip)[A-Z]\w*)\b/
const COMMENT = /^\s*(?:\/\/|#|\*|\/\*|--|"""|''')/

/** Multi-line strings and block comments. */
const PROSE = /("""|''')[\s\S]*?\1|\/\*[\s\S]*?\*\//g

/** Lines of a symbol's file with multi-line strings and comments blanked; empty if it can't be read. */
async function codeOf(graph: SymbolGraph, node: number, read: FactSources['read']): Promise<readonly string[]> {
  const source = await read(graph.fileOf(node))
  if (!('lines' in source)) return []
  return source.lines
    .join('\n')
    .replace(PROSE, (part) => part.replace(/[^\n]/g, ' '))
    .split('\n')
}

/** Lines of the steps that match a pattern, at most `MAX_LINES_PER_STEP` per step. */
async function matchingLines({ graph, read }: FactSources, { steps }: CallWalk, pattern: RegExp): Promise<Fact[]> {
  const facts: Fact[] = []
  const seen = new Set<string>()
  for (const { node, repeated, depth } of steps) {
    if (repeated || graph.isType(node) || facts.length >= MAX_LINES) continue
    const { firstLine, lastLine } = graph.symbol(node) ?? { firstLine: 1, lastLine: graph.record(node).lines }
    const lines = await codeOf(graph, node, read)
    let n = 0
    for (let line = firstLine; line <= lastLine && n < MAX_LINES_PER_STEP && facts.length < MAX_LINES; line++) {
      const text = lines[line - 1]?.trim() ?? ''
      const place = `${graph.path(node)} ${line}`
      if (!pattern.test(text) || COMMENT.test(text) || seen.has(place)) continue
      seen.add(place)
      n++
      const at = {
        path: graph.path(node),
        firstLine: line,
        lastLine: line,
        quote: [`${line}: ${text.slice(0, MAX_QUOTE_CHARS)}`],
      }
      facts.push({ text: `In \`${graph.title(node)}\``, ...at, depth: depth > 0 ? 1 : 0 })
    }
  }
  return facts
}

/** The types the steps work on, and the fields they write. */
async function stateOf(sources: FactSources, walk: CallWalk): Promise<Fact[]> {
  const { graph, read } = sources
  const types = walk.types.slice(0, MAX_TYPES).map((node) => {
    const { kind, doc } = graph.symbol(node)!
    return about(sources, node, `Works on ${kind} \`${graph.title(node)}\`${doc ? ` — ${doc}` : ''}`)
  })
  const written = new Map<string, { readonly fact: Fact; lines: number[] }>()
  for (const { node, repeated } of walk.steps) {
    if (repeated || graph.isType(node)) continue
    const { firstLine, lastLine } = graph.symbol(node) ?? { firstLine: 1, lastLine: graph.record(node).lines }
    // Fields of an error object say nothing about the mechanism.
    if (/(?:Error|Exception)(?:\.|$)/.test(graph.title(node))) continue
    const lines = await codeOf(graph, node, read)
    for (let line = firstLine; line <= lastLine; line++) {
      const text = lines[line - 1] ?? ''
      const field = FIELD.exec(text)?.[1]
      if (!field || COMMENT.test(text)) continue
      const key = `${graph.path(node)} ${field}`
      const at = { path: graph.path(node), firstLine: line, lastLine: line, depth: 0 }
      const fact = {
        ...at,
        text: `\`${field}\` is written in \`${graph.title(node)}\``,
        quote: [`${line}: ${text.trim().slice(0, MAX_QUOTE_CHARS)}`],
      }
      const known = written.get(key)
      if (known) known.lines.push(line)
      else written.set(key, { fact, lines: [line] })
    }
  }
  const fields = [...written.values()].map(({ fact, lines: [, ...more] }) =>
    more.length ? { ...fact, text: `${fact.text}, and in line ${more.slice(0, 5).join(', ')}` } : fact,
  )
  return [...types, ...fields.slice(0, MAX_LINES)]
}

/** Tests: first those that refer to a root, then those in a file of the same name, then by number of steps used. */
function testsOf(sources: FactSources, { tests, focus }: CallWalk): Fact[] {
  const { graph } = sources
  const seeds = new Set(focus.seeds.flatMap((seed) => [...graph.whole(seed), ...graph.overloads(seed)]))
  const stems = new Set(focus.seeds.map((seed) => stemOf(graph.path(seed))))
  const scoreOf = ([test, of]: readonly [number, ReadonlySet<number>]) =>
    ([...of].some((node) => seeds.has(node)) ? 1000 : 0) + (stems.has(stemOf(graph.path(test))) ? 100 : 0) + of.size
  const ranked = [...tests].sort((a, b) => scoreOf(b) - scoreOf(a) || a[0] - b[0])
  const listed = ranked.slice(0, MAX_TESTS).map(([test, of]) => {
    const names = [...of].slice(0, 4).map((node) => `\`${graph.title(node)}\``)
    const more = of.size > names.length ? ` and ${of.size - names.length} more` : ''
    const name = graph.symbol(test) ? `\`${graph.title(test)}\`` : `\`${graph.path(test).split('/').at(-1)}\``
    return about(sources, test, `${name} uses ${names.join(', ')}${more}`)
  })
  const files = new Set(ranked.map(([test]) => graph.path(test)))
  const rest = ranked.length - listed.length
  const [first] = listed
  return rest > 0 && first
    ? [...listed, { ...first, text: `and ${rest} more, in ${files.size} files altogether`, depth: 1 }]
    : listed
}

/** Base name without test affixes: `cart` for `test_cart.py`, `cart.spec.ts` and `CartTest.java`. */
const stemOf = (path: string): string =>
  path
    .replace(/^.*\//, '')
    .replace(/\.\w+$/, '')
    .replace(/[._-]?(?:tests?|spec)(?:case)?$|^tests?[._-]?/i, '')
    .toLowerCase()

/** What to look at before a change: callers, implementers, missing tests, files that change together. */
function changeOf(sources: FactSources, walk: CallWalk): Fact[] {
  const { graph, commits } = sources
  const { callers, kin, steps, tests, focus } = walk
  const facts: Fact[] = []
  const certain = callers.filter(isCertain)
  const files = new Set(certain.map(({ node }) => graph.fileOf(node)))
  const [seed] = focus.seeds
  const isSingle = focus.seeds.length === 1
  const subject = isSingle && seed !== undefined ? `\`${graph.title(seed)}\`` : 'They'
  if (seed !== undefined) {
    const uncertain = callers.length - certain.length
    const ambiguous = uncertain ? `; ${uncertain} more may mean it, as the name has several definitions` : ''
    facts.push(
      about(
        sources,
        seed,
        certain.length
          ? `${subject} ${isSingle ? 'is' : 'are'} used in ${counted(certain.length, 'place')} outside of tests, in ${counted(files.size, 'file')}${ambiguous}: whoever changes what it takes or gives changes them`
          : callers.length
            ? `Nothing surely refers to ${isSingle ? subject : 'them'} outside of tests; ${counted(callers.length, 'place')} may, as the name is called on something whose type is not known`
            : `Nothing seen in the index outside of tests refers to ${isSingle ? subject : 'them'}: an entry point, called by a name made at run time, or not used`,
      ),
    )
  }
  for (const { node } of certain.slice(0, MAX_CALLERS))
    facts.push(about(sources, node, `used in \`${graph.title(node)}\``, 1))
  for (const node of kin.slice(0, MAX_CALLERS))
    facts.push(about(sources, node, `\`${graph.title(node)}\` extends or implements it and must follow`, 1))
  const tested = new Set([...tests.values()].flatMap((of) => [...of]))
  const untested = steps.filter(
    ({ node, repeated, others }) => !repeated && !others.length && graph.isCallable(node) && !tested.has(node),
  )
  const subjects = isSingle ? subject : 'them'
  const untestedNames = untested.slice(0, 6).map(({ node }) => `\`${graph.title(node)}\``)
  if (seed !== undefined && tests.size === 0)
    facts.push(
      about(sources, seed, `No test in the index names ${subjects}, what is called on the way, or the callers`),
    )
  else if (seed !== undefined && untested.length)
    facts.push(about(sources, seed, `No test names ${untestedNames.join(', ')}`))
  return [...facts, ...changedTogether(sources, seed, commits)]
}

/** Files that past commits often changed together with the root's file. */
function changedTogether(
  sources: FactSources,
  seed: number | undefined,
  commits: readonly { readonly paths: readonly string[] }[],
): Fact[] {
  if (seed === undefined) return []
  const { graph } = sources
  const path = graph.path(seed)
  const relevant = commits.filter(({ paths }) => paths.includes(path) && paths.length <= MAX_COMMIT_FILES)
  const counts = new Map<string, number>()
  for (const { paths } of relevant)
    for (const other of paths) if (other !== path) counts.set(other, (counts.get(other) ?? 0) + 1)
  const known = new Set(graph.table.files.map((file) => file.path))
  return [...counts]
    .filter(([other, n]) => n >= MIN_SHARED_COMMITS && known.has(other))
    .sort((a, b) => b[1] - a[1])
    .slice(0, MIN_SHARED_COMMITS)
    .map(([other, n]) => ({
      ...{ text: `changed together with ${path} in ${n} of its ${relevant.length} commits`, path: other },
      ...{ firstLine: 1, lastLine: 1, quote: [], depth: 1 },
    }))
}

const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
