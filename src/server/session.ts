/** One window's workspace on the server: its engine, its index, its threads. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { callTool, type Engine, firstPrompt, type Interest } from '../engine/engine.ts'
import type { Message } from '../engine/types/answer.ts'
import type { Explanation } from '../engine/types/explanation.ts'
import { abortable, EngineError, type Run } from '../engine/types/run.ts'
import type { Turn } from '../engine/types/thread.ts'
import { nodeFiles } from '../host/files.ts'
import { type Interests, interestsIn } from '../host/interests.ts'
import { openWorkspace } from '../host/open.ts'
import { providerOf, tryModel } from '../host/providers/providers.ts'
import { newId, type Threads, threadsIn, threadsInMemory } from '../host/threads.ts'
import type {
  AnswerPart,
  AskParams,
  ClientRequests,
  Endpoint,
  ExplainParams,
  IndexDetails,
  IndexState,
  ServerNotices,
  ServerOptions,
} from '../protocol/requests.ts'
import { readCall } from '../protocol/tools.ts'
import { askThread, pinMentions, withNote } from './chat.ts'
import { EditorTexts } from './editor-texts.ts'
import { type GenerateModels, GenerateRuns } from './generate.ts'
import { IndexScheduler, userMessageOf } from './indexing.ts'
import { chosenModel, type EditorModels } from './models.ts'
import { type Roots, rootsOf } from './roots.ts'

/** What a session needs of the wire. */
export interface Wire {
  /** A sentence the user sees at once. */
  warn(sentence: string): void
  notify<M extends keyof ServerNotices>(method: M, params: ServerNotices[M]): void
  /** Asks the client to run a model of the editor; its text comes through `Session.said`. */
  complete(run: number, id: string, messages: readonly Message[], signal: AbortSignal): Promise<void>
}

const LATE =
  'Many files have changed and are being indexed: what follows is from before, so ask again later to be sure.'
/** While a tree is indexed a question waits so long for the files it speaks of. */
const FAVOURED_MS = 3000

type Params<M extends keyof ClientRequests> = ClientRequests[M][0]

interface OpenSession {
  readonly engine: Engine
  readonly indexing: IndexScheduler
}

export class Session {
  readonly threads: Threads
  readonly interests: Interests
  readonly generating: GenerateRuns
  private readonly options: ServerOptions
  private readonly wire: Wire
  readonly texts: EditorTexts
  private opening: Promise<OpenSession> | null = null
  /** Roots as the editor names them, and as they are on disk. */
  private roots: Roots | null = null
  private readonly textListeners = new Map<number, (text: string) => void>()
  private runs = 0
  private interest: Interest = { files: [], text: '' }

  constructor(options: ServerOptions, wire: Wire) {
    this.options = options
    this.wire = wire
    const rooted = rootsOf(options.roots).catch(() => null)
    this.texts = new EditorTexts(async (file) => (await (await rooted)?.real(file)) ?? null, {
      edited: (path) => this.opening?.then(({ indexing }) => indexing.scheduleEdit(path)).catch(() => {}),
      looked: (files) => void this.prioritise({ files }),
    })
    const folder = options.storage && join(options.storage, 'threads')
    this.interests = interestsIn(options.storage && join(options.storage, 'interests.json'))
    this.generating = new GenerateRuns({
      engine: () => this.currentEngine(),
      files: this.texts.overlay.filesOver(nodeFiles),
      named: (file) => this.roots?.named(file) ?? file,
      trusted: options.trusted,
    })
    this.threads = folder ? threadsIn(folder, (sentence) => wire.warn(sentence)) : threadsInMemory()
  }

  /** Rejects with a sentence when there is no folder, or it cannot be opened. */
  get engine(): Promise<Engine> {
    return this.opened().then(({ engine }) => engine)
  }

  /** A folder that was missing may be there by now: after a failure whoever asks tries again. */
  private opened(): Promise<OpenSession> {
    this.opening ??= this.openEngine().catch((error: unknown) => {
      this.opening = null
      throw error
    })
    return this.opening
  }

  private async openEngine(): Promise<OpenSession> {
    const { roots, trusted, paused, uri, processes } = this.options
    this.requireFolder()
    this.roots = await rootsOf(roots)
    const warn = (topic: string, text: string) => {
      this.log('warn', `${topic}: ${text}`)
      // A team's index that cannot be read costs time until somebody mends it.
      if (topic === 'shared') this.wire.warn(text)
    }
    const engine = await openWorkspace(
      roots,
      { warn },
      {
        ...{ trusted, overlay: this.texts.overlay, uri },
        ...(processes > 0 && { processes }),
        typing: () => this.texts.typing,
      },
    )
    const { store, storeReason } = await engine.status()
    const listener = {
      state: (state: IndexState) => this.wire.notify('fovea/state', state),
      changed: () => this.wire.notify('fovea/changed', {}),
      edited: () => this.wire.notify('fovea/edited', {}),
      failed: (error: unknown) => this.logError(error),
    }
    const fallback = store === 'files' ? storeReason : ''
    const indexing = new IndexScheduler(engine, listener, { fallback, restricted: !trusted, paused })
    void engine.prioritise(this.interest)
    await indexing.open()
    return { engine, indexing }
  }

