/**
 * The chunks of a tree → vectors → clusters. Built-in vectors are computed from stored term counts and not kept; an
 * endpoint's are stored and requested once. Garbage is collected first, and above `MAX_CLUSTERED_CHUNKS` only a sample
 * is clustered (`sample.ts`), so that memory is bounded.
 */

import type { Ports } from '../../ports.ts'
import type { SharedIndex, StoreWriter } from '../../store/store.ts'
import { stem, subTokens } from '../../text/terms.ts'
import { type Chunk, FIELDS, type FileRecord } from '../../types/chunk.ts'
import type { Cluster } from '../../types/cluster.ts'
import type { Run } from '../../types/run.ts'
import type { Tree, TreeEntry } from '../../types/tree.ts'
import { recordKey } from '../parse/record.ts'
import { screenText } from '../parse/screen.ts'
import { diskPath } from '../walk/walk.ts'
import { carryOverClusters } from './carry-over.ts'
import { DIMENSIONS, embedChunks, embedHashed, embedMissing, HASHED_EMBEDDER } from './embed.ts'
import { assignRest, MAX_CLUSTERED_CHUNKS, sampleRows } from './sample.ts'

const SEED = 42
const EMBED_BATCH_TEXTS = 64
/** Above this, garbage is collected before clustering. */
const MIN_CHUNKS_TO_COLLECT = 10_000

export function embedderOf(ports: Ports): string {
  return (ports.embedder ?? ports.embedding)?.id ?? HASHED_EMBEDDER
}

export function dimensionsOf(ports: Ports): number {
  return (ports.embedder ?? ports.embedding)?.dimensions ?? DIMENSIONS
}

interface Stores {
  readonly store: StoreWriter
  readonly shared: SharedIndex | null
}

interface ClusterTreeInput {
  readonly draft: Tree
  /** In the order of the draft's entries. */
  readonly records: readonly FileRecord[]
  /** The tree whose clusters are carried over if little changed. */
  readonly previous: Tree | null
}

export async function clusterTree(
  run: Run,
  ports: Ports,
  stores: Stores,
  { draft, records, previous }: ClusterTreeInput,
): Promise<readonly Cluster[]> {
  const rows = records.flatMap((record, i) =>
    record.chunks.map((chunk) => ({ chunk, record, entry: draft.entries[i]! })),
  )
  const { embedder, embedding } = ports
  const columns = {
    dimensions: dimensionsOf(ports),
    ids: rows.map(({ chunk }) => chunk.id),
    paths: rows.map(({ entry }) => entry.path),
    lines: rows.map(({ chunk }) => chunk.firstLine),
    names: rows.map(({ chunk }) => chunk.names[0] ?? ''),
  }
  let idf: ReturnType<typeof inverseFrequency> | null = null
  const termIdf = () => {
    idf ??= inverseFrequency(rows)
    return idf
  }
  const vectorsOf = (selected: readonly ChunkRow[]) =>
    embedder
      ? storedVectors(run, ports, { ...stores, tree: draft }, selected)
      : embedding
        ? embedChunks(embedding, selected, ports.clock)
        : hashedVectors(selected, termIdf())
  const before = previous?.embedder === draft.embedder ? previous.clusters : []
  const canCarryOver = before.length > 0 && draft.embedder !== HASHED_EMBEDDER
  const carried =
    canCarryOver && (await carryOverClusters(before, columns, (indices) => vectorsOf(indices.map((row) => rows[row]!))))
  if (carried) return carried
  // Otherwise the garbage of parsing and linking would add to the vectors, here and in the clustering process.
  if (rows.length > MIN_CHUNKS_TO_COLLECT) ports.memory.collectGarbage()
  const sample = sampleRows(rows.length, MAX_CLUSTERED_CHUNKS)
  const of = <T>(all: readonly T[]): readonly T[] =>
    sample.length < rows.length ? sample.map((row) => all[row]!) : all
  const sampled = of(rows)
  const clusters = await ports.workers.cluster(run, {
    ...{ seed: SEED, dimensions: columns.dimensions, vectors: await vectorsOf(sampled) },
    ...{ ids: of(columns.ids), paths: of(columns.paths), lines: of(columns.lines), names: of(columns.names) },
    words: readableWords(sampled.map(({ chunk }) => chunk)),
  })
  if (sampled === rows) return clusters
  const rest = { ...columns, vectorsOf: (indices: readonly number[]) => vectorsOf(indices.map((row) => rows[row]!)) }
  return assignRest(run, ports.workers, clusters, rest)
}

