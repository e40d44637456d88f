/**
 * A corpus → the corpus after a few files were edited, added or removed. Postings are moved in flat arrays instead of
 * counted anew from strings, which makes an edit searchable in milliseconds where building takes a second. The result
 * equals that of `buildCorpus` up to the numbering of terms; a test compares them.
 */

import { wholeName, wordsOf } from '../text/terms.ts'
import { type Chunk, FIELDS, type FileRecord } from '../types/chunk.ts'
import type { Tree } from '../types/tree.ts'
import { type Corpus, clustersOf, corpusOf, pathsOf, type ReusableParts, termIdOf } from './corpus.ts'
import { familyOf } from './expand.ts'

/** If a larger share of files changed, building anew costs as little. */
const MAX_CHANGED_SHARE = 0.1

/** New positions of the chunks of unchanged files, -1 for all others; and the chunks of edited and new files. */
interface ChunkMoves {
  readonly to: Int32Array
  readonly added: readonly { readonly place: number; readonly chunk: Chunk; readonly record: FileRecord }[]
  readonly chunks: readonly Chunk[]
}

/** null when too many files changed. */
export function patchCorpus(before: Corpus, tree: Tree, records: readonly FileRecord[]): Corpus | null {
  const { files, vocabulary, inPath, pathLengths, roles, folders } = before
  const stays = unchangedFiles(before, tree, records)
  const stayed = stays.reduce((sum, was) => (was < 0 ? sum : sum + 1), 0)
  if (Math.max(files.length, stays.length) - stayed > Math.max(1, MAX_CHANGED_SHARE * files.length)) return null
  const moves = movesOf(before, records, stays)
  const known = vocabulary.size
  const postings = patchPostings(before, moves)
  const carried: ReusableParts = {
    vocabulary,
    postings,
    paths: samePaths(files, tree.entries) ? { inPath, pathLengths, roles, folders } : pathsOf(tree.entries, vocabulary),
    families: vocabulary.size === known ? before.families : patchFamilies(before, known),
    definitions: patchDefinitions(before, moves),
    clusters: tree.clusters === before.tree.clusters ? patchClusters(before, moves) : clustersOf(tree, moves.chunks),
  }
  return corpusOf(tree, records, moves.chunks, carried)
}

export function samePaths(a: Tree['entries'], b: Tree['entries']): boolean {
  return a.length === b.length && a.every(({ path }, i) => path === b[i]!.path)
}

/** For each file its previous index, -1 when it is new or edited. Both lists are sorted by path. */
function unchangedFiles(
  { files, records: old }: Corpus,
  { entries }: Tree,
  records: readonly FileRecord[],
): Int32Array {
  let was = 0
  return Int32Array.from(entries, ({ path }, file) => {
    while (was < files.length && files[was]!.path < path) was++
    return files[was]?.path === path && old[was]!.key === records[file]!.key ? was : -1
  })
}

function movesOf({ firstChunk, chunks: old }: Corpus, records: readonly FileRecord[], stays: Int32Array): ChunkMoves {
  const to = new Int32Array(old.length).fill(-1)
  const added: { place: number; chunk: Chunk; record: FileRecord }[] = []
  const chunks: Chunk[] = []
  records.forEach((record, file) => {
    const was = stays[file]!
    if (was < 0) {
      for (const chunk of record.chunks) added.push({ place: chunks.push(chunk) - 1, chunk, record })
      return
    }
    const first = firstChunk[was]!
    record.chunks.forEach((chunk, i) => {
      to[first + i] = chunks.push(chunk) - 1
    })
  })
  return { to, added, chunks }
}

/** Keeps the rows of a term in chunk order. */
function patchPostings(before: Corpus, { to, added }: ChunkMoves): ReusableParts['postings'] {
  const fresh = new Map<number, { place: number; own: Uint8Array; at: number }[]>()
  let more = 0
  for (const { place, chunk, record } of added) {
    const { terms: numbers, counts: own } = chunk
    numbers.forEach((local, at) => {
      const term = termIdOf(before.vocabulary, record.terms[local]!)
      const list = fresh.get(term)
      if (list) list.push({ place, own, at })
      else fresh.set(term, [{ place, own, at }])
      more++
    })
  }
  const terms = before.vocabulary.size
  const offsets = new Uint32Array(terms + 1)
  const rows = new Uint32Array(before.rows.length + more)
  const counts = new Uint8Array(rows.length * FIELDS)
  const known = before.offsets.length - 1
  let row = 0
  const put = (place: number, from: Uint8Array, at: number) => {
    rows[row] = place
    for (let field = 0; field < FIELDS; field++) counts[row * FIELDS + field] = from[at * FIELDS + field]!
    row++
  }
  for (let term = 0; term < terms; term++) {
    const mine = fresh.get(term) ?? []
    let next = 0
    const end = term < known ? before.offsets[term + 1]! : 0
    for (let old = term < known ? before.offsets[term]! : 0; old < end; old++) {
      const place = to[before.rows[old]!]!
      if (place < 0) continue
      while (next < mine.length && mine[next]!.place < place) {
        put(mine[next]!.place, mine[next]!.own, mine[next]!.at)
        next++
      }
      put(place, before.counts, old)
    }
    for (; next < mine.length; next++) put(mine[next]!.place, mine[next]!.own, mine[next]!.at)
    offsets[term + 1] = row
  }
  return { offsets, rows: rows.slice(0, row), counts: counts.slice(0, row * FIELDS) }
}

function patchDefinitions(before: Corpus, { to, added }: ChunkMoves): Corpus['definitions'] {
  const definitions = new Map<string, number[]>()
  for (const [name, list] of before.definitions) {
    const moved: number[] = []
    for (const chunk of list) if (to[chunk]! >= 0) moved.push(to[chunk]!)
    if (moved.length) definitions.set(name, moved)
  }
  const grown = new Set<string>()
  for (const { place, chunk } of added) {
    if (chunk.part > 0) continue
    for (const name of chunk.names) {
      const key = wholeName(wordsOf(name).at(-1) ?? '')
      const list = definitions.get(key)
      if (list) list.push(place)
      else definitions.set(key, [place])
      grown.add(key)
    }
  }
  for (const key of grown)
    definitions.set(
      key,
      [...new Set(definitions.get(key))].sort((a, b) => a - b),
    )
  return definitions
}

/** New chunks belong to no cluster until the tree is clustered again. */
function patchClusters({ clusters }: Corpus, { to }: ChunkMoves): Corpus['clusters'] {
  return clusters.map(({ centroid, members }) => ({
    centroid,
    members: members.filter((chunk) => to[chunk]! >= 0).map((chunk) => to[chunk]!),
  }))
}

/** Adds the terms numbered `known` and up. */
function patchFamilies({ families, vocabulary }: Corpus, known: number): Corpus['families'] {
  const patched = new Map(families)
  for (const [term, id] of vocabulary) {
    if (id < known || term.startsWith('=')) continue
    const family = familyOf(term)
    const held = patched.get(family) ?? (term !== family && vocabulary.has(family) ? [family] : [])
    const list = [...held.filter((other) => other !== term), term]
    if (list.length > 1 || term !== family) patched.set(family, list)
  }
  return patched
}
