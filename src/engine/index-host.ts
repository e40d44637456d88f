/**
 * Owns the open index of a workspace: updates it under a lock, reads it, repairs it when it is damaged, and applies
 * edits in memory.
 *
 * Opening is exclusive and yields every few milliseconds, so that questions, edits and cancellation are served
 * meanwhile. A run in progress does not disturb the open index. An edit is applied to the open index in memory within
 * milliseconds; the next run over all files stores it. Tests compare both with a fresh index.
 */
import {
  editedTree,
  type IndexReport,
  type IndexShard,
  type Interest,
  indexTree,
  NO_INTEREST,
  publishShard,
  publishTree,
  readEdits,
  recordsOf,
} from './ingest/ingest.ts'
import type { Ports } from './ports.ts'
import { openRetriever, type Retriever, reopenRetriever } from './retrieve/retrieve.ts'
import {
  acquireLock,
  eraseStore,
  isDamage,
  openShared,
  openStore,
  readStore,
  type SharedIndex,
  type StoreReader,
  type StoreWriter,
  storeErrorOf,
} from './store/store.ts'
import { languageOf } from './text/language.ts'
import type { FileRecord } from './types/chunk.ts'
import { EngineError, type Run } from './types/run.ts'
import type { Tree } from './types/tree.ts'
import type { Status, Workspace } from './types/workspace.ts'

/** How long a reader that finds damage waits for the lock it needs to remove the index. */
const LOCK_WAIT_MS = 10_000

/** How a run contributes to the shared index. */
export interface IndexOptions {
  /** Add what the run produces to the shared index. */
  readonly publish: boolean
  /** Parse and publish only this shard of the files; no tree is written. */
  readonly shard?: IndexShard
}

/** A tree with everything that retrieval needs, loaded in memory. */
export interface OpenIndex {
  readonly tree: Tree
  readonly retriever: Retriever
}

export class IndexHost {
  private readonly ports: Ports
  private readonly workspace: Workspace
  private store: StoreReader | null = null
  private readonly recordCache = new Map<string, FileRecord>()
  private current: OpenIndex | null = null
  private exclusiveTail: Promise<unknown> = Promise.resolve()
  /** An index existed, so if it is missing now, another process removed it. */
  private hadIndex = false
  /** The files to read first, and the callers that wait for them while runs are active. */
  private interest: Interest = NO_INTEREST
  private readonly waiters: { readonly interest: Interest; readonly done: () => void }[] = []
  private activeUpdates = 0
  private lastUpdate: Promise<unknown> = Promise.resolve()
  /** Edits applied in memory so far. */
  private editCount = 0
  /** The value of `editCount` when the current tree was read from disk. */
  private editsWhenRead = 0
  /** A run has read the files after the last edit, so the tree on disk supersedes the one in memory. */
  private diskIsNewer = false
  /** One client per mode; `index` is null, and stays so, where LanceDB does not run. */
  private sharedIndex: { readonly publishes: boolean; readonly index: SharedIndex | null } | null = null

  constructor(ports: Ports, workspace: Workspace) {
    this.ports = ports
    this.workspace = workspace
  }

  private get id(): string {
    return this.workspace.roots.join('\n') + (this.workspace.isDraft ? '\ndraft' : '')
  }

  /** Starts from another tree of the same index: files that are equal in both are not read again. */
  async seedFrom(run: Run, tree: Tree): Promise<void> {
    const release = await this.acquireLock(run)
    try {
      const store = await openStore(this.storeLocation)
      await store.putTree({ ...tree, id: this.id }).finally(() => store.close())
    } finally {
      await release()
    }
  }

  async index(run: Run, { publish, shard }: IndexOptions = { publish: false }): Promise<IndexReport> {
    const sharedIndex = this.openSharedIndex(publish)
    try {
      if (publish && !sharedIndex)
        throw new EngineError(
          'store',
          this.workspace.shared
            ? 'Nothing was published, because LanceDB does not run here: publish from another machine.'
            : 'Nothing was published, because no shared index is set: give its location.',
        )
      if (sharedIndex && shard)
        return await publishShard(run, this.ports, { roots: this.workspace.roots, shared: sharedIndex, shard })
      const report = await this.runLocked(run, sharedIndex, publish)
      if (!sharedIndex || !publish || !report.complete) return report
      const [tree, store] = [await this.tree(), this.store!]
      const records = await recordsOf({ store, cache: this.recordCache }, tree)
      const stores = { store, shared: sharedIndex }
      return { ...report, published: await publishTree(run, this.ports, stores, { tree, records }) }
    } finally {
      await sharedIndex?.close()
    }
  }

  private openSharedIndex(publishes: boolean): SharedIndex | null {
    const { shared: uri, lanceSupport: lance } = this.workspace
    if (!uri) return null
    if (this.sharedIndex?.publishes !== publishes)
      this.sharedIndex = { publishes, index: openShared(uri, publishes, lance.usable, this.ports.log) }
    return this.sharedIndex.index
  }

