/**
 * Files → records in the store, in rounds: what the user is working on comes first and can be asked about before the
 * rest is read. Workers do the parsing.
 */

import type { ParseJob, ParseResult, Ports } from '../ports.ts'
import { type StoreWriter, StringInterner, unpackRecord } from '../store/store.ts'
import type { FileRecord, PackedRecord } from '../types/chunk.ts'
import type { Run } from '../types/run.ts'
import type { Skipped, SourceFile } from '../types/source.ts'
import type { Tree, TreeEntry } from '../types/tree.ts'
import { type Interest, type InterestSource, NO_INTEREST_SOURCE, sortByInterest } from './priority.ts'
import { diskPath } from './walk/walk.ts'

/** Time between two commits of the partial tree. */
const CHECKPOINT_MS = 5000
const FLUSH_RECORDS = 400
/** Linking and asking take as much memory again as the records: above this share of memory no further file is read. */
const MAX_MEMORY_SHARE = 0.4
/** Files between two decisions about the order of the rest. */
const FILES_PER_ROUND = 240
/** Coarsest clock of a file system: a file changed just before the last run is read again. */
export const RACY_MTIME_MS = 2000

/** What is known of each file during a run. */
export interface ReadState {
  readonly entries: Map<string, TreeEntry>
  readonly skipped: Map<string, Skipped>
  parsed: number
  fetched: number
  /** Files found to be unchanged. */
  same: number
}

export interface ReadInput {
  readonly roots: readonly string[]
  readonly store: StoreWriter
  /** Records in memory, by key; those read are added. */
  readonly cache: Map<string, FileRecord>
  readonly state: ReadState
  readonly attention?: InterestSource
  /** The tree as known so far. */
  readonly draft: () => Tree
  /** Milliseconds since the last run began. */
  readonly since: number
}

/** Puts what workers deliver into the store, then into the tree. */
class RecordSink {
  private buffer: PackedRecord[] = []
  /** Enters the buffered records into the tree. */
  private onStored: (() => void)[] = []
  /** Time of the next commit. */
  private checkpoint: number
  private writing = Promise.resolve()
  private readonly strings = new StringInterner()
  private readonly ports: Ports
  private readonly input: ReadInput
  private readonly locations: ReadonlyMap<string, Pick<TreeEntry, 'path' | 'root' | 'inner'>>

  constructor(ports: Ports, input: ReadInput, files: readonly SourceFile[]) {
    this.ports = ports
    this.input = input
    this.locations = new Map(files.map(({ path, root, inner }) => [path, { path, root, inner }]))
    this.checkpoint = ports.clock.now() + CHECKPOINT_MS
  }

  take(result: ParseResult): Promise<void> | undefined {
    const { state, cache, since } = this.input
    const { path } = result
    // The next run reads it again; the known state is close, and what it shows is checked against the file.
    if ('failure' in result && result.failure === 'changed while read' && state.entries.has(path)) return
    if ('failure' in result || 'skipped' in result) {
      state.entries.delete(path)
      const reason = 'failure' in result ? result.failure : result.skipped
      const seen = 'size' in result ? { seen: { size: result.size, mtime: result.mtime } } : {}
      state.skipped.set(path, { path, reason, ...seen })
      if ('detail' in result) this.ports.log.warn('parse', `${path}: ${result.detail}`)
      return
    }
    const key = 'same' in result ? result.same : result.packed.key
    const entry = { ...this.locations.get(path)!, size: result.size, mtime: result.mtime, key }
    if ('same' in result) {
      state.same++
      const before = state.entries.get(path)
      const isSettled = before !== undefined && before.mtime === entry.mtime && since > RACY_MTIME_MS
      state.entries.set(path, isSettled ? { ...entry, settled: true } : entry)
      return
    }
    cache.set(key, unpackRecord(result.packed.bytes, this.strings))
    this.buffer.push(result.packed)
    this.onStored.push(() => state.entries.set(path, entry))
    if (this.buffer.length < FLUSH_RECORDS) return
    this.writing = this.writing.then(() => this.flush())
    return this.writing
  }

  /** Stores everything received so far; with `commit`, also makes it searchable. */
  async store(commit: boolean): Promise<void> {
    await this.writing
    if (commit) this.checkpoint = 0
    await this.flush()
  }

  /** Resolves when the write in progress has ended. */
  written(): Promise<void> {
    return this.writing
  }

  private async flush(): Promise<void> {
    const { store, state, draft } = this.input
    const [records, enterAll] = [this.buffer, this.onStored]
    this.buffer = []
    this.onStored = []
    await store.putRecords(records)
    for (const enter of enterAll) enter()
    state.parsed += enterAll.length
    if (this.ports.clock.now() < this.checkpoint) return
    await store.putTree(draft())
    this.checkpoint = this.ports.clock.now() + CHECKPOINT_MS
  }
}

export async function readFiles(run: Run, ports: Ports, input: ReadInput, files: readonly SourceFile[]): Promise<void> {
  const { roots, state, attention = NO_INTEREST_SOURCE } = input
  const jobs = files.map((file): ParseJob => {
    const known = state.entries.get(file.path)?.key
    const job = { path: file.path, file: diskPath(roots, file) }
    return known === undefined ? job : { ...job, known }
  })
  const sink = new RecordSink(ports, input, files)
  // In a first index, the first files become searchable as soon as they are stored.
  const partial = state.entries.size === 0
  let remaining: readonly ParseJob[] = jobs
  let last: Interest | null = null
  while (remaining.length > 0) {
    if (ports.memory.usedShare() > MAX_MEMORY_SHARE) {
      skipRemaining(ports, state, remaining, jobs.length)
      await sink.store(false)
      break
    }
    const interest = attention.current()
    const ordered = jobs.length > FILES_PER_ROUND ? sortByInterest(remaining, interest) : remaining
    const [round, done] = [ordered.slice(0, FILES_PER_ROUND), jobs.length - remaining.length]
    const report: Run['report'] = (progress) =>
      run.report({ ...progress, done: done + progress.done, total: jobs.length })
    remaining = ordered.slice(FILES_PER_ROUND)
    try {
      await ports.workers.parse({ ...run, report }, round, (result) => sink.take(result))
    } finally {
      // Small writes are merged later, but the user may be waiting for the selected files.
      const commit = partial && interest !== last
      if (commit || remaining.length === 0 || run.signal.aborted) await sink.store(commit)
      else await sink.written()
      if (interest !== last) attention.notifyServed(interest)
      last = interest
    }
  }
}

function skipRemaining(ports: Ports, { entries, skipped }: ReadState, left: readonly ParseJob[], total: number): void {
  for (const { path } of left) if (!entries.has(path)) skipped.set(path, { path, reason: 'out of memory' })
  ports.log.warn(
    'memory',
    `${left.length} of ${total} files are not indexed because this process is out of memory: open a subfolder, ` +
      'exclude folders with .foveaignore, or give Node more memory (NODE_OPTIONS=--max-old-space-size=8192).',
  )
}
