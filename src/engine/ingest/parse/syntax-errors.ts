/** Where a parser finds errors in a text. */
import type { Node } from 'web-tree-sitter'
import type { Language } from '../../text/language.ts'
import type { ParseError } from '../../types/generation.ts'
import type { SyntaxParser } from './parse.ts'

const MAX_ERRORS = 50
/** Characters of the line in an error's text. */
const MAX_LINE_CHARS = 60

/** In source order, at most fifty; null when the language has no grammar or the text could not be parsed. */
export async function syntaxErrors(
  parser: SyntaxParser,
  language: Language,
  text: string,
): Promise<readonly ParseError[] | null> {
  const parsed = await parser.parse(language, text)
  if (!parsed) return null
  try {
    const lines = text.split('\n')
    const found: ParseError[] = []
    const pending: Node[] = [parsed.tree.rootNode]
    for (let node = pending.pop(); node && found.length < MAX_ERRORS; node = pending.pop()) {
      if (!node.hasError) continue
      if (!node.isError && !node.isMissing) {
        pending.push(...node.children.filter((child) => child !== null).reverse())
        continue
      }
      const { row } = node.startPosition
      const excerpt = (lines[row] ?? '').trim().slice(0, MAX_LINE_CHARS)
      found.push({ line: row + 1, text: node.isMissing ? `${excerpt} (${node.type} is missing)` : excerpt })
    }
    return found
  } finally {
    parsed.tree.delete()
  }
}