  /** Resolves once files of this interest can be asked about, as far as they exist; at once when no run is active. */
  prioritise(interest: Interest): Promise<void> {
    this.interest = interest
    return this.activeUpdates === 0 ? Promise.resolve() : new Promise((done) => this.waiters.push({ interest, done }))
  }

  /** Resolves the waiters of this interest and of earlier ones; without an interest, all waiters. */
  private notifyWaiters(interest?: Interest): void {
    const last = interest
      ? this.waiters.findLastIndex((waiter) => waiter.interest === interest)
      : this.waiters.length - 1
    for (const { done } of this.waiters.splice(0, last + 1)) done()
  }

  private async runLocked(run: Run, shared: SharedIndex | null, eager: boolean): Promise<IndexReport> {
    const release = await this.acquireLock(run)
    this.activeUpdates++
    const updated = this.update(run, shared, eager).then((report) => report ?? this.update(run, shared, eager))
    this.lastUpdate = updated.catch(() => {})
    try {
      const report = await updated
      if (!report) throw this.damagedError()
      return report
    } finally {
      if (--this.activeUpdates === 0) this.notifyWaiters()
      await release()
    }
  }

  private async acquireLock(run: Run): Promise<() => Promise<void>> {
    const { folder } = this.workspace
    try {
      const onWait = () => run.report({ stage: 'wait', done: 0, total: 1 })
      return await acquireLock(folder, { signal: run.signal, onWait })
    } catch (error) {
      run.signal.throwIfAborted()
      throw storeErrorOf(folder, error) ?? error
    }
  }

  /** Updates the stored index; null when it turned out to be damaged and was removed. */
  private async update(run: Run, shared: SharedIndex | null, eager: boolean): Promise<IndexReport | null> {
    const { folder, roots } = this.workspace
    let store: StoreWriter | null = null
    const { editCount: editsAtStart } = this
    try {
      // Open it again: another process may have written since. Readers keep the store they have open.
      store = await openStore(this.storeLocation)
      const report = await indexTree(run, this.ports, {
        ...{ id: this.id, roots, cache: this.recordCache, store, shared, eager },
        attention: { current: () => this.interest, notifyServed: (interest) => this.notifyWaiters(interest) },
      })
      this.pruneCache(await store.tree(this.id))
      this.hadIndex = true
      await this.exclusive(async () => {
        await this.swapStore(store)
        this.diskIsNewer = report.complete && editsAtStart > this.editsWhenRead && editsAtStart === this.editCount
      })
      return report
    } catch (error) {
      if (store !== this.store) await store?.close()
      if (!isDamage(error)) throw storeErrorOf(folder, error) ?? error
      this.ports.log.warn('store', `The index in ${folder} is damaged and will be rebuilt.`)
      await this.exclusive(() => this.erase())
      return null
    }
  }

  /** Call within `exclusive` only: whoever is opening the index reads from the store that is closed here. */
  private async swapStore(store: StoreReader | null): Promise<void> {
    const previous = this.store
    this.store = store
    await previous?.close()
  }

  private get storeLocation() {
    return { folder: this.workspace.folder, lance: this.workspace.lanceSupport.usable, log: this.ports.log }
  }

  private async erase(): Promise<void> {
    await this.swapStore(null)
    this.recordCache.clear()
    await eraseStore(this.workspace.folder)
  }

  private damagedError(): EngineError {
    return new EngineError(
      'damaged',
      `The index in ${this.workspace.folder} was damaged or removed: it will be rebuilt when it is next needed.`,
    )
  }

  /** Drops records that the tree does not name. */
  private pruneCache(tree: Tree | null): void {
    const usedKeys = new Set(tree?.entries.map(({ key }) => key))
    for (const key of this.recordCache.keys()) if (!usedKeys.has(key)) this.recordCache.delete(key)
  }

  private async openReader(): Promise<StoreReader | null> {
    if (this.store) return this.store
    const found = await readStore(this.storeLocation)
    // A run may have finished meanwhile; its store is newer.
    if (this.store) await found?.close()
    else this.store = found
    return this.store
  }

  /** The stored tree of this workspace. Throws an `EngineError` when nothing has been indexed yet. */
  async tree(): Promise<Tree> {
    const tree = await (await this.openReader())?.tree(this.id)
    this.hadIndex ||= Boolean(tree)
    if (tree) return tree
    // The index was removed from disk, but its tree is still open.
    if (this.current) return this.current.tree
    if (this.hadIndex) throw this.damagedError()
    const roots = this.workspace.roots.join(', ')
    throw new EngineError(
      'input',
      `There is no index of ${roots}: index it first (\`fovea index\`, or Resume Indexing in the editor).`,
    )
  }

