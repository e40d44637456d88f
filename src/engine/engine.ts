/**
 * The engine's public API: opens a workspace, keeps its index current, answers questions. The engine knows no editor,
 * console or process; it reaches the outside world only through `Ports`. (`worker.ts` is the entry point for worker
 * processes, `measure.ts` the one for benches.)
 */
import {
  type Conversation,
  composePrompt,
  exampleQuestions,
  nextQuestions,
  type Opening,
  threadMarkdown,
} from './answer/answer.ts'
import { DraftWorkspace, diskPathAt, type GenerateOptions } from './draft-workspace.ts'
import { type ExplanationCache, explanationMarkdown } from './explain/explain.ts'
import { IndexHost, type IndexOptions, type OpenIndex } from './index-host.ts'
import { decode, diskPath, type IndexReport, type IndexShard, type Interest } from './ingest/ingest.ts'
import type { Ports } from './ports.ts'
import {
  areasOf,
  childrenOf,
  mapOf,
  presentMap,
  presentPack,
  presentSymbols,
  suggestNames,
} from './retrieve/retrieve.ts'
import { type ExplainWriters, IndexSnapshot, staleBlockIds } from './snapshot.ts'
import { isDamage, sharedUri } from './store/store.ts'
import { type ToolCall, toolText } from './tool-calls.ts'
import type { Answer, Findings, Message, OfflineAnswer } from './types/answer.ts'
import type { ExplainTarget, Explanation } from './types/explanation.ts'
import type { GenerateResult, Plan } from './types/generation.ts'
import type { Area, MapNode, NameSuggestion, RepositoryMap, SymbolCard } from './types/map.ts'
import type { Block, Context } from './types/pack.ts'
import { checkQuestion, type Question } from './types/query.ts'
import { abortable, EngineError, type Run } from './types/run.ts'
import type { Status, Workspace } from './types/workspace.ts'

export type { Conversation, ExplainWriters, GenerateOptions, IndexReport, IndexShard, Interest, ToolCall }
export { checkQuestion, decode, diskPathAt, sharedUri }

export interface Engine {
  /** Brings the index up to date. When the run's signal aborts, what was done is kept and the report says so. */
  index(run: Run, sharing?: IndexOptions): Promise<IndexReport>
  /**
   * Applies edits of files (absolute paths) to the open index, in memory, so that the next question sees them; `index`
   * stores and links them later. False when more changed than a few indexed files: then call `index`.
   */
  applyEdits(run: Run, files: readonly string[]): Promise<boolean>
  /**
   * Names the files the user is working on: they are read first while the workspace is indexed. Resolves once those
   * that exist can be asked about, or at once when nothing is being indexed.
   */
  prioritise(interest: Interest): Promise<void>
  status(): Promise<Status>
  /** Ranked hits, and one pack per budget, from the index as it is: call `index` first to be current. */
  context(run: Run, question: Question): Promise<Context>
  /** Like `context`, routed as `ask` routes: symbols that are compared in full, and the commits behind a _why_. */
  assemble(run: Run, question: Question): Promise<Context>
  /** The rows that answer a question exactly, or null when the question has no exact answer. */
  exactFindings(question: string): Promise<Findings | null>
  /** Uses the first budget. Without a model: an extractive, cited brief. */
  ask(run: Run, question: Question): Promise<OfflineAnswer>
  ask(run: Run, question: Question, conversation: Conversation | undefined): Promise<Answer>
  /**
   * Explains a mechanism across files from the graph; with writers, a model writes the text. Throws when the target
   * names nothing.
   */
  explain(run: Run, target: ExplainTarget, writers?: ExplainWriters): Promise<Explanation>
  /** Has a model turn a task into a plan of steps. */
  planGenerate(run: Run, task: string, options: GenerateOptions): Promise<Plan>
  /**
   * Runs a plan step by step in a draft, checking each step; writes nothing to disk. `done`: steps of an earlier run of
   * the same plan.
   */
  generate(
    run: Run,
    plan: Plan,
    options: GenerateOptions,
    done?: Pick<GenerateResult, 'results' | 'changes'>,
  ): Promise<GenerateResult>
  /** The file on disk for a displayed path, whether or not it exists. */
  diskPathFor(path: string): Promise<string>
  map(): Promise<RepositoryMap>
  /** Tokens of a text, as packs are priced. */
  countTokens(text: string): number
  /** The map in a few lines, as it opens a conversation. */
  outline(): Promise<string>
  /** Definitions of a name (`Class.method` narrows it) with their references, in files whose path contains `path`. */
  lookUp(name: string, path?: string): Promise<readonly SymbolCard[]>
  /** The map as a tree: children of `folder:`, `cluster:` or of a node. */
  mapChildren(id: string): Promise<readonly MapNode[]>
  treemapAreas(): Promise<readonly Area[]>
  /** Labels of the coarse clusters. */
  topics(): Promise<readonly (readonly string[])[]>
  suggestNames(kind: 'file' | 'symbol', prefix: string): Promise<readonly NameSuggestion[]>
  /** Three questions a newcomer could ask. */
  exampleQuestions(): Promise<readonly string[]>
  /** Three follow-up questions, about what nobody has asked about yet; `interests` counts questions by symbol. */
  nextQuestions(
    answer: Answer,
    asked: readonly string[],
    interests?: ReadonlyMap<string, number>,
  ): Promise<readonly string[]>
  /** The file on disk of an indexed path, or null. */
  diskPathOf(path: string): Promise<string | null>
  /** The displayed path of a file on disk, or of a folder of indexed files; null for any other. */
  indexedPathOf(file: string): Promise<string | null>
  /** Ids of the blocks whose file has changed since it was shown. */
  staleBlockIds(blocks: readonly Pick<Block, 'id' | 'path' | 'hash'>[]): Promise<readonly string[]>
  /** Symbols in all indexed files. */
  symbolCount(): Promise<number>
  /** Lines of an indexed file; null for any other path. */
  lineCount(path: string): Promise<number | null>
  /** Removes the index from the disk. */
  clear(run: Run): Promise<void>
  close(): Promise<void>
}

