/**
 * The in-memory search index of one tree: an inverted index over its chunks in flat arrays. Built from the records when
 * a tree is opened and kept until it changes; `patch-corpus.ts` updates it after an edit. Each posting holds a term
 * frequency per field, which BM25F needs and the store's native full-text index doesn't offer (a term table for it took
 * a third of the disk and no query used it). Path terms are kept per file.
 */

import type { Clock } from '../ports.ts'
import { type PathRoles, rolesOf } from '../text/path-role.ts'
import { termsOf, wholeName, wordsOf } from '../text/terms.ts'
import { type Chunk, FIELDS, type FileRecord } from '../types/chunk.ts'
import type { LineRange } from '../types/source.ts'
import type { Tree, TreeEntry } from '../types/tree.ts'
import { familyOf } from './expand.ts'
import { referencesOf } from './references.ts'

/** BM25's length normalisation parameter b. */
const FIELD_LENGTH_B = 0.5

/** Files indexed before yielding to the event loop: a few milliseconds of work. */
const FILES_PER_TURN = 128

export interface Corpus {
  readonly tree: Tree
  readonly files: readonly TreeEntry[]
  readonly records: readonly FileRecord[]
  readonly chunks: readonly Chunk[]
  /** File index of each chunk. */
  readonly fileOf: Uint32Array
  /** First chunk of each file, plus one end sentinel. */
  readonly firstChunk: Uint32Array
  /** Path roles (test, example, …) of each file. */
  readonly roles: readonly PathRoles[]
  /** 1 for a chunk that is a function, else 0. */
  readonly isFunction: Float32Array
  /** Runs of chunks that are the parts of one long symbol; `to` is exclusive. */
  readonly splitSymbols: readonly (readonly [from: number, to: number])[]
  /** Folders at most two levels deep with their file counts, largest first. */
  readonly folders: readonly (readonly [folder: string, files: number])[]
  /** BM25F length norm per chunk and field, 1 - b + b · length / mean; FIELDS values per chunk. */
  readonly norms: Float32Array
  /** Vocabulary terms by family (see `familyOf`); families with a single member are omitted. */
  readonly families: ReadonlyMap<string, readonly string[]>
  /** Fine clusters: centroid and member chunks, nearest to the centroid first. */
  readonly clusters: readonly { readonly centroid: Float32Array; readonly members: Uint32Array }[]
  /** Name (as `wholeName`) → chunks that define a symbol of that name. */
  readonly definitions: ReadonlyMap<string, readonly number[]>
  /** First chunk of a file that contains the line, if any. */
  chunkAt(file: number, line: number): number | undefined
  /** Chunks of a file that overlap the line range. */
  chunksAt(file: number, first: number, last: number): readonly number[]
  /** Number of terms in each path, and the mean. */
  readonly pathLengths: Float32Array
  readonly meanPathLength: number
  /** Number of terms in each file over all its chunks, and the mean. */
  readonly fileLengths: Float32Array
  readonly meanFileLength: number
  /** ln(1 + total weight of the references to it), per file. */
  readonly references: Float32Array
  /** Row range of the tree's edges that start in a file; `to` is exclusive. */
  edgesOf(file: number): readonly [from: number, to: number]
  /** Id of a term that occurs in the current state of the tree. */
  term(text: string): number | undefined
  /** Term → id, including terms that only earlier states of the tree contained; `term` filters those out. */
  readonly vocabulary: Map<string, number>
  /** Posting list of term t: `offsets[t]` … `offsets[t + 1]` in `rows` (chunk) and `counts` (FIELDS values per row). */
  readonly offsets: Uint32Array
  readonly rows: Uint32Array
  readonly counts: Uint8Array
  /** Cache of document frequencies, filled by `documentFrequency`. */
  readonly frequencies: Map<number, number>
  /** Term id → files whose path contains it, with the count. */
  readonly inPath: ReadonlyMap<number, readonly (readonly [file: number, count: number])[]>
}

/** The parts of a corpus that are expensive to build and reused for the next state of the tree (`patch-corpus.ts`). */
export interface ReusableParts {
  /** Term → id; only ever grows. */
  readonly vocabulary: Map<string, number>
  readonly postings: Pick<Corpus, 'offsets' | 'rows' | 'counts'>
  readonly paths: Pick<Corpus, 'inPath' | 'pathLengths' | 'roles' | 'folders'>
  readonly families: Corpus['families']
  readonly definitions: Corpus['definitions']
  readonly clusters: Corpus['clusters']
}

/**
 * Builds the corpus from scratch, yielding to the event loop now and then. `records` are in the order of the tree's
 * entries.
 */
