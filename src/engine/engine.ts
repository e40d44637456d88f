/**
 * The only door of the engine: open a workspace, keep its index, ask it. Knows no editor, no console and no process;
 * the world comes in through `Ports`.
 */
import {
  answerExactly,
  answerOffline,
  answerWithModel,
  type Conversation,
  composePrompt,
  exampleQuestions,
  nextQuestions,
  relationAsked,
  type ToolCall,
  toolText,
} from './answer/answer.ts'
import {
  decode,
  diskPath,
  embedRecords,
  indexTree,
  isStale,
  type Report,
  readLines,
  recordsOf,
} from './ingest/ingest.ts'
import type { Answer, Message, OfflineAnswer } from './model/answer.ts'
import type { FileRecord } from './model/chunk.ts'
import { languageOf } from './model/language.ts'
import type { Area, Completion, MapNode, RepositoryMap, SymbolCard } from './model/map.ts'
import type { Block, Context } from './model/pack.ts'
import { checkBudgets, checkQuestion, type Question } from './model/query.ts'
import { EngineError, type Run } from './model/run.ts'
import type { Tree } from './model/tree.ts'
import type { Status, SymbolTable, Workspace } from './model/workspace.ts'
import type { Ports } from './ports.ts'
import {
  areasOf,
  childrenOf,
  completeName,
  type DenseIndex,
  lookUpSymbol,
  openDense,
  openRetriever,
  presentMap,
  presentPack,
  presentSymbols,
  type Retriever,
  retrieveContext,
  SIGNALS,
} from './retrieve/retrieve.ts'
import { acquireLock, eraseStore, isDamage, openStore, readStore, type StoreReader, troubleOf } from './store/store.ts'

export type { Conversation, DenseIndex, Report, ToolCall }
export { checkQuestion, decode, SIGNALS }

export interface Engine {
  /** Brings the index up to date. Stopped by the run's signal it keeps what was done and says so in the report. */
  index(run: Run): Promise<Report>
  status(): Promise<Status>
  /** Ranked hits and one pack a budget, from the index as it is: call `index` first to be current. */
  context(run: Run, question: Question): Promise<Context>
  /** From the first budget. Without a model: an extractive, cited brief. */
  ask(run: Run, question: Question): Promise<OfflineAnswer>
  ask(run: Run, question: Question, conversation: Conversation | undefined): Promise<Answer>
  map(): Promise<RepositoryMap>
  /** Definitions of a name (`Class.method` narrows it) with their references, in files whose path contains `path`. */
  lookUp(name: string, path?: string): Promise<readonly SymbolCard[]>
  /** The map as a tree: children of `folder:`, `cluster:` or of a node. */
  children(id: string): Promise<readonly MapNode[]>
  areas(): Promise<readonly Area[]>
  /** Labels of the coarse clusters. */
  topics(): Promise<readonly (readonly string[])[]>
  complete(kind: 'file' | 'symbol', prefix: string): Promise<readonly Completion[]>
  /** Three questions a newcomer could ask. */
  examples(): Promise<readonly string[]>
  /** Three to go on with after an answer, about what nobody has asked about yet. */
  next(answer: Answer, asked: readonly string[]): Promise<readonly string[]>
  /** The file on disk of an indexed path, or null. */
  locate(path: string): Promise<string | null>
  /** The path under which a file on disk is indexed, or null. */
  pathOf(file: string): Promise<string | null>
  /** Ids of the blocks whose file is no longer what was shown. */
  stale(blocks: readonly Pick<Block, 'id' | 'path' | 'hash'>[]): Promise<readonly string[]>
  /** From the index as it is, for programs that measure or draw it. */
  symbols(): Promise<SymbolTable>
  /** Likewise; null when the clusters are not of the built-in embedder. */
  dense(): Promise<DenseIndex | null>
  /** Removes the index from the disk. */
  clear(run: Run): Promise<void>
  close(): Promise<void>
}

/** What a model is sent for a context (its first pack). */
export function promptOf(context: Context, conversation: Pick<Conversation, 'earlier' | 'fence'>): readonly Message[] {
  return composePrompt(context.query, shown(context), conversation.earlier, conversation.fence)
}

const shown = ({ notes, packs: [pack] }: Context): string =>
  [...notes.map((note) => `${note}\n`), pack ? presentPack(pack) : ''].join('')

