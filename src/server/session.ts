/** One window's workspace on the server: its engine, its index, its threads. */
import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { type Engine, promptOf, tell } from '../engine/engine.ts'
import type { Message } from '../engine/model/answer.ts'
import { EngineError, type Run } from '../engine/model/run.ts'
import { generate, listModels, tryModel } from '../host/model.ts'
import { openWorkspace } from '../host/open.ts'
import { Overlay } from '../host/overlay.ts'
import { type Threads, threadsIn, threadsInMemory } from '../host/threads.ts'
import type {
  AnswerPart,
  Asked,
  ClientRequests,
  Endpoint,
  IndexDetails,
  ServerNotices,
  ServerOptions,
} from '../protocol/requests.ts'
import { readCall } from '../protocol/tools.ts'
import { askThread } from './chat.ts'
import { Indexing, sentenceOf } from './indexing.ts'
import { type EditorModels, modelOf } from './models.ts'

/** What a session needs of the wire. */
export interface Wire {
  notify<M extends keyof ServerNotices>(method: M, params: ServerNotices[M]): void
  /** Asks the client to run a model of the editor; its text comes through `Session.said`. */
  complete(run: number, id: string, messages: readonly Message[], signal: AbortSignal): Promise<void>
}

type Params<M extends keyof ClientRequests> = ClientRequests[M][0]

export class Session {
  readonly threads: Threads
  /** Rejects with a sentence when there is no folder, or it cannot be opened. */
  readonly engine: Promise<Engine>
  private readonly options: ServerOptions
  private readonly wire: Wire
  private readonly overlay = new Overlay()
  private indexing: Indexing | null = null
  /** Roots as the editor names them, and as they are on disk. */
  private roots: readonly (readonly [named: string, real: string])[] = []
  private readonly hearers = new Map<number, (text: string) => void>()
  private runs = 0

  constructor(options: ServerOptions, wire: Wire) {
    this.options = options
    this.wire = wire
    this.threads = options.storage ? threadsIn(join(options.storage, 'threads')) : threadsInMemory()
    this.engine = this.openEngine()
    // Every request says it again; alone it must not end the process.
    this.engine.catch(() => {})
  }

  private async openEngine(): Promise<Engine> {
    const { roots, trusted } = this.options
    if (roots.length === 0) throw new EngineError('input', 'There is no folder to ask about: open one first.')
    const real = await Promise.all(roots.map((root) => realpath(root).catch(() => root)))
    this.roots = roots.map((root, i) => [root, real[i]!])
    const log = { warn: (topic: string, text: string) => this.log('warn', `${topic}: ${text}`) }
    return openWorkspace(roots, log, { trusted, overlay: this.overlay })
  }

  private log(level: ServerNotices['fovea/log']['level'], text: string): void {
    this.wire.notify('fovea/log', { level, text })
  }

  async open(): Promise<void> {
    const { trusted, paused, roots } = this.options
    const start = { fallback: '', restricted: !trusted, paused }
    const idle = { stage: null, percent: 0, files: 0, fallback: '', restricted: !trusted }
    if (roots.length === 0) return this.wire.notify('fovea/state', { ...idle, phase: 'no folder', error: '' })
    try {
      const engine = await this.engine
      const { store, storeReason } = await engine.status()
      this.indexing = new Indexing(
        engine,
        {
          state: (state) => this.wire.notify('fovea/state', state),
          changed: (at) => this.wire.notify('fovea/changed', { at }),
          edited: () => this.wire.notify('fovea/edited', {}),
          failed: (error) => this.log('error', error instanceof Error ? (error.stack ?? error.message) : String(error)),
        },
        { ...start, fallback: store === 'files' ? storeReason : '' },
      )
      await this.indexing.open()
    } catch (error) {
      this.log('error', error instanceof Error ? (error.stack ?? error.message) : String(error))
      this.wire.notify('fovea/state', { ...idle, phase: 'failed', error: sentenceOf(error) })
    }
  }

  async close(): Promise<void> {
    await this.indexing?.close()
    await this.engine.then((engine) => engine.close()).catch(() => {})
  }

