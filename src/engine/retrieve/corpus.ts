/**
 * A tree as retrieval sees it: an inverted index over its chunks, held in flat arrays. Built from the records when a
 * tree is opened, kept until it changes. Postings carry four field counts; words of the path are kept per file.
 */

import type { Clock } from '../ports.ts'
import { type PathRoles, rolesOf } from '../text/path-role.ts'
import { termsOf, wholeName, wordsOf } from '../text/terms.ts'
import { type Chunk, FIELDS, type FileRecord } from '../types/chunk.ts'
import type { Tree, TreeEntry } from '../types/tree.ts'
import { familyOf } from './expand.ts'
import { referencesOf } from './references.ts'

/** How much the length of a field counts against it (BM25's b). */
const FIELD_LENGTH_B = 0.5

/** Files taken in between two turns: some milliseconds. */
const FILES_PER_TURN = 128

export interface Corpus {
  readonly tree: Tree
  readonly files: readonly TreeEntry[]
  readonly records: readonly FileRecord[]
  readonly chunks: readonly Chunk[]
  /** File of each chunk. */
  readonly fileOf: Uint32Array
  /** First chunk of each file, with one more at the end. */
  readonly firstChunk: Uint32Array
  /** Roles of each file. */
  readonly roles: readonly PathRoles[]
  /** Per chunk 1 for a function, 0 for anything else. */
  readonly isFunction: Float32Array
  /** Chunks that are the parts of one long symbol: from … to, exclusive. */
  readonly splitSymbols: readonly (readonly [from: number, to: number])[]
  /** Folders two deep with the number of their files, the largest first. */
  readonly folders: readonly (readonly [folder: string, files: number])[]
  /** BM25F's length norm of each chunk's fields, 1 - b + b · length / mean: FIELDS a chunk. */
  readonly norms: Float32Array
  /** Words of the vocabulary by family (see `familyOf`); families of one are left out. */
  readonly families: ReadonlyMap<string, readonly string[]>
  /** Fine clusters: their centroids, and their chunks, the nearest to the centroid first. */
  readonly clusters: readonly { readonly centroid: Float32Array; readonly members: Uint32Array }[]
  /** Chunks that define a symbol of the name (as `wholeName`). */
  readonly definitions: ReadonlyMap<string, readonly number[]>
  /** Chunk of a file that holds the line, -1 for none. */
  chunkAt(file: number, line: number): number
  /** Chunks of a file that share lines with the range. */
  chunksAt(file: number, first: number, last: number): readonly number[]
  /** Terms of each path, and their mean. */
  readonly pathLengths: Float32Array
  readonly meanPathLength: number
  /** Terms of each file over all its chunks, and their mean. */
  readonly fileLengths: Float32Array
  readonly meanFileLength: number
  /** Per file ln(1 + weight of the references to it). */
  readonly references: Float32Array
  /** Rows of the tree's edges that start in a file: from … to, exclusive. */
  edgesOf(file: number): readonly [from: number, to: number]
  term(text: string): number | undefined
  /** All terms, also of earlier states of the tree: `term` tells which stand. */
  readonly vocabulary: Map<string, number>
  /** Postings of term t: rows `offsets[t]` … `offsets[t + 1]` of `rows` (chunk) and `counts` (FIELDS a row). */
  readonly offsets: Uint32Array
  readonly rows: Uint32Array
  readonly counts: Uint8Array
  /** Document frequencies that were asked for, kept by `documentFrequency`. */
  readonly frequencies: Map<number, number>
  /** Files whose path holds term t → how often. */
  readonly inPath: ReadonlyMap<number, readonly (readonly [file: number, count: number])[]>
}

/** What of a corpus takes long to make anew, and is carried over to the next state of the tree (see `patch.ts`). */
export interface ReusableParts {
  /** Terms → their numbers; it only grows. */
  readonly vocabulary: Map<string, number>
  readonly postings: Pick<Corpus, 'offsets' | 'rows' | 'counts'>
  readonly paths: Pick<Corpus, 'inPath' | 'pathLengths' | 'roles' | 'folders'>
  readonly families: Corpus['families']
  readonly definitions: Corpus['definitions']
  readonly clusters: Corpus['clusters']
}

/** `records` in the order of the tree's entries. */
export async function buildCorpus(
  tree: Tree,
  records: readonly FileRecord[],
  { yieldTurn: turn }: Pick<Clock, 'yieldTurn'>,
): Promise<Corpus> {
  const vocabulary = new Map<string, number>()
  const chunks = records.flatMap((record) => record.chunks)
  const postings = await invert(records, vocabulary, turn)
  const paths = pathsOf(tree.entries, vocabulary)
  await turn()
  const families = familiesOf(vocabulary.keys())
  await turn()
  const definitions = definitionsOf(chunks)
  await turn()
  const clusters = clustersOf(tree, chunks)
  await turn()
  return corpusOf(tree, records, chunks, { vocabulary, postings, paths, families, definitions, clusters })
}

/** What is known of the files by their paths. */
export function pathsOf(files: readonly TreeEntry[], vocabulary: Map<string, number>): ReusableParts['paths'] {
  const { inPath, pathLengths } = indexPaths(files, (term) => termIdOf(vocabulary, term))
  return { inPath, pathLengths, roles: files.map(({ path }) => rolesOf(path)), folders: foldersOf(files) }
}

export function termIdOf(vocabulary: Map<string, number>, term: string): number {
  let id = vocabulary.get(term)
  if (id === undefined) {
    id = vocabulary.size
    vocabulary.set(term, id)
  }
  return id
}

