/** Files of the tree that are read as text because no grammar parses them: their symbols are unknown, not absent. */
import type { SymbolGraph } from '../graph/symbol-graph.ts'

/** Text that defines nothing in any language: data, licences, lists. */
const NO_CODE =
  /(^|\/)(licen[cs]e|notice|copying|authors|contributors|codeowners|changelog|version|readme)[^/]*$|\.(csv|tsv|log|svg|snap|diff|patch|pem|crt|key|map|po|pot|srt|env|conf|golden|out|in|expected|list|lst|dat|license|template|tmpl|mk\.in|sum|mod|work|bak|orig|tmp|gitignore|dockerignore|npmignore|editorconfig|gitattributes)$|(^|\/)\.[^/]*$/i
const MAX_KINDS_NAMED = 6

/** A sentence on the files that cannot be counted, and whether there are any; `isAsked` limits them to a place. */
export function unparsedNote(graph: SymbolGraph, isAsked: (file: number) => boolean): string | null {
  const kinds = new Map<string, number>()
  graph.table.records.forEach(({ language, lines }, i) => {
    const { path } = graph.table.files[i]!
    const { document, configuration } = graph.rolesOf(graph.node(i, -1))
    if (language !== 'text' || lines === 0 || document || configuration || NO_CODE.test(path)) return
    if (!isAsked(graph.node(i, -1))) return
    const name = path.slice(path.lastIndexOf('/') + 1)
    const kind = name.includes('.') ? `.${name.split('.').at(-1)!}` : name
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  })
  if (kinds.size === 0) return null
  const files = [...kinds.values()].reduce((sum, n) => sum + n, 0)
  const named = [...kinds.keys()].slice(0, MAX_KINDS_NAMED).join(', ')
  const which = `${named}${kinds.size > MAX_KINDS_NAMED ? ', …' : ''}`
  return files === 1
    ? `1 file (${which}) is read as text, without a grammar: what it defines is not known.`
    : `${files.toLocaleString('en')} files (${which}) are read as text, without a grammar: what they define is not known.`
}
