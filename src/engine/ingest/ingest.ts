/**
 * Entry point of ingest: a workspace → a committed tree. It parses only what changed, stores as it goes, and commits a
 * partial tree every few seconds, so that an interruption loses seconds, not the run. Files are hashed with
 * `node:crypto`, the one use of Node in this folder.
 */

import type { Files, Ports } from '../ports.ts'
import type { SharedIndex, StoreReader, StoreWriter } from '../store/store.ts'
import type { FileRecord } from '../types/chunk.ts'
import type { IndexReport } from '../types/index-report.ts'
import type { Run } from '../types/run.ts'
import type { Lines, Skipped, SourceFile } from '../types/source.ts'
import type { Edges } from '../types/symbol.ts'
import type { Tree, TreeEntry } from '../types/tree.ts'
import { clusterTree, dimensionsOf, embedderOf } from './embed/cluster-tree.ts'
import { type LinkedFiles, linkSymbols } from './link/link.ts'
import { linesOf, recordKey } from './parse/record.ts'
import { decode, screenText } from './parse/screen.ts'
import type { InterestSource } from './priority.ts'
import { RACY_MTIME_MS, type ReadState, readFiles } from './read.ts'
import { areSameHeads, readCommits } from './read-commits.ts'
import { type FetchedRecord, fetchRecords, type KnownFile } from './share/share.ts'
import { rootNames } from './walk/roots.ts'
import { diskPath, walkFiles } from './walk/walk.ts'

export type { IndexReport } from '../types/index-report.ts'
export { editedTree, readEdits } from './edit.ts'
export { embedChunks } from './embed/embed.ts'
export { type Interest, NO_INTEREST } from './priority.ts'
export { type IndexShard, publishShard, publishTree } from './share/share.ts'
export { decode, diskPath, rootNames }

/** With this many parsed files, a tree is committed before linking, which cannot be interrupted. */
const MIN_FILES_TO_COMMIT_UNLINKED = 500
/** How long the tree of a missing folder is kept: a disk may be plugged in again. */
const KEEP_RECORDS_MS = 7 * 24 * 3600 * 1000
/** How long replaced versions are kept for readers that have them open. */
const KEEP_VERSIONS_MS = 3 * 60_000

export interface IndexInput {
  readonly id: string
  readonly roots: readonly string[]
  readonly store: StoreWriter
  /** Records in memory, by key; those read or parsed by this run are added. */
  readonly cache: Map<string, FileRecord>
  /** Which files to read first. */
  readonly attention?: InterestSource
  /** The team's shared index, used when many files changed; with `eager`, also when few did. */
  readonly shared: SharedIndex | null
  readonly eager: boolean
}

const NO_EDGES: Edges = {
  kind: new Uint8Array(),
  fromFile: new Uint32Array(),
  fromSymbol: new Int32Array(),
  toFile: new Uint32Array(),
  toSymbol: new Int32Array(),
  weight: new Float32Array(),
  line: new Uint32Array(),
}

export async function indexTree(run: Run, ports: Ports, input: IndexInput): Promise<IndexReport> {
  const began = ports.clock.now()
  const { store, id } = input
  const previous = await store.tree(id)
  const walked = await walkFiles(run, ports, input.roots)
  const { state, changed, reused } = await listChangedFiles(input, previous, walked.files, walked.skipped)
  const heads = await headsOf(ports, input.roots)
  const draft = (): Tree => ({
    id,
    roots: input.roots,
    entries: sortedValues(state.entries),
    skipped: sortedValues(state.skipped),
    clusters: previous?.clusters ?? [],
    edges: NO_EDGES,
    embedder: embedderOf(ports),
    chunks: previous?.chunks ?? 0,
    heads: previous?.heads ?? [],
    historyRead: previous?.historyRead ?? false,
    commits: previous?.commits ?? [],
    at: began,
    complete: false,
  })
  const finish = (tree: Tree): IndexReport => {
    const paths = new Set(walked.files.map(({ path }) => path))
    return {
      files: tree.entries.length,
      chunks: tree.chunks,
      parsed: state.parsed,
      fetched: state.fetched,
      published: 0,
      reused: reused + state.same,
      removed: previous?.entries.filter(({ path }) => !paths.has(path)).length ?? 0,
      skipped: tree.skipped,
      complete: tree.complete,
      ms: ports.clock.now() - began,
    }
  }
  try {
    const since = began - (previous?.at ?? began)
    const unread = await fetchFiles(run, ports, input, { state, files: changed, since })
    if (!previous && state.fetched > 0) await store.putTree(draft())
    await readFiles(run, ports, { ...input, state, draft, since }, unread)
    if (state.parsed + state.fetched >= MIN_FILES_TO_COMMIT_UNLINKED) await store.putTree(draft())
    const unchanged = previous && isUnchanged(previous, draft(), heads) ? previous : null
    // Files as recent as the last run are read again; a later start time saves the next run from that. Lost records
    // that were parsed again were committed on the way, in a tree without links.
    if (unchanged && state.same + state.parsed + state.fetched > 0)
      await store.putTree({ ...unchanged, entries: draft().entries, at: began })
    const tree =
      unchanged ??
      (await linkAndCluster(run, ports, input, { draft: draft(), previous, heads, hasFetched: state.fetched > 0 }))
    if (tree !== previous) {
      await store.putTree(tree)
      run.report({ stage: 'store', done: 0, total: 1 })
      await store.compact(KEEP_RECORDS_MS, KEEP_VERSIONS_MS)
      run.report({ stage: 'store', done: 1, total: 1 })
    }
    return finish(tree)
  } catch (error) {
    if (!run.signal.aborted) throw error
    const partial = draft()
    if (state.parsed + state.fetched > 0) await store.putTree(partial)
    return finish(partial)
  }
}