export async function buildCorpus(
  tree: Tree,
  records: readonly FileRecord[],
  { yieldTurn }: Pick<Clock, 'yieldTurn'>,
): Promise<Corpus> {
  const vocabulary = new Map<string, number>()
  const chunks = records.flatMap((record) => record.chunks)
  const postings = await invert(records, vocabulary, yieldTurn)
  const paths = pathsOf(tree.entries, vocabulary)
  await yieldTurn()
  const families = familiesOf(vocabulary.keys())
  await yieldTurn()
  const definitions = definitionsOf(chunks)
  await yieldTurn()
  const clusters = clustersOf(tree, chunks)
  await yieldTurn()
  return corpusOf(tree, records, chunks, { vocabulary, postings, paths, families, definitions, clusters })
}

/** Indexes the paths: terms, lengths, roles and folders. */
export function pathsOf(files: readonly TreeEntry[], vocabulary: Map<string, number>): ReusableParts['paths'] {
  const { inPath, pathLengths } = indexPaths(files, (term) => termIdOf(vocabulary, term))
  return { inPath, pathLengths, roles: files.map(({ path }) => rolesOf(path)), folders: foldersOf(files) }
}

/** Id of a term; assigns the next free one to a new term. */
export function termIdOf(vocabulary: Map<string, number>, term: string): number {
  let id = vocabulary.get(term)
  if (id === undefined) {
    id = vocabulary.size
    vocabulary.set(term, id)
  }
  return id
}

/** Completes a corpus from its reusable parts; the rest is flat arrays, computed in milliseconds. */
export function corpusOf(
  tree: Tree,
  records: readonly FileRecord[],
  chunks: readonly Chunk[],
  parts: ReusableParts,
): Corpus {
  const files = tree.entries
  const fileOf = new Uint32Array(chunks.length)
  const firstChunk = new Uint32Array(files.length + 1)
  const fileLengths = new Float32Array(files.length)
  const lengthSums: [number, number, number, number] = [0, 0, 0, 0]
  let position = 0
  records.forEach((record, file) => {
    firstChunk[file] = position
    for (const { lengths } of record.chunks) {
      fileOf[position++] = file
      for (let field = 0; field < FIELDS; field++) {
        lengthSums[field]! += lengths[field]!
        fileLengths[file]! += lengths[field]!
      }
    }
  })
  firstChunk[files.length] = position
  const { vocabulary, postings, paths, families, definitions, clusters } = parts
  const fileRange = (file: number) => [firstChunk[file] ?? 0, firstChunk[file + 1] ?? 0] as const
  const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length)
  return {
    tree,
    files,
    records,
    chunks,
    fileOf,
    firstChunk,
    isFunction: Float32Array.from(chunks, ({ kind }) => (kind === 'function' ? 1 : 0)),
    splitSymbols: splitSymbolRuns(chunks, fileOf),
    norms: lengthNorms(chunks, lengthSums),
    families,
    clusters,
    definitions,
    chunkAt: (file, line) => overlappingChunks(chunks, fileRange(file), { firstLine: line, lastLine: line })[0],
    chunksAt: (file, firstLine, lastLine) => overlappingChunks(chunks, fileRange(file), { firstLine, lastLine }),
    meanPathLength: Math.max(1, mean(paths.pathLengths)),
    fileLengths,
    meanFileLength: Math.max(1, mean(fileLengths)),
    frequencies: new Map(),
    references: referencesOf(tree.edges, files.length),
    edgesOf: (file) => [lowerBound(tree.edges.fromFile, file), lowerBound(tree.edges.fromFile, file + 1)],
    vocabulary,
    // The vocabulary still lists terms that the last edit removed.
    term(text) {
      const id = vocabulary.get(text)
      const occurs = id !== undefined && (postings.offsets[id]! < postings.offsets[id + 1]! || paths.inPath.has(id))
      return occurs ? id : undefined
    },
    ...postings,
    ...paths,
  }
}

/** Chunks among from … to (one file's, so sorted by line) that overlap the lines. */
function overlappingChunks(
  chunks: readonly Chunk[],
  [from, to]: readonly [from: number, to: number],
  { firstLine, lastLine }: LineRange,
): number[] {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >> 1
    if (chunks[middle]!.lastLine < firstLine) low = middle + 1
    else high = middle
  }
  const found: number[] = []
  while (low < to && chunks[low]!.firstLine <= lastLine) found.push(low++)
  return found
}

function splitSymbolRuns(chunks: readonly Chunk[], fileOf: Uint32Array): [number, number][] {
  const continues = (i: number, j: number) =>
    fileOf[i] === fileOf[j] && chunks[j]!.part > 0 && chunks[j]!.symbol >= 0 && chunks[i]!.symbol === chunks[j]!.symbol
  const runs: [number, number][] = []
  for (let i = 0; i < chunks.length; ) {
    let end = i + 1
    while (end < chunks.length && continues(i, end)) end++
    if (end - i > 1) runs.push([i, end])
    i = end
  }
  return runs
}