  private requireFolder(): void {
    if (this.options.roots.length === 0)
      throw new EngineError('input', 'There is no folder to ask about: open one first.')
  }

  private log(level: ServerNotices['fovea/log']['level'], text: string): void {
    this.wire.notify('fovea/log', { level, text })
  }

  private logError(error: unknown): void {
    this.log('error', error instanceof Error ? (error.stack ?? error.message) : String(error))
  }

  async open(): Promise<void> {
    const { trusted, roots } = this.options
    const idle = { stage: null, percent: 0, files: 0, fallback: '', restricted: !trusted }
    if (roots.length === 0) return this.wire.notify('fovea/state', { ...idle, phase: 'no folder', error: '' })
    try {
      await this.opened()
    } catch (error) {
      this.logError(error)
      this.wire.notify('fovea/state', { ...idle, phase: 'failed', error: userMessageOf(error) })
    }
  }

  async close(): Promise<void> {
    try {
      const { engine, indexing } = (await this.opening) ?? {}
      await indexing?.close()
      await engine?.close()
    } catch {
      // What was never opened need not be closed.
    }
  }

  /** The engine over the files as they are now. A stop ends the waiting at once. */
  async currentEngine(signal: AbortSignal = NEVER, question = ''): Promise<Engine> {
    const favoured = question ? this.prioritise({ text: question }) : undefined
    // What was typed or written before the question belongs to what is asked about.
    await abortable(this.texts.whenSettled(), signal)
    const { engine, indexing } = await abortable(this.opened(), signal)
    await abortable(indexing.waitUntilCurrent(), signal)
    if (indexing.isLongRun) await abortable(Promise.race([favoured, sleep(FAVOURED_MS)]), signal)
    const { phase, files, error } = indexing.state
    if (files === 0 && phase === 'failed') throw new EngineError('store', error)
    if (files === 0 && phase === 'paused')
      throw new EngineError('input', 'Nothing is indexed yet, and indexing is paused: resume it, then ask again.')
    return engine
  }

  /** What a reader must know of an index that lacks files, or could not follow them; '' when all is well. */
  private async indexWarning(): Promise<string> {
    const { engine, indexing } = await this.opened()
    const { phase, error, stage, percent } = indexing.state
    if (phase === 'failed') return `What follows is from before, as the index could not follow the files. ${error}`
    if (phase === 'ready' && !indexing.isLate) return ''
    const { files, complete } = await engine.status()
    if (complete) return indexing.isLate ? LATE : ''
    const share = stage === 'parse' && percent > 0 ? ` (${percent} %)` : ''
    return `Only ${files} files are indexed so far${share}: ask again later, as the rest may say more.`
  }

  fileChanged(): void {
    this.opening?.then(({ indexing }) => indexing.scheduleRun()).catch(() => {})
  }

  /** What the user looks at and asks about is indexed first. */
  private prioritise(more: Partial<Interest>): Promise<void> | undefined {
    this.interest = { ...this.interest, ...more }
    return this.opening?.then(({ engine }) => engine.prioritise(this.interest)).catch(() => {})
  }

  async locate(path: string): Promise<string | null> {
    const file = await (await this.engine).diskPathOf(path)
    return file && (this.roots?.named(file) ?? file)
  }

  async pathOf(file: string): Promise<string | null> {
    const engine = await this.engine
    const real = await this.roots?.real(file)
    return real ? engine.indexedPathOf(real) : null
  }

  async controlIndexing(how: Params<'fovea/index'>['how']): Promise<object> {
    const { indexing } = await this.opened()
    await indexing[how]()
    return {}
  }

  async details(): Promise<IndexDetails> {
    const engine = await this.engine
    const status = await engine.status()
    return { ...status, symbols: status.at === null ? 0 : await engine.symbolCount() }
  }

  async context({ question, mentions, budget, overrides, mode }: Params<'fovea/context'>, signal: AbortSignal) {
    const engine = await this.currentEngine(signal, question)
    const found = await engine.assemble(runOf(signal), {
      ...(mode && { mode }),
      ...{ text: question, budgets: [budget] },
      overrides: [...pinMentions(mentions), ...overrides],
    })
    const context = withNote(found, await this.indexWarning())
    return { context, prompt: firstPrompt(context, { outline: await engine.outline(), fence: 'context' }) }
  }

  /** A change that the watcher has not told of yet is known now: whoever asks again gets what there is. */
  async stale(blocks: Params<'fovea/stale'>['blocks']): Promise<readonly string[]> {
    const { engine, indexing } = await this.opened()
    const found = await engine.staleBlocks(blocks)
    if (found.length) indexing.markDirty()
    return found
  }

