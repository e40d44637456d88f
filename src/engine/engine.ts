/**
 * The only door of the engine: open a workspace, keep its index, ask it. Knows no editor, no console and no process;
 * the world comes in through `Ports`.
 */
import { answerOffline } from './answer/answer.ts'
import { embedRecords, indexTree, type Report, readLines, recordsOf } from './ingest/ingest.ts'
import type { Answer } from './model/answer.ts'
import type { FileRecord } from './model/chunk.ts'
import { languageOf } from './model/language.ts'
import type { RepositoryMap, SymbolCard } from './model/map.ts'
import type { Context } from './model/pack.ts'
import type { Question } from './model/query.ts'
import { EngineError, type Run } from './model/run.ts'
import type { Skipped } from './model/source.ts'
import type { Edges } from './model/symbol.ts'
import type { Tree, TreeEntry } from './model/tree.ts'
import type { Ports } from './ports.ts'
import {
  type DenseIndex,
  lookUpSymbol,
  openDense,
  openRetriever,
  type Retriever,
  retrieveContext,
  SIGNALS,
} from './retrieve/retrieve.ts'
import { acquireLock, eraseStore, isDamage, openStore, readStore, type StoreReader, troubleOf } from './store/store.ts'

export type { DenseIndex, Report }
export { SIGNALS }

export interface Workspace {
  /** Absolute folders. */
  readonly roots: readonly string[]
  /** Where the index lies. */
  readonly folder: string
  /** Whether LanceDB's native module runs here, and if not, why. */
  readonly lance: { readonly usable: boolean; readonly reason: string }
}

export interface Status {
  readonly roots: readonly string[]
  readonly folder: string
  readonly store: 'lancedb' | 'files'
  /** Why the fallback store runs, or ''. */
  readonly storeReason: string
  readonly embedder: string
  readonly files: number
  readonly chunks: number
  readonly clusters: number
  readonly edges: number
  readonly bytes: number
  readonly skipped: readonly Skipped[]
  /** When the index was made, or null when there is none. */
  readonly at: number | null
  readonly complete: boolean
  readonly languages: readonly (readonly [language: string, files: number])[]
}

/** Every file of the index with what it defines and refers to. Row i of `files` and `records` is one file, as `edges` count them. */
export interface SymbolTable {
  readonly files: readonly TreeEntry[]
  readonly records: readonly FileRecord[]
  readonly edges: Edges
}

export interface Engine {
  /** Brings the index up to date. Stopped by the run's signal it keeps what was done and says so in the report. */
  index(run: Run): Promise<Report>
  status(): Promise<Status>
  /** Ranked hits and one pack a budget, from the index as it is: call `index` first to be current. */
  context(run: Run, question: Question): Promise<Context>
  /** Without a model: an extractive, cited brief. */
  ask(run: Run, question: Question): Promise<Answer>
  map(): Promise<RepositoryMap>
  /** Definitions of a name (`Class.method` narrows it) with their references, in files whose path contains `path`. */
  lookUp(name: string, path?: string): Promise<readonly SymbolCard[]>
  /** From the index as it is, for programs that measure or draw it. */
  symbols(): Promise<SymbolTable>
  /** Likewise; null when the clusters are not of the built-in embedder. */
  dense(): Promise<DenseIndex | null>
  close(): Promise<void>
}

export { presentMap, presentPack as present, presentSymbols } from './retrieve/retrieve.ts'

export async function openEngine(ports: Ports, place: Workspace): Promise<Engine> {
  for (const root of place.roots) await ports.files.list(root).catch(() => Promise.reject(unreadable(root)))
  return new OpenEngine(ports, place)
}

function unreadable(root: string): EngineError {
  return new EngineError('input', `The folder ${root} does not exist or cannot be read: name another with --dir.`)
}

const MAX_QUESTION = 1_000_000
const MAX_BUDGET = 10_000_000
/** A reader that finds damage waits so long for the right to remove it. */
const LOCK_MS = 10_000

class OpenEngine implements Engine {
  private readonly ports: Ports
  private readonly place: Workspace
  private store: StoreReader | null = null
  private readonly cache = new Map<string, FileRecord>()
  private opened: { readonly tree: Tree; readonly retriever: Retriever } | null = null

  constructor(ports: Ports, place: Workspace) {
    this.ports = ports
    this.place = place
  }

  private get id(): string {
    return this.place.roots.join('\n')
  }

  async index(run: Run): Promise<Report> {
    const release = await this.lock(run)
    try {
      const report = (await this.update(run)) ?? (await this.update(run))
      if (!report) throw this.damaged()
      return report
    } finally {
      await release()
    }
  }

  private async lock(run: Run): Promise<() => Promise<void>> {
    const { folder } = this.place
    try {
      const onWait = () => run.report({ stage: 'wait', done: 0, total: 1 })
      return await acquireLock(folder, { signal: run.signal, onWait })
    } catch (error) {
      run.signal.throwIfAborted()
      throw troubleOf(folder, error) ?? error
    }
  }

  /** null when the index turned out to be damaged and was removed. */
  private async update(run: Run): Promise<Report | null> {
    const { folder, roots } = this.place
    // Another process may have written since.
    await this.store?.close()
    const store = await openStore(this.storePlace)
    this.store = store
    try {
      const report = await indexTree(run, this.ports, { id: this.id, roots, cache: this.cache, store })
      this.forget(await store.tree(this.id))
      return report
    } catch (error) {
      if (!isDamage(error)) throw troubleOf(folder, error) ?? error
      this.ports.log.warn('store', `The index in ${folder} is damaged and is made anew.`)
      await this.erase()
      return null
    }
  }