  /** The engine over the files as they are now. */
  async fresh(): Promise<Engine> {
    const engine = await this.engine
    await this.indexing?.fresh()
    return engine
  }

  touch(): void {
    this.indexing?.touch()
  }

  /** An editor shows a text: what differs from the disk is laid over it. */
  async edited(file: string | null, text: string): Promise<void> {
    const path = file && this.realOf(file)
    if (!path) return
    const had = this.overlay.delete(path)
    const disk = await readFile(path, 'utf8').catch(() => null)
    if (disk === text) {
      if (had) this.touch()
      return
    }
    this.overlay.set(path, text, Date.now())
    this.touch()
  }

  /** Saved or closed: the disk counts again. */
  settled(file: string | null): void {
    const path = file && this.realOf(file)
    if (path && this.overlay.delete(path)) this.touch()
  }

  /** null for a file outside the workspace. */
  private realOf(file: string): string | null {
    for (const [named, real] of this.roots) {
      if (file === named || file.startsWith(named.endsWith('/') || named.endsWith('\\') ? named : `${named}/`))
        return real + file.slice(named.length)
      if (file.startsWith(`${named}\\`)) return real + file.slice(named.length)
    }
    return null
  }

  async pathOf(file: string): Promise<string | null> {
    const engine = await this.engine
    const real = this.realOf(file)
    return real && engine.pathOf(real)
  }

  async steer(how: Params<'fovea/index'>['how']): Promise<object> {
    await this.engine
    if (how === 'update') this.indexing?.touch()
    else if (how === 'resume') this.indexing?.resume()
    else await this.indexing?.[how]()
    return {}
  }

  async details(): Promise<IndexDetails> {
    const engine = await this.engine
    const status = await engine.status()
    const { records } = status.at === null ? { records: [] } : await engine.symbols()
    return { ...status, symbols: records.reduce((sum, { symbols }) => sum + symbols.length, 0) }
  }

  async context({ question, budget, adjust }: Params<'fovea/context'>, signal: AbortSignal) {
    const engine = await this.fresh()
    const context = await engine.context(runOf(signal), { text: question, budgets: [budget], adjust })
    return { context, prompt: promptOf(context, { earlier: [], fence: 'context' }) }
  }

  async ask(asked: Asked, signal: AbortSignal, onPart: (part: AnswerPart) => void) {
    const engine = await this.fresh()
    return askThread(runOf(signal), engine, this.threads, asked, modelOf(asked.model, this.editorModels), onPart)
  }

  private readonly editorModels: EditorModels = {
    complete: async (id, messages, signal, onText) => {
      const run = ++this.runs
      this.hearers.set(run, onText)
      await this.wire.complete(run, id, messages, signal).finally(() => this.hearers.delete(run))
    },
  }

  /** A model of the editor writes. */
  said(run: number, text: string): void {
    this.hearers.get(run)?.(text)
  }

  async feedback({ thread: id, turn, value }: Params<'fovea/feedback'>): Promise<object> {
    const thread = await this.threads.load(id)
    const turns = thread?.turns.map((one) => (one.id === turn ? { ...one, feedback: value } : one))
    if (thread && turns) await this.threads.save({ ...thread, turns })
    return {}
  }

  async tool(name: string, input: unknown, signal: AbortSignal): Promise<{ text: string }> {
    const call = readCall(name, input)
    return { text: await tell(runOf(signal), await this.fresh(), call) }
  }

  listModels(endpoint: Params<'fovea/models'>): Promise<readonly string[]> {
    return listModels(endpoint)
  }

  async tryModel(endpoint: Endpoint): Promise<object> {
    await tryModel(endpoint)
    return {}
  }

  async generate(
    { endpoint, messages, tools }: Params<'fovea/generate'>,
    signal: AbortSignal,
    onPart: (part: AnswerPart) => void,
  ): Promise<ClientRequests['fovea/generate'][1]> {
    const { usage } = await generate(
      endpoint,
      runOf(signal),
      { messages, tools },
      { onText: (text) => onPart({ text }), onCall: (call) => onPart({ text: '', call }) },
    )
    return { usage }
  }
}

const runOf = (signal: AbortSignal): Run => ({ signal, report: () => {} })