  async ask(asked: AskParams, signal: AbortSignal, onPart: (part: AnswerPart) => void) {
    this.requireFolder()
    const model = chosenModel(asked.model, this.editorModels)
    const { threads, interests } = this
    const source = {
      engine: () => this.currentEngine(signal, asked.question),
      trouble: () => this.indexWarning(),
      threads,
      interests,
    }
    const { expand = false, rerank = false } = asked.search ?? {}
    const planning = asked.roles?.planner ? chosenModel(asked.roles.planner, this.editorModels) : model
    const planner = model && planning && (expand || rerank) ? { model: planning, expand, rerank } : undefined
    return askThread(runOf(signal), source, asked, { model, planner }, onPart)
  }

  async explain(
    { target, budget, model, roles }: ExplainParams,
    signal: AbortSignal,
    onPart: (part: AnswerPart) => void,
  ): Promise<Explanation> {
    this.requireFolder()
    const engine = await this.currentEngine(signal, target.text)
    // A role alone sends nothing: without a model that answers none is asked.
    const answers = chosenModel(model, this.editorModels)
    const writer = answers && ((roles.caller && chosenModel(roles.caller, this.editorModels)) ?? answers)
    const summariser = (roles.summariser && chosenModel(roles.summariser, this.editorModels)) ?? answers
    const explanation = await engine.explain(
      runOf(signal),
      target,
      writer
        ? {
            ...{ model: writer, summariser: summariser ?? writer, fence: this.fence, budget },
            onFacts: (facts) => onPart({ text: '', facts }),
            onAspect: ({ name, text }, state) => onPart({ text: '', aspect: { name, state, text } }),
          }
        : undefined,
    )
    const note = [await this.indexWarning(), explanation.note].filter(Boolean).join(' ')
    return { ...explanation, note }
  }

  plan(params: Params<'fovea/generatePlan'>, signal: AbortSignal, onPart: (part: AnswerPart) => void) {
    return this.generating.plan(runOf(signal), params, this.generateModels(params), onPart)
  }

  generate(params: Params<'fovea/generate'>, signal: AbortSignal, onPart: (part: AnswerPart) => void) {
    return this.generating.generate(runOf(signal), params, this.generateModels(params), onPart)
  }

  private generateModels({ model, roles }: Pick<Params<'fovea/generatePlan'>, 'model' | 'roles'>): GenerateModels {
    this.requireFolder()
    const writer = chosenModel(model, this.editorModels)
    if (!writer) throw new EngineError('model', 'Generating needs a model: set one up, or choose one of the editor.')
    return { model: writer, planner: (roles.planner && chosenModel(roles.planner, this.editorModels)) ?? writer }
  }

  /** One for all explanations: what was written for the same words is known again. */
  private readonly fence = newId().slice(0, 8)
  private readonly editorModels: EditorModels = {
    complete: async (id, messages, signal, onText) => {
      const run = ++this.runs
      this.textListeners.set(run, onText)
      await this.wire.complete(run, id, messages, signal).finally(() => this.textListeners.delete(run))
    },
  }

  /** A model of the editor writes. */
  onModelText(run: number, text: string): void {
    this.textListeners.get(run)?.(text)
  }

  async feedback({ thread: id, turn, value }: Params<'fovea/feedback'>): Promise<object> {
    const rate = (one: Turn) => (one.id === turn ? { ...one, feedback: value } : one)
    await this.threads.change(id, (thread) => thread && { ...thread, turns: thread.turns.map(rate) })
    return {}
  }

  async tool(name: string, input: unknown, signal: AbortSignal): Promise<{ text: string }> {
    const call = readCall(name, input)
    const text = await callTool(runOf(signal), await this.currentEngine(signal), call)
    return { text: [await this.indexWarning(), text].filter(Boolean).join('\n') }
  }

  listModels(endpoint: Params<'fovea/models'>, signal: AbortSignal): Promise<readonly string[]> {
    return providerOf(endpoint).listModels(endpoint, signal)
  }

  async tryModel(endpoint: Endpoint, signal: AbortSignal): Promise<object> {
    await tryModel(endpoint, signal)
    return {}
  }

  async completeRaw(
    { endpoint, messages, tools }: Params<'fovea/complete'>,
    signal: AbortSignal,
    onPart: (part: AnswerPart) => void,
  ): Promise<ClientRequests['fovea/complete'][1]> {
    const { usage } = await providerOf(endpoint).complete(
      endpoint,
      runOf(signal),
      { messages, tools },
      { onText: (text) => onPart({ text }), onCall: (call) => onPart({ text: '', call }) },
    )
    return { usage }
  }
}

const NEVER = new AbortController().signal
const runOf = (signal: AbortSignal): Run => ({ signal, report: () => {} })