  /** Opens the index, or returns it when it is open and current. Removes a damaged index and throws. */
  async openIndex(): Promise<OpenIndex> {
    const open = () => this.exclusive(() => this.readOrReuse())
    try {
      return await open()
    } catch (error) {
      if (!isDamage(error)) throw error
    }
    // A run in progress repairs the damage.
    await this.lastUpdate
    return open().catch(async (error: unknown) => {
      if (!isDamage(error)) throw error
      const lockRun = { signal: AbortSignal.timeout(LOCK_WAIT_MS), report: () => {} }
      const release = await this.acquireLock(lockRun).catch((lockError: unknown) => {
        throw lockError instanceof EngineError ? lockError : this.damagedError()
      })
      await this.exclusive(() => this.erase()).finally(release)
      throw this.damagedError()
    })
  }

  /**
   * Runs one opening at a time: two at once would double time and memory, and the later would not see the earlier's
   * result.
   */
  private exclusive<T>(work: () => Promise<T>): Promise<T> {
    const done = this.exclusiveTail.then(work)
    this.exclusiveTail = done.catch(() => {})
    return done
  }

  private async readOrReuse(): Promise<OpenIndex> {
    const { current } = this
    const tree = await this.tree()
    if (current?.tree === tree) return current
    // With edits in memory, the open tree supersedes the one on disk until a run has read the files, since an edit may
    // have been undone. During a run each committed tree contains more than the one before.
    if (current?.tree.complete && tree.complete && current.tree.at === tree.at && !this.diskIsNewer) return current
    const records = await this.readRecords(tree)
    const { clock } = this.ports
    const retriever = await (current
      ? reopenRetriever(current.retriever, tree, records, clock)
      : openRetriever(tree, records, clock))
    this.current = { tree, retriever }
    this.editsWhenRead = this.editCount
    this.diskIsNewer = false
    return this.current
  }

  private async readRecords(tree: Tree): Promise<FileRecord[]> {
    const { recordCache: cache } = this
    const records = await recordsOf({ store: this.store!, cache }, tree).catch((error: unknown) => {
      if (!isDamage(error)) throw error
      return []
    })
    if (records.length === tree.entries.length) return records
    // A reader sees the store as it was when opened; another process may have written since.
    await this.swapStore(null)
    const store = await this.openReader()
    const found = store ? await recordsOf({ store, cache }, tree) : []
    if (found.length < tree.entries.length) throw this.damagedError()
    return found
  }

  /**
   * Applies edits to the open index, in memory only: they can be asked about at once, and the next `index` stores and
   * links them. False when more changed than a few indexed files.
   */
  async applyEdits(run: Run, files: readonly string[]): Promise<boolean> {
    // A run may have finished since the last question; without this, a question would start from its tree, without
    // these edits.
    const opened = await this.openIndex().catch(() => null)
    if (!opened?.tree.complete) return false
    const { tree: openTree, retriever } = opened
    const edits = await readEdits(run, this.ports, openTree, files)
    if (!edits) return false
    return this.exclusive(async () => {
      // A run or edit that finished meanwhile is newer.
      if (this.current !== opened || this.diskIsNewer) return false
      if (edits.size === 0) return true
      const records = retriever.corpus.records.map((record, file) => edits.get(file)?.record ?? record)
      const tree = editedTree(openTree, retriever.corpus.records, edits)
      this.current = { tree, retriever: await reopenRetriever(retriever, tree, records, this.ports.clock) }
      this.editCount++
      this.diskIsNewer = false
      return true
    })
  }

  async clear(run: Run): Promise<void> {
    const release = await this.acquireLock(run)
    const cleared = this.exclusive(async () => {
      await this.erase()
      this.current = null
      this.hadIndex = false
    })
    await cleared.finally(release)
  }

  async status(): Promise<Status> {
    const store = await this.openReader()
    const tree = await store?.tree(this.id)
    const languages = new Map<string, number>()
    for (const { path } of tree?.entries ?? []) {
      const { id } = languageOf(path)
      languages.set(id, (languages.get(id) ?? 0) + 1)
    }
    return {
      roots: this.workspace.roots,
      folder: this.workspace.folder,
      store: this.workspace.lanceSupport.usable ? 'lancedb' : 'files',
      storeReason: this.workspace.lanceSupport.reason,
      embedder: tree?.embedder ?? '',
      files: tree?.entries.length ?? 0,
      chunks: tree?.chunks ?? 0,
      clusters: tree?.clusters.length ?? 0,
      edges: tree?.edges.kind.length ?? 0,
      bytes: (await store?.size()) ?? 0,
      skipped: tree?.skipped ?? [],
      at: tree?.at ?? null,
      complete: tree?.complete ?? false,
      languages: [...languages].sort((a, b) => b[1] - a[1]),
    }
  }

  async close(): Promise<void> {
    await this.store?.close()
    this.store = null
  }
}
