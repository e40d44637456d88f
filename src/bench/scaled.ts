/**
 * Generates a larger index in memory from a folder's index. Each generated file has the shape of a real one; its terms
 * and names are drawn with the frequencies of the folder, and new ones with the probability of terms that occur in one
 * file only (Good-Turing). Its text is that of the real file, read from disk as for any question.
 */
import { StringInterner, storedForm } from '../engine/measure.ts'
import type { Chunk, FileRecord } from '../engine/types/chunk.ts'
import type { Cluster } from '../engine/types/cluster.ts'
import type { Edges } from '../engine/types/symbol.ts'
import type { Tree, TreeEntry } from '../engine/types/tree.ts'
import type { SymbolTable } from '../engine/types/workspace.ts'
import { randomOf } from './questions.ts'

/** A generated index. */
export interface Grown {
  readonly tree: Tree
  readonly records: readonly FileRecord[]
}

export interface Source extends SymbolTable {
  readonly roots: readonly string[]
  readonly clusters: readonly Cluster[]
  readonly embedder: string
}

/** Draws before a duplicate term in a file is replaced by a new one. */
const MAX_TRIES = 4
const LETTERS = 26

/** Draws words by their file frequency, and now and then a new one. */
class Draw {
  private readonly words: readonly string[]
  /** Cumulative frequencies of `words`. */
  private readonly sums: Float64Array
  /** Probability of a new word (Good-Turing). */
  private readonly newShare: number
  private created = 0
  private readonly random: () => number

  constructor(counts: ReadonlyMap<string, number>, random: () => number) {
    this.words = [...counts.keys()]
    this.sums = Float64Array.from(counts.values())
    for (let i = 1; i < this.sums.length; i++) this.sums[i]! += this.sums[i - 1]!
    this.newShare = [...counts.values()].filter((count) => count === 1).length / Math.max(1, this.total)
    this.random = random
  }

  private get total(): number {
    return this.sums.at(-1) ?? 0
  }

  next(): string {
    return this.random() < this.newShare ? this.create() : this.known()
  }

  private known(): string {
    const at = this.random() * this.total
    let [low, high] = [0, this.sums.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.sums[middle]! <= at) low = middle + 1
      else high = middle
    }
    return this.words[low] ?? 'word'
  }

  /** A new word: a known one with a unique suffix of letters. */
  create(): string {
    let text = this.known()
    for (let n = ++this.created; n > 0; n = Math.floor(n / LETTERS)) text += String.fromCharCode(97 + (n % LETTERS))
    return text
  }
}

/** Generates an index of at least `chunks` chunks, reproducible by seed. */
export function grow(source: Source, chunks: number, seed: number): Grown {
  const random = randomOf(seed)
  const { records } = source
  const [words, wholes, names] = drawsOf(records, random)
  const templates = records.flatMap(({ chunks: inFile }, file) => (inFile.length ? [file] : []))
  const shapes: number[] = []
  for (let n = 0; n < chunks; n += records[shapes.at(-1)!]!.chunks.length)
    shapes.push(templates[Math.floor(random() * templates.length)]!)
  const copies = records.map((): number[] => [])
  const strings = new StringInterner()
  const entries: TreeEntry[] = []
  const grown = shapes.map((shape, file): FileRecord => {
    const [record, entry] = [records[shape]!, source.files[shape]!]
    const copy = copies[shape]!.push(file) - 1
    entries.push({ ...entry, path: copy ? `part${copy}/${entry.path}` : entry.path })
    const seen = new Set<string>()
    const terms = record.terms.map((term) => distinct(term.startsWith('=') ? wholes : words, seen))
    const newNames = new Map<string, string>()
    const nameOf = (name: string): string => {
      const newName = newNames.get(name) ?? names.next()
      newNames.set(name, newName)
      return newName
    }
    const newChunks = record.chunks.map(
      ({ terms, counts, lengths, ...chunk }): Chunk => ({
        ...{ ...chunk, terms, counts, lengths },
        id: copy ? `${chunk.id}${copy}` : chunk.id,
        names: chunk.names.map(nameOf),
      }),
    )
    return storedForm({ ...record, references: [], fields: [], terms, chunks: newChunks }, strings)
  })
  const tree: Tree = {
    ...{ id: 'generated', roots: source.roots, entries, skipped: [], embedder: source.embedder },
    chunks: grown.reduce((sum, record) => sum + record.chunks.length, 0),
    clusters: membersIn(source, copies),
    edges: edgesIn(source, shapes, copies),
    ...{ heads: [], historyRead: true, commits: [], at: 1, complete: true },
  }
  return { tree, records: grown }
}

function drawsOf(
  records: readonly FileRecord[],
  random: () => number,
): readonly [words: Draw, wholes: Draw, names: Draw] {
  const counts = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()] as const
  const count = (into: Map<string, number>, word: string) => into.set(word, (into.get(word) ?? 0) + 1)
  for (const { terms, chunks } of records) {
    for (const term of terms) count(counts[term.startsWith('=') ? 1 : 0], term)
    for (const name of new Set(chunks.flatMap((chunk) => chunk.names))) count(counts[2], name)
  }
  return [new Draw(counts[0], random), new Draw(counts[1], random), new Draw(counts[2], random)]
}

/** Draws a term that the file does not have yet. */
function distinct(draw: Draw, seen: Set<string>): string {
  let term = draw.next()
  for (let n = 0; n < MAX_TRIES && seen.has(term); n++) term = draw.next()
  if (seen.has(term)) term = draw.create()
  seen.add(term)
  return term
}

/**
 * Copies the edges: the n-th copy of a file refers to the n-th copy of its target, modulo the number of target copies.
 */
function edgesIn({ edges }: Source, shapes: readonly number[], copies: readonly (readonly number[])[]): Edges {
  const rows = copies.map((): number[] => [])
  edges.fromFile.forEach((file, row) => {
    rows[file]!.push(row)
  })
  const seenCopies = new Map<number, number>()
  const copied: (readonly [row: number, from: number, to: number])[] = []
  shapes.forEach((shape, from) => {
    const copy = seenCopies.get(shape) ?? 0
    seenCopies.set(shape, copy + 1)
    for (const row of rows[shape]!) {
      const targets = copies[edges.toFile[row]!]!
      if (targets.length) copied.push([row, from, targets[copy % targets.length]!])
    }
  })
  return {
    kind: Uint8Array.from(copied, ([row]) => edges.kind[row]!),
    fromFile: Uint32Array.from(copied, ([, from]) => from),
    fromSymbol: Int32Array.from(copied, ([row]) => edges.fromSymbol[row]!),
    toFile: Uint32Array.from(copied, ([, , to]) => to),
    toSymbol: Int32Array.from(copied, ([row]) => edges.toSymbol[row]!),
    weight: Float32Array.from(copied, ([row]) => edges.weight[row]!),
    line: Uint32Array.from(copied, ([row]) => edges.line[row]!),
  }
}

/** Copies the clusters: a generated chunk belongs to the clusters of the chunk it is shaped after. */
function membersIn({ clusters, records }: Source, copies: readonly (readonly number[])[]): readonly Cluster[] {
  const copyCounts = new Map<string, number>()
  records.forEach(({ chunks }, file) => {
    for (const { id } of chunks) copyCounts.set(id, Math.max(copyCounts.get(id) ?? 0, copies[file]!.length))
  })
  return clusters.map((cluster) => ({
    ...cluster,
    members: cluster.members.flatMap((id) =>
      Array.from({ length: copyCounts.get(id) ?? 0 }, (_, copy) => (copy ? `${id}${copy}` : id)),
    ),
  }))
}