/** The first prompt sent to a model for the first pack of a context. */
export function firstPrompt(context: Context, opening: Opening): readonly Message[] {
  const { notes, packs } = context
  const text = [...notes.map((note) => `${note}\n`), presentPack({ blocks: packs[0]?.blocks ?? [] })].join('')
  return composePrompt(context.query, { text, again: [], staleIds: [], memory: '' }, null, opening)
}

/**
 * The text that a model reads after calling a tool. Invalid arguments throw an `EngineError` whose message is meant for
 * the model.
 */
export function callTool(run: Run, engine: Engine, call: ToolCall): Promise<string> {
  return toolText(
    {
      context: (text, budget) => engine.assemble(run, { text, budgets: [budget] }),
      exact: (text) => engine.exactFindings(text),
      count: (text) => engine.countTokens(text),
      lookUp: (name, path) => engine.lookUp(name, path),
      explain: (target) => engine.explain(run, { text: target, place: null }),
      map: () => engine.map(),
      present: { pack: presentPack, symbols: presentSymbols, map: presentMap },
    },
    call,
  )
}

export {
  acceptChanges,
  approvedPlan,
  changedLinesText,
  type GenerateEvent,
  hunksOf,
  invertChanges,
  mergeChange,
  parsePlan,
  patchOf,
  requirementsText,
  TokenBudget,
} from './generate/generate.ts'
export { Overlay } from './overlay.ts'
export { explanationMarkdown, presentMap, presentPack as present, presentSymbols, threadMarkdown }

/** Opens a workspace without reading its index. Throws an `EngineError` when a root cannot be listed. */
export async function openEngine(ports: Ports, workspace: Workspace): Promise<Engine> {
  for (const root of workspace.roots) await ports.files.list(root).catch(() => Promise.reject(unreadableFolder(root)))
  return new OpenEngine(ports, workspace)
}

function unreadableFolder(root: string): EngineError {
  return new EngineError('input', `The folder ${root} does not exist or cannot be read: choose another.`)
}

class OpenEngine implements Engine {
  readonly ports: Ports
  private readonly workspace: Workspace
  readonly host: IndexHost
  private readonly explanationCache: ExplanationCache = new Map()
  private current: { readonly opened: OpenIndex; readonly snapshot: IndexSnapshot } | null = null

  constructor(ports: Ports, workspace: Workspace) {
    this.ports = ports
    this.workspace = workspace
    this.host = new IndexHost(ports, workspace)
  }

  index(run: Run, sharing?: IndexOptions): Promise<IndexReport> {
    return this.host.index(run, sharing)
  }

  applyEdits(run: Run, files: readonly string[]): Promise<boolean> {
    return this.host.applyEdits(run, files)
  }

  prioritise(interest: Interest): Promise<void> {
    return this.host.prioritise(interest)
  }

  status(): Promise<Status> {
    return this.host.status()
  }

  clear(run: Run): Promise<void> {
    return this.host.clear(run)
  }

  close(): Promise<void> {
    return this.host.close()
  }

  /** The current snapshot, replaced when the tree has changed. A damaged index is rebuilt once. */
  private async openSnapshot(run?: Run): Promise<IndexSnapshot> {
    const opening = this.host.openIndex().catch(async (error: unknown) => {
      if (!run || !isDamage(error)) throw error
      this.ports.log.warn('store', (error as Error).message)
      await this.host.index(run)
      return this.host.openIndex()
    })
    const opened = await (run ? abortable(opening, run.signal) : opening)
    if (this.current?.opened !== opened)
      this.current = { opened, snapshot: new IndexSnapshot(this.ports, opened, this.explanationCache) }
    return this.current.snapshot
  }

  async context(run: Run, question: Question): Promise<Context> {
    checkQuestion(question.text)
    return (await this.openSnapshot(run)).context(run, question)
  }

  async assemble(run: Run, question: Question): Promise<Context> {
    checkQuestion(question.text)
    return (await this.openSnapshot(run)).assemble(run, question)
  }