/** What a model reads that calls a tool, from the index as it is. What it asked wrongly is an `EngineError` in its words. */
export function tell(run: Run, engine: Engine, call: ToolCall): Promise<string> {
  return toolText(
    {
      context: (text, budget) => engine.context(run, { text, budgets: [budget] }),
      lookUp: (name, path) => engine.lookUp(name, path),
      map: () => engine.map(),
      present: { pack: presentPack, symbols: presentSymbols, map: presentMap },
    },
    call,
  )
}

export { presentMap, presentPack as present, presentSymbols }

export async function openEngine(ports: Ports, place: Workspace): Promise<Engine> {
  for (const root of place.roots) await ports.files.list(root).catch(() => Promise.reject(unreadable(root)))
  return new OpenEngine(ports, place)
}

function unreadable(root: string): EngineError {
  return new EngineError('input', `The folder ${root} does not exist or cannot be read: choose another.`)
}

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
    throw new EngineError(
      'input',
      `There is no index of ${this.place.roots.join(', ')}: index it first (\`fovea index\`, or Resume Indexing in the editor).`,
    )
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

  ask(run: Run, question: Question): Promise<OfflineAnswer>
  ask(run: Run, question: Question, conversation: Conversation | undefined): Promise<Answer>
  async ask(run: Run, question: Question, conversation?: Conversation): Promise<Answer> {
    if (conversation) {
      const pack = (budget: number) => this.context(run, { ...question, budgets: [budget] })
      const stale = (blocks: readonly Block[]) => this.stale(blocks)
      return answerWithModel(run, conversation, question.budgets[0] ?? 1, { pack, show: shown, stale })
    }
    const context = await this.context(run, question)
    const { retriever } = await this.retriever()
    const relation = relationAsked(question.text)
    const cards = relation ? lookUpSymbol(retriever.corpus, relation.name) : []
    if (relation && cards.length) return answerExactly(relation, cards, context)
    return answerOffline(retriever.corpus, context)
  }

  async children(id: string): Promise<readonly MapNode[]> {
    return childrenOf((await this.retriever()).retriever.corpus, id)
  }

  async topics(): Promise<readonly (readonly string[])[]> {
    return (await this.tree()).clusters.filter(({ level }) => level === 0).map(({ label }) => label)
  }

  async areas(): Promise<readonly Area[]> {
    return areasOf((await this.retriever()).retriever.corpus)
  }

  async complete(kind: 'file' | 'symbol', prefix: string): Promise<readonly Completion[]> {
    return completeName((await this.retriever()).retriever.corpus, kind, prefix)
  }

  async examples(): Promise<readonly string[]> {
    const { tree, retriever } = await this.retriever()
    return exampleQuestions({ ...retriever.corpus, edges: tree.edges })
  }

  async next(answer: Answer, asked: readonly string[]): Promise<readonly string[]> {
    const { tree, retriever } = await this.retriever()
    const places =
      answer.mode === 'model' && answer.citations.length ? answer.citations : answer.context.hits.slice(0, 12)
    return nextQuestions({ ...retriever.corpus, edges: tree.edges }, places, asked)
  }

  async locate(path: string): Promise<string | null> {
    const tree = await this.tree()
    const entry = tree.entries.find((one) => one.path === path)
    return entry ? diskPath(tree.roots, entry) : null
  }

  async pathOf(file: string): Promise<string | null> {
    const tree = await this.tree()
    const wanted = file.replaceAll('\\', '/')
    return tree.entries.find((entry) => diskPath(tree.roots, entry).replaceAll('\\', '/') === wanted)?.path ?? null
  }

  async stale(blocks: readonly Pick<Block, 'id' | 'path' | 'hash'>[]): Promise<readonly string[]> {
    const tree = await this.tree()
    const files = new Map<string, Promise<boolean>>()
    const verdicts = blocks.map(async ({ id, path, hash }) => {
      const known = files.get(`${path} ${hash}`) ?? isStale(this.ports.files, tree, path, hash)
      files.set(`${path} ${hash}`, known)
      return (await known) ? [id] : []
    })
    return (await Promise.all(verdicts)).flat()
  }

  async clear(run: Run): Promise<void> {
    const release = await this.lock(run)
    await this.erase().finally(release)
    this.opened = null
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