/** Sorts the walked files into known ones and ones to read. */
async function listChangedFiles(
  input: IndexInput,
  previous: Tree | null,
  files: readonly SourceFile[],
  walkSkipped: readonly Skipped[],
) {
  const known = new Map(previous?.entries.map((entry) => [entry.path, entry]))
  const seen = new Map(previous?.skipped.map((skipped) => [skipped.path, skipped]))
  const stored = await input.store.has([...new Set(previous?.entries.map(({ key }) => key))])
  const state: ReadState = { entries: new Map(), skipped: new Map(), parsed: 0, fetched: 0, same: 0 }
  for (const skipped of walkSkipped) state.skipped.set(skipped.path, skipped)
  const changed: SourceFile[] = []
  let reused = 0
  for (const file of files) {
    const { path, root, inner, size, mtime } = file
    const isSame = (other: { size: number; mtime: number } | undefined): boolean =>
      other?.size === size && other.mtime === mtime && mtime < (previous?.at ?? 0) - RACY_MTIME_MS
    const isSettled = (entry: TreeEntry): boolean =>
      entry.settled === true && entry.size === size && entry.mtime === mtime
    const entry = known.get(path)
    const isUsable = entry !== undefined && stored.has(entry.key)
    const before = seen.get(path)
    // Until the file is read again, its last known state stays searchable.
    if (isUsable) state.entries.set(path, { ...entry, root, inner })
    if (isUsable && (isSame(entry) || isSettled(entry))) reused++
    else if (before?.seen && isSame(before.seen)) state.skipped.set(path, before)
    else changed.push(file)
  }
  return { state, changed, reused }
}

interface FetchInput {
  readonly state: ReadState
  readonly files: readonly SourceFile[]
  /** Milliseconds since the last run began. */
  readonly since: number
}

/** Adds files whose records are stored or shared; returns the rest. */
async function fetchFiles(
  run: Run,
  ports: Ports,
  { store, cache, roots, shared, eager }: IndexInput,
  { state, files, since }: FetchInput,
): Promise<readonly SourceFile[]> {
  // Records left by other branches and worktrees; with nothing else stored, nothing is looked up.
  const knownKeys = new Set(Array.from(state.entries.values(), ({ key }) => key))
  if (!shared && (await store.count()) <= knownKeys.size) return files
  const addFiles = async (seen: readonly KnownFile[], fetched: FetchedRecord) => {
    await store.putRecords(Array.from(fetched, ([key, { packed }]) => ({ key, bytes: packed })))
    for (const { file, key, size, mtime } of seen) {
      const { path, root, inner } = file
      const before = state.entries.get(path)
      const entry = { path, root, inner, size, mtime, key }
      const found = fetched.get(key)
      if (found) cache.set(key, found.record)
      if (before?.key === key) state.same++
      else state.fetched++
      const isSettled = before?.key === key && before.mtime === mtime && since > RACY_MTIME_MS
      state.entries.set(path, isSettled ? { ...entry, settled: true } : entry)
    }
  }
  return fetchRecords(run, ports, { roots, store, shared, eager, addFiles }, files)
}

function isUnchanged(previous: Tree, now: Tree, heads: Tree['heads']): boolean {
  return (
    previous.complete &&
    previous.embedder === now.embedder &&
    areSameHeads(previous.heads, heads) &&
    previous.entries.length === now.entries.length &&
    previous.skipped.length === now.skipped.length &&
    now.entries.every((entry, i) => {
      const other = previous.entries[i]
      return other?.path === entry.path && other.key === entry.key && other.mtime === entry.mtime
    }) &&
    now.skipped.every(
      ({ path, reason }, i) => previous.skipped[i]?.path === path && previous.skipped[i].reason === reason,
    )
  )
}

