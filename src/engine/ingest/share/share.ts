/**
 * Fetches from a team's shared index, and publishes to it. Tables of bytes by key, named with the index version, hold
 * records, vectors and trees. If many files changed, they are hashed first; what is found by key is fetched, validated
 * and stored. A tree of exactly these files is used as it is; a similar one (by a sketch of keys in its name) is the
 * starting point for clusters and commits.
 */
import { createHash } from 'node:crypto'
import type { ParseJob, Ports } from '../../ports.ts'
import { type SharedIndex, type StoreReader, unpackRecord } from '../../store/store.ts'
import { languageOf } from '../../text/language.ts'
import type { FileRecord, PackedRecord } from '../../types/chunk.ts'
import type { IndexReport } from '../../types/index-report.ts'
import type { Run } from '../../types/run.ts'
import type { SourceFile } from '../../types/source.ts'
import type { Tree } from '../../types/tree.ts'
import { embedderOf } from '../embed/cluster-tree.ts'
import { diskPath, walkFiles } from '../walk/walk.ts'

/** Fewer changed files than this are parsed sooner than the storage answers. */
const MIN_FILES_TO_FETCH = 16
const FETCH_BATCH_FILES = 512
const PARSE_BATCH_FILES = 400

/** Part `index` (from 1) of `count`: each machine parses and publishes one part of the files. */
export interface IndexShard {
  readonly index: number
  readonly count: number
}

export interface KnownFile {
  readonly file: SourceFile
  readonly key: string
  readonly size: number
  readonly mtime: number
}

/** Keys of the files on disk; unreadable files are missing. */
async function readKeys(
  run: Run,
  ports: Ports,
  roots: readonly string[],
  files: readonly SourceFile[],
): Promise<KnownFile[]> {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const jobs = files.map((file): ParseJob => ({ path: file.path, file: diskPath(roots, file), keyOnly: true }))
  const seen: KnownFile[] = []
  const hashing: Run = { signal: run.signal, report: (progress) => run.report({ ...progress, stage: 'walk' }) }
  await ports.workers.parse(hashing, jobs, (result) => {
    if ('same' in result)
      seen.push({ file: byPath.get(result.path)!, key: result.same, size: result.size, mtime: result.mtime })
  })
  return seen
}

export type FetchedRecord = ReadonlyMap<string, { readonly record: FileRecord; readonly packed: Uint8Array }>

interface FetchSource {
  readonly roots: readonly string[]
  readonly store: StoreReader
  readonly shared: SharedIndex | null
  /** Look up even when few files changed. */
  readonly eager: boolean
  /** Adds files whose records are stored here, including those just fetched. */
  addFiles(seen: readonly KnownFile[], fetched: FetchedRecord): Promise<void>
}

/** Finds the files' records in the store or in the shared index, and returns the files left to parse. */
export async function fetchRecords(
  run: Run,
  ports: Ports,
  { roots, store, shared, eager, addFiles }: FetchSource,
  files: readonly SourceFile[],
): Promise<readonly SourceFile[]> {
  const minFiles = eager ? 1 : MIN_FILES_TO_FETCH
  if (files.length < minFiles) return files
  const added = new Set<string>()
  const add = async (seen: readonly KnownFile[], fetched: FetchedRecord) => {
    await addFiles(seen, fetched)
    for (const { file } of seen) added.add(file.path)
  }
  const seen = await readKeys(run, ports, roots, files)
  const local = await store.has([...new Set(seen.map(({ key }) => key))])
  await add(
    seen.filter(({ key }) => local.has(key)),
    new Map(),
  )
  const missing = seen.filter(({ key }) => !local.has(key))
  if (!shared) return files.filter(({ path }) => !added.has(path))
  const stored =
    missing.length < minFiles ? new Set() : await shared.has(run, [...new Set(missing.map(({ key }) => key))])
  const available = missing.filter(({ key }) => stored.has(key))
  for (let i = 0; i < available.length; i += FETCH_BATCH_FILES) {
    run.report({ stage: 'share', done: i, total: available.length })
    const part = available.slice(i, i + FETCH_BATCH_FILES)
    const found = await shared.records(run, [...new Set(part.map(({ key }) => key))])
    await add(
      part.filter(({ key, file }) => found.get(key)?.record.language === languageOf(file.path).id),
      found,
    )
    await ports.clock.yieldTurn()
  }
  return files.filter(({ path }) => !added.has(path))
}

interface ShardInput {
  readonly roots: readonly string[]
  readonly shared: SharedIndex
  readonly shard: IndexShard
}

/** Parses and publishes what is not yet shared of one shard; the tree is published by a later run. */
export async function publishShard(run: Run, ports: Ports, { roots, shared, shard }: ShardInput): Promise<IndexReport> {
  const began = ports.clock.now()
  const walked = await walkFiles(run, ports, roots)
  const files = walked.files.filter(({ path }) => shardOf(path, shard.count) === shard.index)
  const seen = await readKeys(run, ports, roots, files)
  const stored = await shared.has(run, [...new Set(seen.map(({ key }) => key))])
  const missing = seen.filter(({ key }) => !stored.has(key)).map(({ file }) => file)
  let parsed = 0
  let published = 0
  let chunks = 0
  let buffer: PackedRecord[] = []
  const flush = async () => {
    const packed = new Map(buffer.map(({ key, bytes }) => [key, bytes]))
    buffer = []
    published += await shared.publishRecords(run, [...packed.keys()], async (keys) =>
      keys.map((key) => ({ key, payload: packed.get(key)! })),
    )
  }
  let writing = Promise.resolve()
  const jobs = missing.map((file): ParseJob => ({ path: file.path, file: diskPath(roots, file) }))
  await ports.workers.parse(run, jobs, (result) => {
    if (!('packed' in result)) return
    parsed++
    chunks += unpackRecord(result.packed.bytes).chunks.length
    buffer.push(result.packed)
    if (buffer.length < PARSE_BATCH_FILES) return
    writing = writing.then(flush)
    return writing
  })
  await writing
  await flush()
  const counts = { files: files.length, chunks, parsed, fetched: seen.length - missing.length, published }
  const ms = ports.clock.now() - began
  return { ...counts, reused: 0, removed: 0, skipped: walked.skipped, complete: true, ms }
}

function shardOf(path: string, count: number): number {
  return (createHash('sha256').update(path).digest().readUInt32LE(0) % count) + 1
}

/**
 * Publishes what is not yet shared of a complete tree: records, an endpoint's vectors, then the tree that names them.
 */
export async function publishTree(
  run: Run,
  ports: Ports,
  { store, shared }: { readonly store: StoreReader; readonly shared: SharedIndex },
  { tree, records }: { readonly tree: Tree; readonly records: readonly FileRecord[] },
): Promise<number> {
  const packed = async (keys: readonly string[]) =>
    Array.from(await store.packed(keys), ([key, payload]) => ({ key, payload }))
  const added = await shared.publishRecords(run, [...new Set(tree.entries.map(({ key }) => key))], packed)
  const { embedder } = ports
  if (embedder && tree.embedder === embedderOf(ports)) {
    const ids = [...new Set(records.flatMap(({ chunks }) => chunks.map(({ id }) => id)))]
    const known = await store.vectors(embedder.id, ids)
    await shared.publishVectors(run, embedder.id, [...known.keys()], async (keys) =>
      keys.map((key) => ({ key, payload: new Uint8Array(known.get(key)!.slice().buffer) })),
    )
  }
  await shared.publishTree(run, tree)
  return added
}
