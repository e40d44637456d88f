/**
 * Owns the open index of a workspace: updates it under a lock, reads it, repairs it when it is damaged, and applies
 * edits in memory.
 *
 * Opening is exclusive and yields every few milliseconds, so that questions, edits and cancellation are served
 * meanwhile. A run in progress does not disturb what is open.
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

/** What a run does for other machines. */
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
  /** An index existed: if it is missing now, somebody else removed it. */
  private hadIndex = false
  /** What is read first, and the callers that wait for it while runs are active. */
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
  /** Kept open, and kept as null once it could not be opened. */
  private sharedIndex: { readonly publishes: boolean; readonly index: SharedIndex | null } | null = null

  constructor(ports: Ports, place: Workspace) {
    this.ports = ports
    this.workspace = place
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
    const openSharedIndex = this.shared(publish)
    try {
      if (publish && !openSharedIndex)
        throw new EngineError('store', 'Nothing can be published: LanceDB does not run here.')
      if (openSharedIndex && shard)
        return await publishShard(run, this.ports, this.workspace.roots, openSharedIndex, shard)
      const report = await this.runLocked(run, openSharedIndex, publish)
      if (!openSharedIndex || !publish || !report.complete) return report
      const [tree, store] = [await this.tree(), this.store!]
      const records = await recordsOf({ store, cache: this.recordCache }, tree)
      return { ...report, published: await publishTree(run, this.ports, store, openSharedIndex, tree, records) }
    } finally {
      await openSharedIndex?.close()
    }
  }

  private shared(publishes: boolean): SharedIndex | null {
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

  /** Resolves the waiters of this interest and of all before it; of all when there is none. */
  private notifyWaiters(interest?: Interest): void {
    const last = interest ? this.waiters.findLastIndex((one) => one.interest === interest) : this.waiters.length - 1
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

  /** null when the index turned out to be damaged and was removed. */
  private async update(run: Run, shared: SharedIndex | null, eager: boolean): Promise<IndexReport | null> {
    const { folder, roots } = this.workspace
    let store: StoreWriter | null = null
    const { editCount: edited } = this
    try {
      // Another process may have written since. Readers keep what they have open.
      store = await openStore(this.storeLocation)
      const report = await indexTree(run, this.ports, {
        ...{ id: this.id, roots, cache: this.recordCache, store, shared, eager },
        attention: { current: () => this.interest, notifyServed: (interest) => this.notifyWaiters(interest) },
      })
      this.pruneCache(await store.tree(this.id))
      this.hadIndex = true
      await this.exclusive(async () => {
        await this.swapStore(store)
        this.diskIsNewer = report.complete && edited > this.editsWhenRead && edited === this.editCount
      })
      return report
    } catch (error) {
      if (store !== this.store) await store?.close()
      if (!isDamage(error)) throw storeErrorOf(folder, error) ?? error
      this.ports.log.warn('store', `The index in ${folder} is damaged and is made anew.`)
      await this.exclusive(() => this.erase())
      return null
    }
  }

  /** Call within `exclusive` only: whoever is opening the index reads from the store that is closed here. */
  private async swapStore(store: StoreReader | null): Promise<void> {
    const before = this.store
    this.store = store
    await before?.close()
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
      `The index in ${this.workspace.folder} was damaged or removed: it is made anew when it is next needed.`,
    )
  }

  /** Drops records that the tree does not name. */
  private pruneCache(tree: Tree | null): void {
    const named = new Set(tree?.entries.map(({ key }) => key))
    for (const key of this.recordCache.keys()) if (!named.has(key)) this.recordCache.delete(key)
  }

  private async openReader(): Promise<StoreReader | null> {
    if (this.store) return this.store
    const found = await readStore(this.storeLocation)
    // A run may have finished meanwhile; its store is newer.
    if (this.store) await found?.close()
    else this.store = found
    return this.store
  }

  /** Throws when nothing was indexed yet. */
  async tree(): Promise<Tree> {
    const tree = await (await this.openReader())?.tree(this.id)
    this.hadIndex ||= Boolean(tree)
    if (tree) return tree
    // Whoever removed the index from disk did not remove the open tree.
    if (this.current) return this.current.tree
    if (this.hadIndex) throw this.damagedError()
    throw new EngineError(
      'input',
      `There is no index of ${this.workspace.roots.join(', ')}: index it first (\`fovea index\`, or Resume Indexing in the editor).`,
    )
  }

  /** Removes a damaged index and throws. */
  async openIndex(): Promise<OpenIndex> {
    const ask = () => this.exclusive(() => this.readOrReuse())
    try {
      return await ask()
    } catch (error) {
      if (!isDamage(error)) throw error
    }
    // A run in progress repairs the damage.
    await this.lastUpdate
    return ask().catch(async (error: unknown) => {
      if (!isDamage(error)) throw error
      const waiting = { signal: AbortSignal.timeout(LOCK_WAIT_MS), report: () => {} }
      const release = await this.acquireLock(waiting).catch((trouble: unknown) => {
        throw trouble instanceof EngineError ? trouble : this.damagedError()
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
    const { current: last } = this
    const tree = await this.tree()
    if (last?.tree === tree) return last
    // With edits in memory, the open tree supersedes the one on disk until a run has read the files, since an edit may
    // have been undone. During a run each committed tree contains more than the one before.
    if (last?.tree.complete && tree.complete && last.tree.at === tree.at && !this.diskIsNewer) return last
    const records = await this.readRecords(tree)
    const { clock } = this.ports
    const retriever = await (last
      ? reopenRetriever(last.retriever, tree, records, clock)
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
    const last = await this.openIndex().catch(() => null)
    if (!last?.tree.complete) return false
    const edited = await readEdits(run, this.ports, last.tree, files)
    if (!edited) return false
    return this.exclusive(async () => {
      // Whatever finished meanwhile is newer.
      if (this.current !== last || this.diskIsNewer) return false
      if (edited.size === 0) return true
      const records = last.retriever.corpus.records.map((record, file) => edited.get(file)?.record ?? record)
      const tree = editedTree(last.tree, last.retriever.corpus.records, edited)
      this.current = { tree, retriever: await reopenRetriever(last.retriever, tree, records, this.ports.clock) }
      this.editCount++
      this.diskIsNewer = false
      return true
    })
  }

  async clear(run: Run): Promise<void> {
    const release = await this.acquireLock(run)
    const forgotten = this.exclusive(async () => {
      await this.erase()
      this.current = null
      this.hadIndex = false
    })
    await forgotten.finally(release)
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
