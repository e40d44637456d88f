/** A name → its definitions, with what refers to them and what they refer to. Exact: read off the index, not ranked. */
import type { FileRecord } from '../model/chunk.ts'
import type { Related, SymbolCard } from '../model/map.ts'
import { EDGE_KINDS } from '../model/symbol.ts'
import { wholeName } from '../model/terms.ts'
import type { Corpus } from './corpus.ts'

const DEFINITIONS = 20

/** Definitions of `name` (`Class.method` narrows it) in files whose path contains `path`; at most 20, exact case first. */
export function lookUpSymbol(corpus: Corpus, name: string, path = ''): SymbolCard[] {
  const parts = name.split(/\.|::|#|->/).filter(Boolean)
  const last = parts.at(-1) ?? ''
  const tail = `.${wholeName(parts.join('.'))}`
  const found: { readonly file: number; readonly symbol: number; readonly exact: boolean }[] = []
  corpus.records.forEach((record, file) => {
    if (!corpus.files[file]!.path.includes(path)) return
    record.symbols.forEach((one, symbol) => {
      const exact = one.name === last
      if (!exact && wholeName(one.name) !== wholeName(last)) return
      if (parts.length > 1 && !`.${wholeName(titleOf(record, symbol))}`.endsWith(tail)) return
      found.push({ file, symbol, exact })
    })
  })
  return found
    .sort((a, b) => Number(b.exact) - Number(a.exact))
    .slice(0, DEFINITIONS)
    .map(({ file, symbol }) => cardOf(corpus, file, symbol))
}

function titleOf(record: FileRecord, symbol: number): string {
  const names: string[] = []
  for (let i = symbol; i >= 0; i = record.symbols[i]!.parent) names.unshift(record.symbols[i]!.name)
  return names.join('.')
}

function cardOf(corpus: Corpus, file: number, symbol: number): SymbolCard {
  const { kind, fromFile, fromSymbol, toFile, toSymbol, weight } = corpus.tree.edges
  const record = corpus.records[file]!
  const { first, last, kind: its, signature, doc } = record.symbols[symbol]!
  const related = (row: number, otherFile: number, otherSymbol: number): Related => {
    const other = corpus.records[otherFile]!.symbols[otherSymbol]
    return {
      kind: EDGE_KINDS[kind[row]!]!,
      path: corpus.files[otherFile]!.path,
      line: other?.first ?? 1,
      name: other ? titleOf(corpus.records[otherFile]!, otherSymbol) : '',
      weight: weight[row]!,
    }
  }
  const referredBy: Related[] = []
  const refersTo: Related[] = []
  for (let row = 0; row < kind.length; row++) {
    if (toFile[row] === file && toSymbol[row] === symbol)
      referredBy.push(related(row, fromFile[row]!, fromSymbol[row]!))
    if (fromFile[row] === file && fromSymbol[row] === symbol && toSymbol[row]! >= 0)
      refersTo.push(related(row, toFile[row]!, toSymbol[row]!))
  }
  const name = titleOf(record, symbol)
  const path = corpus.files[file]!.path
  return {
    path,
    first,
    last,
    kind: its,
    name,
    signature,
    doc,
    referredBy: surest(referredBy),
    refersTo: surest(refersTo),
  }
}

/** Each place once, by its surest reference. */
function surest(all: readonly Related[]): Related[] {
  const seen = new Map<string, Related>()
  for (const one of [...all].sort((a, b) => b.weight - a.weight)) {
    const key = `${one.path} ${one.line} ${one.name}`
    if (!seen.has(key)) seen.set(key, one)
  }
  return [...seen.values()]
}
