/**
 * Edits of a few indexed files → the tree with them, without looking at any other file: bridges the time between an
 * edit and the next full run. References move with their symbols; what a new symbol refers to is linked by that run,
 * which also stores the edit. Tests compare the result with a fresh index.
 */

import type { ParseJob, ParseResult, Ports } from '../ports.ts'
import { unpackRecord } from '../store/store.ts'
import type { FileRecord } from '../types/chunk.ts'
import type { Run } from '../types/run.ts'
import { fileKey } from '../types/source.ts'
import type { Edges, SourceSymbol } from '../types/symbol.ts'
import type { Tree, TreeEntry } from '../types/tree.ts'
import { diskPath } from './walk/walk.ts'

/** With more files a full run is as fast. */
const MAX_FILES = 50

export interface EditedFile {
  readonly record: FileRecord
  readonly size: number
  readonly mtime: number
}

/**
 * The new records by index of the file in the tree; null when a file is not in the tree or may no longer be indexed.
 */
export async function readEdits(
  run: Run,
  ports: Ports,
  tree: Tree,
  files: readonly string[],
): Promise<ReadonlyMap<number, EditedFile> | null> {
  if (files.length > MAX_FILES) return null
  const keys = new Set(files.map(fileKey))
  const indices = new Map<string, number>()
  const jobs: ParseJob[] = []
  tree.entries.forEach((entry, i) => {
    const file = diskPath(tree.roots, entry)
    if (!keys.has(fileKey(file))) return
    indices.set(entry.path, i)
    jobs.push({ path: entry.path, file, known: entry.key })
  })
  if (jobs.length < keys.size) return null
  const results: ParseResult[] = []
  await ports.workers.parse(run, jobs, (result) => {
    results.push(result)
  })
  const edited = new Map<number, EditedFile>()
  for (const result of results) {
    if ('same' in result) continue
    if (!('packed' in result)) return null
    const { size, mtime, packed } = result
    edited.set(indices.get(result.path)!, { record: unpackRecord(packed.bytes), size, mtime })
  }
  return edited
}

/** `records` belong to the tree before the edits. */
export function editedTree(tree: Tree, records: readonly FileRecord[], edited: ReadonlyMap<number, EditedFile>): Tree {
  const entries = tree.entries.map((entry, i): TreeEntry => {
    const now = edited.get(i)
    return now ? { ...entry, size: now.size, mtime: now.mtime, key: now.record.key, settled: false } : entry
  })
  let { chunks } = tree
  for (const [i, { record }] of edited) chunks += record.chunks.length - records[i]!.chunks.length
  return { ...tree, entries, chunks, edges: moveEdges(tree.edges, records, edited) }
}

/** Edges between symbols that still exist; the line of a reference moves with its symbol. */
function moveEdges(edges: Edges, records: readonly FileRecord[], edited: ReadonlyMap<number, EditedFile>): Edges {
  const moves = new Map(
    [...edited].map(([file, { record }]) => [file, matchSymbols(records[file]!.symbols, record.symbols)] as const),
  )
  const fromSymbol = edges.fromSymbol.slice()
  const toSymbol = edges.toSymbol.slice()
  const line = edges.line.slice()
  const rows: number[] = []
  for (let row = 0; row < line.length; row++) {
    const [from, to] = [edges.fromSymbol[row]!, edges.toSymbol[row]!]
    const fromMoves = moves.get(edges.fromFile[row]!)
    const toMoves = moves.get(edges.toFile[row]!)
    if (fromMoves && from >= 0) {
      const now = fromMoves[from]!
      if (now >= 0 && line[row]! > 0) {
        const file = edges.fromFile[row]!
        line[row]! += edited.get(file)!.record.symbols[now]!.firstLine - records[file]!.symbols[from]!.firstLine
      }
      fromSymbol[row] = now
    }
    if (toMoves && to >= 0) toSymbol[row] = toMoves[to]!
    if ((from < 0 || fromSymbol[row]! >= 0) && (to < 0 || toSymbol[row]! >= 0)) rows.push(row)
  }
  if (rows.length === line.length) return { ...edges, fromSymbol, toSymbol, line }
  return {
    kind: Uint8Array.from(rows, (row) => edges.kind[row]!),
    fromFile: Uint32Array.from(rows, (row) => edges.fromFile[row]!),
    fromSymbol: Int32Array.from(rows, (row) => fromSymbol[row]!),
    toFile: Uint32Array.from(rows, (row) => edges.toFile[row]!),
    toSymbol: Int32Array.from(rows, (row) => toSymbol[row]!),
    weight: Float32Array.from(rows, (row) => edges.weight[row]!),
    line: Uint32Array.from(rows, (row) => line[row]!),
  }
}

/** New index of each symbol, -1 when it is gone: the n-th symbol of a kind and name maps to the n-th. */
function matchSymbols(before: readonly SourceSymbol[], now: readonly SourceSymbol[]): Int32Array {
  const indices = new Map<string, number[]>()
  now.forEach(({ kind, name }, i) => {
    indices.set(`${kind} ${name}`, [...(indices.get(`${kind} ${name}`) ?? []), i])
  })
  return Int32Array.from(before, ({ kind, name }) => indices.get(`${kind} ${name}`)?.shift() ?? -1)
}