  private get storePlace() {
    return { folder: this.place.folder, lance: this.place.lance.usable, log: this.ports.log }
  }

  private async erase(): Promise<void> {
    await this.store?.close()
    this.store = null
    this.cache.clear()
    await eraseStore(this.place.folder)
  }

  private damaged(): EngineError {
    return new EngineError(
      'damaged',
      `The index in ${this.place.folder} was damaged and is removed: it is made anew when it is next needed.`,
    )
  }

  /** Keeps in memory what the tree names. */
  private forget(tree: Tree | null): void {
    const named = new Set(tree?.entries.map(({ key }) => key))
    for (const key of this.cache.keys()) if (!named.has(key)) this.cache.delete(key)
  }

  private async reader(): Promise<StoreReader | null> {
    this.store ??= await readStore(this.storePlace)
    return this.store
  }

  private async tree(): Promise<Tree> {
    const tree = await (await this.reader())?.tree(this.id)
    if (tree) return tree
    throw new EngineError('input', `There is no index of ${this.place.roots.join(', ')}: run \`fovea index\` first.`)
  }

  private async retriever(): Promise<{ readonly tree: Tree; readonly retriever: Retriever }> {
    const tree = await this.tree()
    if (this.opened?.tree.at === tree.at && this.opened.tree.complete === tree.complete) return this.opened
    try {
      const records = await recordsOf({ store: this.store!, cache: this.cache }, tree)
      if (records.length < tree.entries.length) throw this.damaged()
      this.opened = { tree, retriever: openRetriever(tree, records) }
      return this.opened
    } catch (error) {
      if (!isDamage(error)) throw error
      const release = await this.lock({ signal: AbortSignal.timeout(LOCK_MS), report: () => {} })
      await this.erase()
      await release()
      throw this.damaged()
    }
  }

  async context(run: Run, question: Question): Promise<Context> {
    checkQuestion(question.text)
    checkBudgets(question.budgets)
    const { tree, retriever } = await this.retriever().catch(async (error: unknown) => {
      if (!isDamage(error)) throw error
      this.ports.log.warn('store', (error as Error).message)
      await this.index(run)
      return this.retriever()
    })
    return retrieveContext(run, retriever, this.ports, question, (entry) => readLines(this.ports.files, tree, entry))
  }

  async ask(run: Run, question: Question): Promise<Answer> {
    const context = await this.context(run, question)
    const { retriever } = await this.retriever()
    return answerOffline(retriever.corpus, context)
  }

  async map(): Promise<RepositoryMap> {
    const { tree, retriever } = await this.retriever()
    const folders = new Map<string, { files: number; lines: number; chunks: number }>()
    tree.entries.forEach(({ path }, i) => {
      const record = retriever.corpus.records[i]
      const folder = path.split('/').slice(0, -1).join('/')
      const held = folders.get(folder) ?? { files: 0, lines: 0, chunks: 0 }
      held.files++
      held.lines += record?.lines ?? 0
      held.chunks += record?.chunks.length ?? 0
      folders.set(folder, held)
    })
    const sorted = [...folders].sort(([a], [b]) => (a < b ? -1 : 1))
    return { folders: sorted.map(([path, counts]) => ({ path, ...counts })), clusters: tree.clusters }
  }

  async lookUp(name: string, path?: string): Promise<readonly SymbolCard[]> {
    const { retriever } = await this.retriever()
    return lookUpSymbol(retriever.corpus, name, path)
  }

  async symbols(): Promise<SymbolTable> {
    const { tree, retriever } = await this.retriever()
    return { files: tree.entries, records: retriever.corpus.records, edges: tree.edges }
  }

  async dense(): Promise<DenseIndex | null> {
    const { tree, retriever } = await this.retriever()
    const { embedding } = this.ports
    if (embedding?.id !== tree.embedder) return null
    return openDense(retriever.corpus, embedding, embedRecords(embedding, retriever.corpus.records))
  }

  async status(): Promise<Status> {
    const store = await this.reader()
    const tree = await store?.tree(this.id)
    const languages = new Map<string, number>()
    for (const { path } of tree?.entries ?? []) {
      const { id } = languageOf(path)
      languages.set(id, (languages.get(id) ?? 0) + 1)
    }
    return {
      roots: this.place.roots,
      folder: this.place.folder,
      store: this.place.lance.usable ? 'lancedb' : 'files',
      storeReason: this.place.lance.reason,
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

/** Throws when nothing is asked or too much; a face calls it before work that the question waits for. */
export function checkQuestion(text: string): void {
  if (!/[\p{L}\p{N}]/u.test(text)) throw new EngineError('input', 'The question is empty: write what you want to know.')
  if (text.length > MAX_QUESTION)
    throw new EngineError(
      'input',
      `The question has ${text.length} characters; at most ${MAX_QUESTION} can be read: shorten it.`,
    )
}

function checkBudgets(budgets: readonly number[]): void {
  for (const budget of budgets)
    if (!Number.isInteger(budget) || budget < 1 || budget > MAX_BUDGET)
      throw new EngineError('input', `The budget ${budget} is not a whole number of tokens from 1 to ${MAX_BUDGET}.`)
}