interface LinkAndClusterInput {
  readonly draft: Tree
  readonly previous: Tree | null
  readonly heads: Tree['heads']
  /** Records were fetched, so the shared index may have a tree of these files. */
  readonly hasFetched: boolean
}

/** Computes links, history and clusters of the tree. */
async function linkAndCluster(
  run: Run,
  ports: Ports,
  input: IndexInput,
  { draft, previous, heads, hasFetched }: LinkAndClusterInput,
): Promise<Tree> {
  const records = await recordsOf(input, draft)
  run.signal.throwIfAborted()
  const symbols = records.map((record) => record.symbols.length)
  const shared = hasFetched && records.length === draft.entries.length ? input.shared : null
  const base = await shared?.tree(run, draft, dimensionsOf(ports), symbols)
  const start = base && (base.same || !previous?.complete) ? { ...base.tree, roots: draft.roots } : previous
  const linked = draft.entries.map(({ path }, i) => ({ path, record: records[i]! }))
  const edges = base?.same
    ? base.tree.edges
    : await linkSymbols(run, ports.clock, linked, await reusableLinks(input, previous))
  const { commits, ok } = await readCommits(ports.history, draft, start, heads)
  if (!ok)
    ports.log.warn(
      'history',
      'git did not list past commits in time: ranking ignores the newest ones until files change.',
    )
  run.signal.throwIfAborted()
  const chunks = records.reduce((sum, record) => sum + record.chunks.length, 0)
  // Clustering a large tree takes minutes; until then it can be asked by words, names and references.
  if (!previous?.complete && draft.entries.length >= MIN_FILES_TO_COMMIT_UNLINKED)
    await input.store.putTree({ ...draft, chunks, edges, commits })
  // An endpoint's vectors are fetched even so, for later changes.
  const clusters =
    base?.same && !ports.embedder
      ? base.tree.clusters
      : await clusterTree(run, ports, input, { draft, records, previous: start })
  return { ...draft, chunks, edges, clusters, commits, heads, historyRead: ok, complete: true }
}

/** null when there is no such tree, or some of its records are gone. */
async function reusableLinks(input: IndexInput, previous: Tree | null): Promise<LinkedFiles | null> {
  if (!previous?.complete) return null
  const records = await recordsOf(input, previous)
  if (records.length < previous.entries.length) return null
  return { files: previous.entries.map(({ path }, i) => ({ path, record: records[i]! })), edges: previous.edges }
}

/** Files whose lines are cached, and the largest of them. */
const MAX_CACHED_FILES = 100
const MAX_CACHED_BYTES = 300_000

/** The lines of a file as indexed, or why they cannot be shown. `cache` holds the files read last, by path. */
export async function readLines(
  files: Files,
  { tree, records }: { readonly tree: Tree; readonly records: readonly FileRecord[] },
  file: number,
  cache: Map<string, readonly string[]>,
): Promise<Lines> {
  const entry = tree.entries[file]!
  const bytes = await files.read(diskPath(tree.roots, entry))
  if (!bytes) return { reason: 'the file cannot be read' }
  if (recordKey(entry.path, bytes) !== entry.key) return { reason: 'changed since it was indexed' }
  const known = cache.get(entry.path)
  if (known) return { lines: known }
  // Searching for secrets takes longest; an unchanged file without secrets when indexed still has none.
  const text = records[file]!.plain ? decode(bytes) : null
  const screened = text === null ? screenText(bytes, entry.path) : { text }
  if ('reason' in screened) return screened
  const lines = linesOf(screened.text)
  if (bytes.length <= MAX_CACHED_BYTES) cache.set(entry.path, lines)
  if (cache.size > MAX_CACHED_FILES) cache.delete(cache.keys().next().value!)
  return { lines }
}

/** Whether a file no longer has the hash (a record's key); true for a path without a file. */
export async function hasFileChanged(files: Files, tree: Tree, path: string, hash: string): Promise<boolean> {
  const entry = tree.entries.find((one) => one.path === path)
  const bytes = entry && (await files.read(diskPath(tree.roots, entry)))
  return !bytes || recordKey(path, bytes) !== hash
}

/** Records in the order of the entries. */
export async function recordsOf(
  { store, cache }: { readonly store: StoreReader; readonly cache: Map<string, FileRecord> },
  tree: Tree,
): Promise<FileRecord[]> {
  const missing = [...new Set(tree.entries.map(({ key }) => key))].filter((key) => !cache.has(key))
  for (const [key, record] of await store.records(missing)) cache.set(key, record)
  return tree.entries.flatMap(({ key }) => cache.get(key) ?? [])
}

function headsOf(ports: Ports, roots: readonly string[]): Promise<Tree['heads']> {
  return Promise.all(roots.map((root) => ports.history.head(root)))
}

function sortedValues<T extends { readonly path: string }>(map: ReadonlyMap<string, T>): T[] {
  return [...map.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}