interface ChunkRow {
  readonly chunk: Chunk
  readonly record: FileRecord
  readonly entry: TreeEntry
}

/** For each chunk the distinct words of its names; words with the same stem appear in their most frequent form. */
function readableWords(chunks: readonly Chunk[]): string[][] {
  const words = chunks.map(({ names }) =>
    [...new Set(names.flatMap((name) => name.split(/\W+/).flatMap(subTokens)))].filter((word) =>
      /^[a-z]{3}/.test(word),
    ),
  )
  const counts = new Map<string, number>()
  for (const word of words.flat()) counts.set(word, (counts.get(word) ?? 0) + 1)
  const forms = new Map<string, string>()
  for (const [word, count] of counts) {
    const form = forms.get(stem(word))
    if (form === undefined || count > counts.get(form)!) forms.set(stem(word), word)
  }
  return words.map((chunkWords) => [...new Set(chunkWords.map((word) => forms.get(stem(word))!))])
}

/** Inverse document frequency of a term over the chunks of the tree. */
function inverseFrequency(rows: readonly ChunkRow[]): (term: string) => number {
  const frequency = new Map<string, number>()
  for (const { chunk, record } of rows)
    for (const term of chunk.terms) {
      const text = record.terms[term] ?? ''
      frequency.set(text, (frequency.get(text) ?? 0) + 1)
    }
  return (term) => Math.log(1 + rows.length / (1 + (frequency.get(term) ?? 0)))
}

function hashedVectors(rows: readonly ChunkRow[], idf: (term: string) => number): Float32Array {
  return embedHashed(rows.length, idf, (i) => {
    const { chunk, record } = rows[i]!
    const { terms, counts: fieldCounts } = chunk
    const counts = Array.from(terms, (_, t) =>
      fieldCounts.subarray(FIELDS * t, FIELDS * (t + 1)).reduce((a, b) => a + b, 0),
    )
    return { terms: Array.from(terms, (t) => record.terms[t] ?? ''), counts }
  })
}

/** Vectors from the embedder's endpoint, requested only for chunks whose vectors are neither stored nor shared. */
async function storedVectors(
  run: Run,
  ports: Ports,
  { store, shared, tree }: Stores & { readonly tree: Tree },
  rows: readonly ChunkRow[],
) {
  const embedder = ports.embedder!
  const ids = rows.map(({ chunk }) => chunk.id)
  const known = await store.vectors(embedder.id, ids)
  const unknown = [...new Set(ids)].filter((id) => !known.has(id))
  if (shared && unknown.length >= EMBED_BATCH_TEXTS) {
    const found = await shared.vectors(run, embedder.id, embedder.dimensions, unknown)
    await store.putVectors(embedder.id, found)
    for (const [id, vector] of found) known.set(id, vector)
  }
  const missing = rows.filter(({ chunk }) => !known.has(chunk.id))
  const texts = await textsOf(ports, tree, missing)
  const embedded = await embedMissing(run, { embedder, store, batchTexts: EMBED_BATCH_TEXTS }, texts)
  const vectors = new Float32Array(rows.length * embedder.dimensions)
  rows.forEach(({ chunk }, i) => {
    const vector = known.get(chunk.id) ?? embedded.get(chunk.id)
    if (vector) vectors.set(vector, i * embedder.dimensions)
  })
  return vectors
}

/** The chunks' texts as on disk; files that changed meanwhile are left to the next run. */
async function textsOf(ports: Ports, tree: Tree, rows: readonly ChunkRow[]) {
  const byPath = new Map<string, ChunkRow[]>()
  for (const row of rows) byPath.set(row.entry.path, [...(byPath.get(row.entry.path) ?? []), row])
  const texts = new Map<string, string>()
  for (const fileRows of byPath.values()) {
    const { entry } = fileRows[0]!
    const bytes = await ports.files.read(diskPath(tree.roots, entry))
    if (!bytes || recordKey(entry.path, bytes) !== entry.key) continue
    const screened = screenText(bytes, entry.path)
    if ('reason' in screened) continue
    for (const { chunk } of fileRows)
      texts.set(chunk.id, `${entry.path}\n${screened.text.slice(chunk.startOffset, chunk.endOffset)}`)
  }
  return [...texts].map(([id, text]) => ({ id, text }))
}