/** The rest is flat arrays that are counted through in milliseconds. */
export function corpusOf(
  tree: Tree,
  records: readonly FileRecord[],
  chunks: readonly Chunk[],
  carried: ReusableParts,
): Corpus {
  const files = tree.entries
  const fileOf = new Uint32Array(chunks.length)
  const firstChunk = new Uint32Array(files.length + 1)
  const fileLengths = new Float32Array(files.length)
  const sums: [number, number, number, number] = [0, 0, 0, 0]
  let position = 0
  records.forEach((record, file) => {
    firstChunk[file] = position
    for (const { lengths } of record.chunks) {
      fileOf[position++] = file
      for (let field = 0; field < FIELDS; field++) {
        sums[field]! += lengths[field]!
        fileLengths[file]! += lengths[field]!
      }
    }
  })
  firstChunk[files.length] = position
  const { vocabulary, postings, paths, families, definitions, clusters } = carried
  const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length)
  return {
    tree,
    files,
    records,
    chunks,
    fileOf,
    firstChunk,
    isFunction: Float32Array.from(chunks, ({ kind }) => (kind === 'function' ? 1 : 0)),
    splitSymbols: partsOf(chunks, fileOf),
    norms: lengthNorms(chunks, sums),
    families,
    clusters,
    definitions,
    chunkAt: (file, line) => chunksBetween(chunks, firstChunk, file, line, line)[0] ?? -1,
    chunksAt: (file, first, last) => chunksBetween(chunks, firstChunk, file, first, last),
    meanPathLength: Math.max(1, mean(paths.pathLengths)),
    fileLengths,
    meanFileLength: Math.max(1, mean(fileLengths)),
    frequencies: new Map(),
    references: referencesOf(tree.edges, files.length),
    edgesOf: (file) => [lowerBound(tree.edges.fromFile, file), lowerBound(tree.edges.fromFile, file + 1)],
    vocabulary,
    // A term that the last edit took away is none any more.
    term(text) {
      const id = vocabulary.get(text)
      const stands = id !== undefined && (postings.offsets[id]! < postings.offsets[id + 1]! || paths.inPath.has(id))
      return stands ? id : undefined
    },
    ...postings,
    ...paths,
  }
}

function chunksBetween(chunks: readonly Chunk[], firstChunk: Uint32Array, file: number, first: number, last: number) {
  const end = firstChunk[file + 1] ?? 0
  let low = firstChunk[file] ?? 0
  let high = end
  while (low < high) {
    const middle = (low + high) >> 1
    if (chunks[middle]!.lastLine < first) low = middle + 1
    else high = middle
  }
  const found: number[] = []
  while (low < end && chunks[low]!.firstLine <= last) found.push(low++)
  return found
}

function partsOf(chunks: readonly Chunk[], fileOf: Uint32Array): [number, number][] {
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

function lengthNorms(chunks: readonly Chunk[], sums: readonly number[]): Float32Array {
  const norms = new Float32Array(chunks.length * FIELDS)
  const means = sums.map((sum) => Math.max(1e-9, sum / Math.max(1, chunks.length)))
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

/** Copies have one id: all of them are members. */
export function clustersOf({ clusters }: Tree, chunks: readonly Chunk[]) {
  const places = new Map<string, number[]>()
  chunks.forEach(({ id }, chunk) => {
    const list = places.get(id)
    if (list) list.push(chunk)
    else places.set(id, [chunk])
  })
  return clusters
    .filter(({ level }) => level === 1)
    .map(({ centroid, members }) => ({
      centroid,
      members: Uint32Array.from(members.flatMap((id) => places.get(id) ?? [])),
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

/** First index whose value is not below; the values ascend. */
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

/** Two passes: count the rows of each term, then fill them in. */
async function invert(records: readonly FileRecord[], vocabulary: Map<string, number>, turn: Clock['yieldTurn']) {
  const globals: Uint32Array[] = []
  for (const [file, { terms }] of records.entries()) {
    if (file % FILES_PER_TURN === FILES_PER_TURN - 1) await turn()
    globals.push(Uint32Array.from(terms, (term) => termIdOf(vocabulary, term)))
  }
  const offsets = new Uint32Array(vocabulary.size + 1)
  for (const [file, { chunks }] of records.entries()) {
    if (file % FILES_PER_TURN === FILES_PER_TURN - 1) await turn()
    const ids = globals[file]!
    for (const chunk of chunks) for (const local of chunk.terms) offsets[ids[local]! + 1]!++
  }
  for (let t = 0; t < offsets.length - 1; t++) offsets[t + 1]! += offsets[t]!
  const next = offsets.slice()
  const rows = new Uint32Array(offsets.at(-1) ?? 0)
  const counts = new Uint8Array(rows.length * FIELDS)
  let position = 0
  for (const [file, { chunks }] of records.entries()) {
    if (file % FILES_PER_TURN === FILES_PER_TURN - 1) await turn()
    const ids = globals[file]!
    for (const { terms, counts: own } of chunks) {
      for (let i = 0; i < terms.length; i++) {
        const row = next[ids[terms[i]!]!]!++
        rows[row] = position
        for (let f = 0; f < FIELDS; f++) counts[row * FIELDS + f] = own[i * FIELDS + f]!
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
      const held = list?.at(-1)
      if (held && held[0] === file) held[1]++
      else if (list) list.push([file, 1])
      else inPath.set(id, [[file, 1]])
      pathLengths[file]!++
    }
  })
  return { inPath, pathLengths }
}
