/**
 * Syntax tree + query → symbols and references. A language's query (syntaxes/<id>.scm) captures `@definition.<kind>`
 * with its `@name` and, if it has one, its `@body`; and `@reference.<kind>` on the name referred to. Everything else
 * here is the same for all languages.
 */
import type { Node, QueryMatch } from 'web-tree-sitter'
import { KINDS_WITH_MEMBERS } from '../../text/owner.ts'
import type { ReferenceKind, SourceSymbol, SymbolKind } from '../../types/symbol.ts'
import type { Parsed } from './parse.ts'
import { type Mention, readReferences, type Symbols } from './references.ts'

/** Nodes that only wrap a definition: the definition begins where they do. */
const WRAPPERS = new Set(
  `export_statement decorated_definition template_declaration lexical_declaration variable_declaration
  ambient_declaration`.split(/\s+/),
)
const DOC_ABOVE = /^\s*(#(?!include|define|if|el|end|pragma|undef)|\/\/|\/\*|\*|--|;;|@\w|\[\w+.*\]\s*$|\(\*)/
/** Lines above a definition searched for its documentation. */
const MAX_DOC_LINES = 40
/** Python's decorator of a declaration that has a type only. */
const OVERLOAD = /@(?:\w+\.)?overload\b/
const QUOTES = '"""'
const MAX_TEXT_CHARS = 200
const MAX_NAME_CHARS = 80

interface FoundDefinition {
  readonly kind: SymbolKind
  readonly node: Node
  readonly name: string
  readonly startOffset: number
  readonly firstLine: number
  readonly body: Node | null
  /** Index of the pattern in the query: the first pattern that matches a node wins. */
  readonly rank: number
}

export function findSymbols({ tree, query, language }: Parsed, text: string, lines: readonly string[]): Symbols {
  const definitions = new Map<number, FoundDefinition>()
  const mentions: Mention[] = []
  for (const match of query.matches(tree.rootNode)) {
    const found = definitionOf(match, text)
    if (found && found.rank < (definitions.get(found.node.id)?.rank ?? Infinity)) definitions.set(found.node.id, found)
    for (const { name, node } of match.captures) {
      if (!name.startsWith('reference.')) continue
      const kind = name.slice('reference.'.length) as ReferenceKind
      const whole = textOf(node, text)
      // C++ nests what is before the last name of a path: its own part of the path is its receiver.
      const path = kind === 'call' ? whole.replace(/<.*$/s, '').lastIndexOf('::') : -1
      const word = referredName(path < 0 ? whole : whole.slice(path + 2))
      if (word && word.length <= MAX_TEXT_CHARS)
        mentions.push({
          kind,
          name: word,
          line: node.startPosition.row + 1,
          at: node.startIndex + (path < 0 ? 0 : path + 2),
        })
    }
  }
  const nested = nest(joinOverloads([...definitions.values()], text), text, lines)
  return readReferences({ text, language, symbols: nested }, mentions)
}

/** Cheaper than asking the grammar. */
const textOf = ({ startIndex, endIndex }: Node, text: string): string => text.slice(startIndex, endIndex)

/** `import a.b` → a.b, `'./x'` → ./x, `Mixin<T>` → Mixin. */
function referredName(text: string): string {
  return text
    .trim()
    .replace(/^import\s+/, '')
    .replace(/^['"`<]+|['"`>]+$/g, '')
    .replace(/<.*$/s, '')
}

/** `Store<T>::find` → Store::find; operators keep their symbols. */
function withoutGenerics(name: string): string {
  return /operator|^</.test(name) ? name : name.replace(/<.*>/, '')
}

function definitionOf(match: QueryMatch, text: string): FoundDefinition | null {
  let definition: Node | null = null
  let kind = ''
  let name: Node | null = null
  let body: Node | null = null
  for (const capture of match.captures) {
    if (capture.name === 'name') name ??= capture.node
    else if (capture.name === 'body') body ??= capture.node
    else if (capture.name.startsWith('definition.')) {
      definition = capture.node
      kind = capture.name.slice('definition.'.length)
    }
  }
  if (!definition || !name) return null
  const word = withoutGenerics(textOf(name, text).replace(/\s+/g, ' '))
    .replace(/^['"`*&:]+|['"`]+$/g, '')
    .slice(0, MAX_NAME_CHARS)
  // Go's blank name names nothing.
  if (!word || word === '_') return null
  let outer = definition
  for (let parent = outer.parent; parent && WRAPPERS.has(parent.type); parent = parent.parent) outer = parent
  return {
    kind: kind as SymbolKind,
    node: definition,
    name: word,
    startOffset: outer.startIndex,
    firstLine: outer.startPosition.row + 1,
    body: body ?? definition.childForFieldName('body'),
    rank: match.patternIndex,
  }
}

/**
 * A declaration without a body directly above the definition of the same name belongs to it: overloads, type
 * signatures.
 */
function joinOverloads(found: FoundDefinition[], text: string): FoundDefinition[] {
  found.sort((a, b) => a.startOffset - b.startOffset || b.node.endIndex - a.node.endIndex)
  return found.filter((one, i) => {
    const next = found[i + 1]
    const isStub = next?.name === one.name && OVERLOAD.test(text.slice(one.startOffset, one.node.startIndex))
    if (isStub) {
      found[i + 1] = { ...next, startOffset: one.startOffset, firstLine: one.firstLine }
      return false
    }
    const isSignature =
      next &&
      !one.body &&
      next.name === one.name &&
      next.kind === one.kind &&
      (one.kind === 'function' || one.kind === 'method') &&
      next.firstLine === one.node.endPosition.row + 2
    if (isSignature) found[i + 1] = { ...next, startOffset: one.startOffset, firstLine: one.firstLine }
    return !isSignature
  })
}

/** Definitions in source order, each with the one that encloses it. */
function nest(found: FoundDefinition[], text: string, lines: readonly string[]): SourceSymbol[] {
  const symbols: SourceSymbol[] = []
  const openings: number[] = []
  const open: number[] = []
  for (const { kind, node, name, startOffset, firstLine, body } of found) {
    while (open.length && (symbols[open.at(-1)!]?.endOffset ?? 0) <= startOffset) open.pop()
    const parent = open.at(-1) ?? -1
    const enclosing = symbols[parent]
    // `const Card = memo(function Card() {…})` defines one symbol.
    if (enclosing?.kind === 'constant' && enclosing.name === name) continue
    const end = node.endIndex
    const last = Math.max(firstLine, node.endPosition.column === 0 ? node.endPosition.row : node.endPosition.row + 1)
    const bodyLine = body ? Math.min(last, Math.max(firstLine, body.startPosition.row + 1)) : last
    const docFirst = docAbove(lines, firstLine, parent < 0 ? 0 : openings[parent]!)
    const signature = oneLine(
      body ? text.slice(node.startIndex, body.startIndex) : declarationOf(text, node.startIndex, end),
    )
    const doc = docSentence(lines, docFirst, firstLine, bodyLine)
    open.push(symbols.length)
    // Documentation in the first lines of a body belongs to the symbol, not to its first member.
    openings.push(body ? bodyLine : firstLine)
    // If the grammar does not say: a function in a type is its method.
    const symbolKind = kind === 'function' && KINDS_WITH_MEMBERS.has(symbols[parent]?.kind ?? '') ? 'method' : kind
    symbols.push({
      name,
      kind: symbolKind,
      parent,
      startOffset,
      endOffset: end,
      firstLine,
      lastLine: last,
      docFirstLine: docFirst,
      bodyLine,
      signature,
      doc,
      result: '',
      parameters: null,
    })
  }
  return symbols
}

/** Without a known body: the first line, and further ones until its brackets are closed. */
function declarationOf(text: string, start: number, end: number): string {
  let open = 0
  const limit = Math.min(end, start + 2 * MAX_TEXT_CHARS)
  for (let i = start; i < limit; i++) {
    const character = text[i]
    if (character === '(') open++
    else if (character === ')') open--
    else if (open <= 0 && (character === '\n' || character === '{')) return text.slice(start, i)
  }
  return text.slice(start, limit)
}

function docAbove(lines: readonly string[], first: number, floor: number): number {
  let line = first
  while (line - 1 > floor && first - line < MAX_DOC_LINES) {
    const above = lines[line - 2] ?? ''
    if (above.trim() === QUOTES) {
      // A documentation string that ends here begins further up, as in Julia.
      const from = Math.max(floor, line - MAX_DOC_LINES)
      const opening = lines.slice(from, line - 2).findLastIndex((text) => text.trimStart().startsWith(QUOTES))
      return opening < 0 ? line : from + opening + 1
    }
    if (!DOC_ABOVE.test(above)) break
    line--
  }
  return line
}

function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\s={:]+$/, '')
    .trim()
    .slice(0, MAX_TEXT_CHARS)
}

/** The first sentence of the comment above, or of the docstring at the start of the body. */
function docSentence(lines: readonly string[], docFirst: number, first: number, bodyLine: number): string {
  let raw = lines.slice(docFirst - 1, first - 1).filter((line) => !/^\s*(@\w|#?!?\[\w)/.test(line))
  if (raw.length === 0) {
    const opening = [bodyLine, bodyLine + 1].find((n) => /^\s*[rubRUB]{0,2}("""|''')/.test(lines[n - 1] ?? ''))
    raw = opening === undefined ? [] : lines.slice(opening - 1, opening + 5)
  }
  const stripped = raw
    .map((line) =>
      line.replace(/^\s*(\/\*+|\*+\/?|\/\/+!?|#+!?|--+(?:\s?\|)?|;;+|\(\*+|[rubRUB]{0,2}("""|'''))\s?/, ''),
    )
    .map((line) => line.replace(/(\*+\/|\*\)|"""|''')\s*$|<\/?(summary|para|remarks)>/g, '').trim())
  const tag = stripped.findIndex((line) => /^[@\\]\w+/.test(line))
  const prose = tag < 0 ? stripped : stripped.slice(0, tag)
  const blank = prose.findIndex((line, i) => i > 0 && line === '' && prose.slice(0, i).some(Boolean))
  const paragraph = (blank < 0 ? prose : prose.slice(0, blank)).join(' ').trim()
  return (/^.*?[.!?](?=\s|$)/.exec(paragraph)?.[0] ?? paragraph).slice(0, MAX_TEXT_CHARS)
}
