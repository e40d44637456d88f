/** The server's index of the workspace: one engine, opened on first use and kept current with files and buffers. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine, Interest } from '../engine/engine.ts'
import type { Files } from '../engine/ports.ts'
import { abortable, EngineError } from '../engine/types/run.ts'
import { nodeFiles } from '../host/files.ts'
import { openWorkspace } from '../host/open.ts'
import type { ClientRequests, IndexDetails, IndexState, ServerNotices, ServerOptions } from '../protocol/requests.ts'
import { EditorTexts } from './editor-texts.ts'
import { IndexScheduler, userMessageOf } from './indexing.ts'
import { type Roots, rootsOf } from './roots.ts'

/** Notifications to the client. */
export interface IndexWire {
  /** A sentence shown to the user at once. */
  warn(sentence: string): void
  notify<M extends keyof ServerNotices>(method: M, params: ServerNotices[M]): void
}

const BEHIND_NOTE =
  'Many files have changed and are being indexed: this result is from before the change, so ask again later.'
/** How long a question waits, during a first index, for the files it mentions. */
const PRIORITISED_WAIT_MS = 3000

interface OpenEngine {
  readonly engine: Engine
  readonly indexing: IndexScheduler
}

export class WorkspaceIndex {
  readonly texts: EditorTexts
  private readonly options: ServerOptions
  private readonly wire: IndexWire
  private opening: Promise<OpenEngine> | null = null
  /** The roots as the editor names them and as they are on disk. */
  private roots: Roots | null = null
  private interest: Interest = { files: [], text: '' }

  constructor(options: ServerOptions, wire: IndexWire) {
    this.options = options
    this.wire = wire
    const roots = rootsOf(options.roots).catch(() => null)
    this.texts = new EditorTexts(async (file) => (await (await roots)?.realPathOf(file)) ?? null, {
      edited: (path) => this.opening?.then(({ indexing }) => indexing.scheduleEdit(path)).catch(() => {}),
      viewed: (files) => void this.prioritise({ files }),
    })
  }

  /** Files as the editor shows them. */
  get files(): Files {
    return this.texts.overlay.filesOver(nodeFiles)
  }

  /** The path by which the editor knows a file. */
  editorPathOf(file: string): string {
    return this.roots?.editorPathOf(file) ?? file
  }

  /** Rejects with an `EngineError` when no folder is open, and with the cause when the index cannot be opened. */
  get engine(): Promise<Engine> {
    return this.opened().then(({ engine }) => engine)
  }

  /** After a failure the next caller tries again: a folder that was missing may exist by then. */
  private opened(): Promise<OpenEngine> {
    this.opening ??= this.openEngine().catch((error: unknown) => {
      this.opening = null
      throw error
    })
    return this.opening
  }

  private async openEngine(): Promise<OpenEngine> {
    const { roots, trusted, paused, uri, processes } = this.options
    this.requireFolder()
    this.roots = await rootsOf(roots)
    const warn = (topic: string, text: string) => {
      this.log('warn', `${topic}: ${text}`)
      // The user should know at once: an unreadable shared index slows indexing down until it is repaired.
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
    const fallback = store === 'files' ? storeReason : null
    const indexing = new IndexScheduler(engine, listener, { fallback, restricted: !trusted, paused })
    void engine.prioritise(this.interest)
    await indexing.open()
    return { engine, indexing }
  }

  requireFolder(): void {
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
    const idle = { stage: null, percent: 0, files: 0, fallback: null, restricted: !trusted }
    if (roots.length === 0) return this.wire.notify('fovea/state', { ...idle, phase: 'no folder', error: null })
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
      // It was never opened, so there is nothing to close.
    }
  }

  /** The engine over the current files. Aborting `signal` ends the wait at once. */
  async current(signal: AbortSignal = NEVER, question = ''): Promise<Engine> {
    const prioritised = question ? this.prioritise({ text: question }) : undefined
    // The question is about everything typed or written before it.
    await abortable(this.texts.whenSettled(), signal)
    const { engine, indexing } = await abortable(this.opened(), signal)
    await abortable(indexing.waitUntilCurrent(), signal)
    if (indexing.isLongRun) await abortable(Promise.race([prioritised, sleep(PRIORITISED_WAIT_MS)]), signal)
    const { phase, files, error } = indexing.state
    if (files === 0 && phase === 'failed') throw new EngineError('store', error ?? 'Indexing failed.')
    if (files === 0 && phase === 'paused')
      throw new EngineError('input', 'Nothing is indexed yet, and indexing is paused: resume it, then ask again.')
    return engine
  }

  /** A caveat when files are missing from the index or it could not be updated; null when there is none. */
  async warning(): Promise<string | null> {
    const { engine, indexing } = await this.opened()
    const { phase, error, stage, percent } = indexing.state
    if (phase === 'failed') return `This result may be out of date, because the index could not be updated. ${error}`
    if (phase === 'ready' && !indexing.isBehind) return null
    const { files, complete } = await engine.status()
    if (complete) return indexing.isBehind ? BEHIND_NOTE : null
    const share = stage === 'parse' && percent > 0 ? ` (${percent} %)` : ''
    return `Only ${files} files are indexed so far${share}: the result may be incomplete, so ask again later.`
  }

  fileChanged(): void {
    this.opening?.then(({ indexing }) => indexing.scheduleRun()).catch(() => {})
  }

  /** Indexes the files first that the user views and asks about. */
  prioritise(change: Partial<Interest>): Promise<void> | undefined {
    this.interest = { ...this.interest, ...change }
    return this.opening?.then(({ engine }) => engine.prioritise(this.interest)).catch(() => {})
  }

  async locate(path: string): Promise<string | null> {
    const file = await (await this.engine).diskPathOf(path)
    return file && this.editorPathOf(file)
  }

  async pathOf(file: string): Promise<string | null> {
    const engine = await this.engine
    const realPath = await this.roots?.realPathOf(file)
    return realPath ? engine.indexedPathOf(realPath) : null
  }

  async controlIndexing(how: ClientRequests['fovea/index'][0]['how']): Promise<object> {
    const { indexing } = await this.opened()
    await indexing[how]()
    return {}
  }

  async details(): Promise<IndexDetails> {
    const engine = await this.engine
    const status = await engine.status()
    return { ...status, symbols: status.at === null ? 0 : await engine.symbolCount() }
  }

  /** The ids of blocks whose file has changed. Any such file may be one the watcher missed, so the index is marked. */
  async staleBlockIds(blocks: ClientRequests['fovea/stale'][0]['blocks']): Promise<readonly string[]> {
    const { engine, indexing } = await this.opened()
    const stale = await engine.staleBlockIds(blocks)
    if (stale.length) indexing.markDirty()
    return stale
  }
}

const NEVER = new AbortController().signal
