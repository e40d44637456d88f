/**
 * Text → syntax tree, with web-tree-sitter. A parser belongs to one thread; grammars are loaded on first use. The
 * caller must delete a tree: the wasm heap is not garbage-collected.
 */
import { Language as Grammar, Parser, Query, type Tree } from 'web-tree-sitter'
import type { Grammars } from '../../ports.ts'
import type { Language } from '../../text/language.ts'

/** Timeout of a parse; the file is then split into windows of lines. */
const PARSE_TIMEOUT_MS = 10_000

export interface Parsed {
  readonly tree: Tree
  readonly query: Query
  /** Id of the language. */
  readonly language: string
}

export interface SyntaxParser {
  /** null when the language has no grammar or the text could not be parsed in time. */
  parse(language: Language, text: string): Promise<Parsed | null>
}

export async function openParser(grammars: Grammars): Promise<SyntaxParser> {
  await Parser.init({ locateFile: () => grammars.runtime })
  const parser = new Parser()
  const loaded = new Map<string, Promise<{ grammar: Grammar; query: Query }>>()
  const load = async (language: Language, grammarName: string) => {
    const grammar = await Grammar.load(await grammars.wasm(grammarName))
    const queries = await Promise.all(language.queries.map((name) => grammars.query(name)))
    return { grammar, query: new Query(grammar, queries.join('\n')) }
  }
  return {
    async parse(language, text) {
      if (language.grammar === null) return null
      let pending = loaded.get(language.id)
      if (!pending) {
        pending = load(language, language.grammar)
        loaded.set(language.id, pending)
      }
      const { grammar, query } = await pending
      parser.setLanguage(grammar)
      const deadline = Date.now() + PARSE_TIMEOUT_MS
      const tree = parser.parse(language.scriptOnly ? scriptOf(text) : text, null, {
        progressCallback: () => Date.now() > deadline,
      })
      if (!tree) parser.reset()
      return tree && { tree, query, language: language.id }
    },
  }
}

/** A component file with all but its `<script>` parts blanked, so that offsets stay valid. */
function scriptOf(text: string): string {
  const blank = (part: string) => part.replace(/[^\n]/g, ' ')
  let result = ''
  let position = 0
  for (const match of text.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/gi)) {
    const start = match.index + match[0].indexOf('>') + 1
    const end = start + (match[1]?.length ?? 0)
    result += blank(text.slice(position, start)) + text.slice(start, end)
    position = end
  }
  return result + blank(text.slice(position))
}