function foldersOf(files: readonly TreeEntry[]): [string, number][] {
  const counts = new Map<string, number>()
  for (const { path } of files) {
    const folder = path.split('/').slice(0, -1).slice(0, 2).join('/')
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1])
}

function lengthNorms(chunks: readonly Chunk[], lengthSums: readonly number[]): Float32Array {
  const norms = new Float32Array(chunks.length * FIELDS)
  const means = lengthSums.map((sum) => Math.max(1e-9, sum / Math.max(1, chunks.length)))
  chunks.forEach(({ lengths }, chunk) => {
    for (let f = 0; f < FIELDS; f++)
      norms[chunk * FIELDS + f] = 1 - FIELD_LENGTH_B + (FIELD_LENGTH_B * lengths[f]!) / means[f]!
  })
  return norms
}

function familiesOf(vocabulary: Iterable<string>): Map<string, string[]> {
  const families = new Map<string, string[]>()
  for (const term of vocabulary) {
    if (term.startsWith('=')) continue
    const family = familyOf(term)
    const list = families.get(family)
    if (list) list.push(term)
    else families.set(family, [term])
  }
  for (const [family, terms] of families) if (terms.length < 2 && terms[0] === family) families.delete(family)
  return families
}

/** Resolves the members of the fine clusters to chunks. Identical chunks share one id; all of them are members. */
export function clustersOf({ clusters }: Tree, chunks: readonly Chunk[]) {
  const chunksById = new Map<string, number[]>()
  chunks.forEach(({ id }, chunk) => {
    const list = chunksById.get(id)
    if (list) list.push(chunk)
    else chunksById.set(id, [chunk])
  })
  return clusters
    .filter(({ level }) => level === 1)
    .map(({ centroid, members }) => ({
      centroid,
      members: Uint32Array.from(members.flatMap((id) => chunksById.get(id) ?? [])),
    }))
}

function definitionsOf(chunks: readonly Chunk[]): Map<string, number[]> {
  const definitions = new Map<string, number[]>()
  chunks.forEach(({ names, part }, chunk) => {
    if (part > 0) return
    for (const name of names) {
      const key = wholeName(wordsOf(name).at(-1) ?? '')
      const list = definitions.get(key)
      if (!list) definitions.set(key, [chunk])
      else if (list.at(-1) !== chunk) list.push(chunk)
    }
  })
  return definitions
}

/** First index whose value is at least `value`; the values ascend. */
function lowerBound(values: Uint32Array, value: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Builds the posting lists in two passes: count the rows of each term, then fill them. */
async function invert(records: readonly FileRecord[], vocabulary: Map<string, number>, yieldTurn: Clock['yieldTurn']) {
  /** Per file: local term number → term id. */
  const termIds: Uint32Array[] = []
  for (const [file, { terms }] of records.entries()) {
    if (file % FILES_PER_TURN === FILES_PER_TURN - 1) await yieldTurn()
    termIds.push(Uint32Array.from(terms, (term) => termIdOf(vocabulary, term)))
  }
  const offsets = new Uint32Array(vocabulary.size + 1)
  for (const [file, { chunks }] of records.entries()) {
    if (file % FILES_PER_TURN === FILES_PER_TURN - 1) await yieldTurn()
    const ids = termIds[file]!
    for (const chunk of chunks) for (const local of chunk.terms) offsets[ids[local]! + 1]!++
  }
  for (let t = 0; t < offsets.length - 1; t++) offsets[t + 1]! += offsets[t]!
  const next = offsets.slice()
  const rows = new Uint32Array(offsets.at(-1) ?? 0)
  const counts = new Uint8Array(rows.length * FIELDS)
  let position = 0
  for (const [file, { chunks }] of records.entries()) {
    if (file % FILES_PER_TURN === FILES_PER_TURN - 1) await yieldTurn()
    const ids = termIds[file]!
    for (const { terms, counts: fieldCounts } of chunks) {
      for (let i = 0; i < terms.length; i++) {
        const row = next[ids[terms[i]!]!]!++
        rows[row] = position
        for (let f = 0; f < FIELDS; f++) counts[row * FIELDS + f] = fieldCounts[i * FIELDS + f]!
      }
      position++
    }
  }
  return { offsets, rows, counts }
}

function indexPaths(files: readonly TreeEntry[], idOf: (term: string) => number) {
  const inPath = new Map<number, [number, number][]>()
  const pathLengths = new Float32Array(files.length)
  files.forEach(({ path }, file) => {
    for (const term of termsOf(path)) {
      const id = idOf(term)
      const list = inPath.get(id)
      const last = list?.at(-1)
      if (last && last[0] === file) last[1]++
      else if (list) list.push([file, 1])
      else inPath.set(id, [[file, 1]])
      pathLengths[file]!++
    }
  })
  return { inPath, pathLengths }
}
