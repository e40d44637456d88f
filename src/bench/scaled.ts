/**
 * A folder's index → a larger one of the same kind, in memory: files shaped after its own, whose terms and names are drawn
 * as often as its files hold them, with new ones as often as it has ones that stand in one file alone (Good & Turing).
 * Their text is that of the files they are shaped after, read from the disk as for any question.
 */
import { StringInterner, storedForm } from '../engine/measure.ts'
import type { Chunk, FileRecord } from '../engine/types/chunk.ts'
import type { Cluster } from '../engine/types/cluster.ts'
import type { Edges } from '../engine/types/symbol.ts'
import type { Tree, TreeEntry } from '../engine/types/tree.ts'
import type { SymbolTable } from '../engine/types/workspace.ts'
import { randomOf } from './questions.ts'

export interface Grown {
  readonly tree: Tree
  readonly records: readonly FileRecord[]
}

export interface Source extends SymbolTable {
  readonly roots: readonly string[]
  readonly clusters: readonly Cluster[]
  readonly embedder: string
}

const TRIES = 4
const LETTERS = 26

/** Words as often as files hold them; now and then one that no file holds. */
class Draw {
  private readonly words: readonly string[]
  private readonly sums: Float64Array
  private readonly fresh: number
  private made = 0
  private readonly random: () => number

  constructor(counts: ReadonlyMap<string, number>, random: () => number) {
    this.words = [...counts.keys()]
    this.sums = Float64Array.from(counts.values())
    for (let i = 1; i < this.sums.length; i++) this.sums[i]! += this.sums[i - 1]!
    this.fresh = [...counts.values()].filter((count) => count === 1).length / Math.max(1, this.total)
    this.random = random
  }

  private get total(): number {
    return this.sums.at(-1) ?? 0
  }

  next(): string {
    return this.random() < this.fresh ? this.anew() : this.known()
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

  anew(): string {
    let text = this.known()
    for (let n = ++this.made; n > 0; n = Math.floor(n / LETTERS)) text += String.fromCharCode(97 + (n % LETTERS))
    return text
  }
}

/** At least so many chunks; the same ones for the same seed. */
export function grow(source: Source, chunks: number, seed: number): Grown {
  const random = randomOf(seed)
  const { records } = source
  const [words, wholes, names] = drawsOf(records, random)
  const fitting = records.flatMap(({ chunks: own }, file) => (own.length ? [file] : []))
  const shapes: number[] = []
  for (let n = 0; n < chunks; n += records[shapes.at(-1)!]!.chunks.length)
    shapes.push(fitting[Math.floor(random() * fitting.length)]!)
  const copies = records.map((): number[] => [])
  const strings = new StringInterner()
  const entries: TreeEntry[] = []
  const grown = shapes.map((shape, file): FileRecord => {
    const [record, entry] = [records[shape]!, source.files[shape]!]
    const copy = copies[shape]!.push(file) - 1
    entries.push({ ...entry, path: copy ? `part${copy}/${entry.path}` : entry.path })
    const seen = new Set<string>()
    const terms = record.terms.map((term) => distinct(term.startsWith('=') ? wholes : words, seen))
    const named = new Map<string, string>()
    const nameOf = (name: string): string => {
      const held = named.get(name) ?? names.next()
      named.set(name, held)
      return held
    }
    const own = record.chunks.map(
      ({ terms, counts, lengths, ...chunk }): Chunk => ({
        ...{ ...chunk, terms, counts, lengths },
        id: copy ? `${chunk.id}${copy}` : chunk.id,
        names: chunk.names.map(nameOf),
      }),
    )
    return storedForm({ ...record, references: [], fields: [], terms, chunks: own }, strings)
  })
  const tree: Tree = {
    ...{ id: 'generated', roots: source.roots, entries, skipped: [], embedder: source.embedder },
    chunks: grown.reduce((sum, record) => sum + record.chunks.length, 0),
    clusters: membersIn(source, copies),
    edges: edgesIn(source, shapes, copies),
    ...{ head: '', commits: [], at: 1, complete: true },
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

function distinct(draw: Draw, seen: Set<string>): string {
  let term = draw.next()
  for (let n = 0; n < TRIES && seen.has(term); n++) term = draw.next()
  if (seen.has(term)) term = draw.anew()
  seen.add(term)
  return term
}

/** A copy refers to the copies of the same number, where there are as many. */
function edgesIn({ edges }: Source, shapes: readonly number[], copies: readonly (readonly number[])[]): Edges {
  const rows = copies.map((): number[] => [])
  edges.fromFile.forEach((file, row) => {
    rows[file]!.push(row)
  })
  const number = new Map<number, number>()
  const kept: (readonly [row: number, from: number, to: number])[] = []
  shapes.forEach((shape, from) => {
    const copy = number.get(shape) ?? 0
    number.set(shape, copy + 1)
    for (const row of rows[shape]!) {
      const targets = copies[edges.toFile[row]!]!
      if (targets.length) kept.push([row, from, targets[copy % targets.length]!])
    }
  })
  return {
    kind: Uint8Array.from(kept, ([row]) => edges.kind[row]!),
    fromFile: Uint32Array.from(kept, ([, from]) => from),
    fromSymbol: Int32Array.from(kept, ([row]) => edges.fromSymbol[row]!),
    toFile: Uint32Array.from(kept, ([, , to]) => to),
    toSymbol: Int32Array.from(kept, ([row]) => edges.toSymbol[row]!),
    weight: Float32Array.from(kept, ([row]) => edges.weight[row]!),
    line: Uint32Array.from(kept, ([row]) => edges.line[row]!),
  }
}

/** Chunks belong where those belong that they are shaped after. */
function membersIn({ clusters, records }: Source, copies: readonly (readonly number[])[]): readonly Cluster[] {
  const most = new Map<string, number>()
  records.forEach(({ chunks }, file) => {
    for (const { id } of chunks) most.set(id, Math.max(most.get(id) ?? 0, copies[file]!.length))
  })
  return clusters.map((cluster) => ({
    ...cluster,
    members: cluster.members.flatMap((id) =>
      Array.from({ length: most.get(id) ?? 0 }, (_, copy) => (copy ? `${id}${copy}` : id)),
    ),
  }))
}
