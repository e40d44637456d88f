/** Validates what another machine stored: everything that is read from it later exists and has the right form. */
import type { FileRecord } from '../types/chunk.ts'
import { EDGE_KINDS } from '../types/symbol.ts'
import type { Tree } from '../types/tree.ts'
import { FlatReferences } from './flat-chunks.ts'

type Check = (value: unknown) => boolean

const text: Check = (value) => typeof value === 'string'
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const texts = list(text)
/** An index into an array of this length, or -1 for none. */
const below =
  (size: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= -1 && (value as number) < size
const shaped =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]))
const column =
  (kind: abstract new (...args: never[]) => ArrayLike<number>, length: number, low: number, high: number): Check =>
  (value) => {
    if (!(value instanceof kind) || value.length !== length) return false
    for (let i = 0; i < length; i++) if (!((value[i] as number) >= low && (value[i] as number) < high)) return false
    return true
  }

export function isRecord(value: unknown, key: string): value is FileRecord {
  const { lines, symbols, terms } = (value ?? {}) as Partial<Record<string, unknown>>
  if (!count(lines) || !Array.isArray(symbols) || !texts(terms)) return false
  const last = lines as number
  const line: Check = (n) => count(n) && (n as number) <= last + 1
  const range = { firstLine: line, lastLine: line, startOffset: count, endOffset: count }
  const symbol = below(symbols.length)
  const named = {
    name: text,
    kind: text,
    signature: text,
    doc: text,
    result: text,
    parameters: (n: unknown) => n === null || count(n),
  }
  const hasShape = shaped({
    key: (storedKey) => storedKey === key,
    language: text,
    bytes: count,
    plain: (plain) => typeof plain === 'boolean',
    symbols: list(shaped({ ...range, ...named, parent: symbol, docFirstLine: line, bodyLine: line })),
    references: (references) =>
      references instanceof FlatReferences &&
      [...references].every(shaped({ kind: text, name: text, line, within: symbol, on: text })),
    fields: list(shaped({ owner: text, name: text, type: text })),
    chunks: list((chunk) => isChunk(chunk, shaped({ ...range, symbol }), (terms as string[]).length)),
    skipped: (reason) => reason === undefined,
  })
  return hasShape(value) && symbols.every(({ parent }, i) => parent < i)
}

function isChunk(value: unknown, isPlaced: Check, terms: number): boolean {
  const hasShape = shaped({ id: text, kind: text, names: texts, scope: texts, part: count, lengths: list(count) })
  if (!isPlaced(value) || !hasShape(value)) return false
  const { terms: chunkTerms, counts, lengths } = value as Record<string, ArrayLike<number> | undefined>
  const size = chunkTerms?.length ?? 0
  return (
    column(terms > 0xffff ? Uint32Array : Uint16Array, size, 0, terms)(chunkTerms) &&
    column(Uint8Array, 4 * size, 0, 256)(counts) &&
    lengths?.length === 4
  )
}

/** Validates a tree over these files: its links point to existing symbols. `symbols`: how many each file has. */
export function isTree(value: unknown, dimensions: number, symbols: readonly number[] | null): value is Tree {
  const id = below(Number.MAX_SAFE_INTEGER)
  const centroid = column(Float32Array, dimensions, -2, 2)
  const medoid = shaped({ path: text, line: count, name: text })
  const folders = list((pair) => Array.isArray(pair) && text(pair[0]) && count(pair[1]))
  const cluster = shaped({ id, level: below(2), parent: id, members: texts, centroid, label: texts, medoid, folders })
  const hunks = list((hunk) => hunk instanceof Int32Array && hunk.length % 4 === 0)
  const commit = shaped({ hash: text, subject: text, body: text, paths: texts, hunks })
  const hasShape = shaped({
    entries: list(shaped({ path: text, key: text })),
    clusters: list(cluster),
    commits: list(commit),
    chunks: count,
    embedder: text,
    heads: list((head) => head === null || text(head)),
    historyRead: (read) => typeof read === 'boolean',
    at: count,
    complete: (complete) => complete === true,
    edges: (edges) => symbols === null || areEdges(edges, symbols),
  })
  return hasShape(value)
}

function areEdges(value: unknown, symbols: readonly number[]): boolean {
  const { kind, fromFile, fromSymbol, toFile, toSymbol } = (value ?? {}) as Record<string, Int32Array | undefined>
  const rows = kind?.length ?? 0
  const file = column(Uint32Array, rows, 0, symbols.length)
  const symbol = column(Int32Array, rows, -1, Number.MAX_SAFE_INTEGER)
  const hasShape = shaped({
    kind: column(Uint8Array, rows, 0, EDGE_KINDS.length),
    ...{ fromFile: file, toFile: file, fromSymbol: symbol, toSymbol: symbol },
    weight: column(Float32Array, rows, 0, 1.001),
    line: column(Uint32Array, rows, 0, 2 ** 32),
  })
  if (!hasShape(value)) return false
  for (let i = 0; i < rows; i++)
    for (const [files, indices] of [
      [fromFile, fromSymbol],
      [toFile, toSymbol],
    ] as const)
      if (indices![i]! >= symbols[files![i]!]!) return false
  return true
}