  async exactFindings(question: string): Promise<Findings | null> {
    return (await this.openSnapshot()).exactFindings(question)
  }

  ask(run: Run, question: Question): Promise<OfflineAnswer>
  ask(run: Run, question: Question, conversation: Conversation | undefined): Promise<Answer>
  async ask(run: Run, question: Question, conversation?: Conversation): Promise<Answer> {
    return (await this.openSnapshot(run)).ask(run, question, conversation)
  }

  async explain(run: Run, target: ExplainTarget, writers?: ExplainWriters): Promise<Explanation> {
    return (await this.openSnapshot(run)).explain(run, target, writers)
  }

  async planGenerate(run: Run, task: string, options: GenerateOptions): Promise<Plan> {
    return this.withDraftWorkspace(run, (workspace) => workspace.plan(run, task, options))
  }

  async generate(
    run: Run,
    plan: Plan,
    options: GenerateOptions,
    done?: Pick<GenerateResult, 'results' | 'changes'>,
  ): Promise<GenerateResult> {
    return this.withDraftWorkspace(run, (workspace) => workspace.generate(run, plan, options, done))
  }

  private async withDraftWorkspace<T>(run: Run, work: (workspace: DraftWorkspace) => Promise<T>): Promise<T> {
    await this.openSnapshot(run)
    const workspace = new DraftWorkspace(this.ports, this.workspace, await this.host.openIndex())
    return work(workspace).finally(() => workspace.close())
  }

  async diskPathFor(path: string): Promise<string> {
    return diskPathAt(this.workspace.roots, path)
  }

  async mapChildren(id: string): Promise<readonly MapNode[]> {
    return childrenOf((await this.host.openIndex()).retriever.corpus, id)
  }

  async topics(): Promise<readonly (readonly string[])[]> {
    return (await this.host.tree()).clusters.filter(({ level }) => level === 0).map(({ label }) => label)
  }

  async treemapAreas(): Promise<readonly Area[]> {
    return areasOf((await this.host.openIndex()).retriever.corpus)
  }

  async suggestNames(kind: 'file' | 'symbol', prefix: string): Promise<readonly NameSuggestion[]> {
    return suggestNames((await this.host.openIndex()).retriever.corpus, kind, prefix)
  }

  async exampleQuestions(): Promise<readonly string[]> {
    const { tree, retriever } = await this.host.openIndex()
    return exampleQuestions({ ...retriever.corpus, edges: tree.edges })
  }

  async nextQuestions(answer: Answer, asked: readonly string[], interests: ReadonlyMap<string, number> = new Map()) {
    const { graph } = await this.openSnapshot()
    const hits = answer.context.hits.slice(0, 12).map((hit) => ({ ...hit, symbols: hit.symbol ? [hit.symbol] : [] }))
    const places = answer.mode === 'model' && answer.citations.length ? answer.citations : hits
    return nextQuestions(graph.table, places, asked, interests)
  }

  async diskPathOf(path: string): Promise<string | null> {
    const tree = await this.host.tree()
    const entry = tree.entries.find((candidate) => candidate.path === path)
    return entry ? diskPath(tree.roots, entry) : null
  }

  async indexedPathOf(file: string): Promise<string | null> {
    const tree = await this.host.tree()
    const target = file.replaceAll('\\', '/').replace(/\/+$/, '')
    for (const entry of tree.entries) {
      const entryFile = diskPath(tree.roots, entry).replaceAll('\\', '/')
      if (entryFile === target) return entry.path
      // The tree lists no folders: recognise one by the path prefix of its files.
      if (entryFile.startsWith(`${target}/`)) return entry.path.slice(0, target.length - entryFile.length - 1) || '.'
    }
    return null
  }

  async staleBlockIds(blocks: readonly Pick<Block, 'id' | 'path' | 'hash'>[]): Promise<readonly string[]> {
    return staleBlockIds(this.ports, await this.host.tree(), blocks)
  }

  countTokens(text: string): number {
    return this.ports.tokenizer.count(text)
  }

  async map(): Promise<RepositoryMap> {
    return mapOf((await this.host.openIndex()).retriever.corpus)
  }

  async outline(): Promise<string> {
    return (await this.openSnapshot()).outline
  }

  async lookUp(name: string, path?: string): Promise<readonly SymbolCard[]> {
    return (await this.openSnapshot()).lookUp(name, path)
  }

  async symbolCount(): Promise<number> {
    const { retriever } = await this.host.openIndex()
    return retriever.corpus.records.reduce((sum, { symbols }) => sum + symbols.length, 0)
  }

  async lineCount(path: string): Promise<number | null> {
    const { retriever } = await this.host.openIndex()
    const { files, records } = retriever.corpus
    return records[files.findIndex((file) => file.path === path)]?.lines ?? null
  }
}

/** The internals of an open engine, for `measure.ts` only. */
export function internalsOf(engine: Engine): { readonly ports: Ports; readonly host: IndexHost } {
  if (!(engine instanceof OpenEngine)) throw new TypeError('This engine was not opened by openEngine.')
  return { ports: engine.ports, host: engine.host }
}
