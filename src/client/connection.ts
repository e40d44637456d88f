/**
 * The connection to the server's process: starts it, sends requests, and restarts it after a crash with exponential
 * backoff until it has crashed `MAX_CRASHES` times within `CRASH_WINDOW_MS`.
 */
import { type ChildProcess, fork } from 'node:child_process'
import {
  type CancellationToken,
  CancellationTokenSource,
  EventEmitter,
  type ExtensionContext,
  ExtensionMode,
  type LogOutputChannel,
  l10n,
  workspace,
} from 'vscode'
import type { LanguageClient, MessageTransports } from 'vscode-languageclient/node'
import { ALLOCATOR } from '../host/allocator.ts'
import type { ServerState } from '../protocol/messages.ts'
import type {
  AnswerPart,
  ClientNotices,
  ClientRequests,
  IndexState,
  ServerNotices,
  ServerOptions,
  ServerRequests,
} from '../protocol/requests.ts'
import type { Library } from './library.ts'

/** Passed where no token is given: the library would send an absent token as a parameter. */
const NEVER = new CancellationTokenSource().token
/** This many crashes within the window stop the server for good. */
const MAX_CRASHES = 3
const CRASH_WINDOW_MS = 3 * 60_000
const BACKOFF_MS = 1000
/** Where a debugger attaches to the server of an extension under development. */
const INSPECT = '--inspect=6009'
/** The exit of a process is reported this much later than the failure of a request to it. */
const EXIT_NOTICE_MS = 50
/** Error codes of a request whose connection was lost (vscode-jsonrpc: PendingResponseRejected, ConnectionInactive). */
const LOST = new Set<unknown>([-32097, -32096])
const UNKNOWN: IndexState = {
  phase: 'indexing',
  stage: null,
  percent: 0,
  files: 0,
  error: null,
  fallback: null,
  restricted: false,
}

/** Runs a model of the editor for the server. */
type ModelRunner = (
  params: ServerRequests['lm/complete'][0],
  token: CancellationToken,
  onText: (notice: ClientNotices['lm/text']) => void,
) => Promise<void>

export class Connection {
  server: ServerState = 'starting'
  index: IndexState = UNKNOWN
  private readonly changes = new EventEmitter<void>()
  /** The server's state or the index's progress has changed. */
  readonly onState = this.changes.event
  private readonly contents = new EventEmitter<void>()
  /** The content of the index has changed. */
  readonly onContent = this.contents.event
  private readonly edits = new EventEmitter<void>()
  /** Files or buffers have changed; the index follows. */
  readonly onEdit = this.edits.event
  private readonly context: ExtensionContext
  private readonly log: LogOutputChannel
  private readonly watcher = workspace.createFileSystemWatcher('**/*')
  private client: LanguageClient | null = null
  private process: ChildProcess | null = null
  /** Number of restarts; a start that began before the latest one is discarded. */
  private generation = 0
  private starting: Promise<LanguageClient> | null = null
  private crashes: number[] = []
  private runModel: ModelRunner | null = null
  private serial = 0

  constructor(context: ExtensionContext, log: LogOutputChannel) {
    this.context = context
    this.log = log
    context.subscriptions.push(
      workspace.onDidChangeWorkspaceFolders(() => void this.restart()),
      workspace.onDidGrantWorkspaceTrust(() => void this.restart()),
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('fovea.index')) void this.restart()
      }),
      this.watcher,
    )
  }

  async close(): Promise<void> {
    const { client } = this
    this.client = null
    this.generation++
    const child = this.process
    await client?.dispose().catch(() => {})
    // It exits by itself unless it hangs.
    child?.kill()
  }

  /** Sets how models of the editor are run for the server. */
  runModelsWith(runModel: ModelRunner): void {
    this.runModel = runModel
  }

  start(): Promise<LanguageClient> {
    const { generation } = this
    this.starting ??= this.open().catch((error: unknown) => {
      this.log.error(error instanceof Error ? error : String(error))
      if (generation === this.generation) {
        this.starting = null
        this.setServer('stopped')
      }
      throw error
    })
    return this.starting
  }

  async restart(): Promise<void> {
    this.crashes = []
    this.setServer('starting')
    this.starting = null
    await this.close()
    await this.start().catch(() => {})
  }

  async request<M extends keyof ClientRequests>(
    method: M,
    params: ClientRequests[M][0],
    token: CancellationToken = NEVER,
    onPart?: (part: AnswerPart) => void,
  ): Promise<ClientRequests[M][1]> {
    await this.waitWhileRestarting()
    if (this.server === 'stopped')
      throw new Error(l10n.t('The Fovea server has stopped: restart it with the command Fovea: Restart Server.'))
    const client = await this.start()
    const { ProgressType } = await library()
    const partialResultToken = `fovea-${++this.serial}`
    const progress = onPart && client.onProgress(new ProgressType<AnswerPart>(), partialResultToken, onPart)
    try {
      return await client.sendRequest(method, onPart ? { ...params, partialResultToken } : params, token)
    } catch (error) {
      throw LOST.has(codeOf(error))
        ? new Error(l10n.t('The Fovea server stopped during the request: try again.'))
        : error
    } finally {
      progress?.dispose()
    }
  }

  /** Resolves once a server that is being restarted is running or stopped. */
  private waitWhileRestarting(): Promise<void> {
    if (this.server !== 'restarting') return Promise.resolve()
    return new Promise((resolve) => {
      const listener = this.onState(() => {
        if (this.server === 'restarting') return
        listener.dispose()
        resolve()
      })
    })
  }

  private options(): ServerOptions {
    const folders = workspace.workspaceFolders ?? []
    return {
      roots: folders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath),
      storage: this.context.storageUri?.fsPath ?? null,
      trusted: workspace.isTrusted,
      uri: workspace.getConfiguration('fovea').get('index.uri', '').trim() || null,
      processes: workspace.getConfiguration('fovea').get('index.processes', 0),
      paused: this.context.workspaceState.get('paused', false),
    }
  }

  private async open(): Promise<LanguageClient> {
    // Loaded only now: the library would take most of the activation time.
    const { generation } = this
    const { CloseAction, ErrorAction, LanguageClient, State } = await library()
    if (generation !== this.generation) throw new Error(l10n.t('The Fovea server is restarting: try again.'))
    const client = new LanguageClient('fovea', 'Fovea', () => this.spawn(), {
      documentSelector: [{ scheme: 'file' }],
      outputChannel: this.log,
      initializationOptions: () => this.options(),
      synchronize: { fileEvents: this.watcher },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: async () => {
          const restart = await this.shouldRestart(client)
          return { action: restart ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true }
        },
      },
    })
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running && client === this.client) this.setServer('running')
    })
    this.listen(client)
    this.client = client
    await pause()
    await client.start().catch(async (error: unknown) => {
      // After a crash during the start the error handler above may start it again.
      await new Promise((resolve) => setTimeout(resolve, EXIT_NOTICE_MS))
      await this.waitWhileRestarting()
      if (this.server !== 'running') throw error
    })
    return client
  }

  /** Forks the server. The library's own way copies the environment variable by variable, which takes long. */
  private async spawn(): Promise<MessageTransports> {
    const { IPCMessageReader, IPCMessageWriter } = await library()
    const args = ['--node-ipc', `--clientProcessId=${process.pid}`]
    const env = { ...ALLOCATOR, ...process.env }
    const execArgv = this.context.extensionMode === ExtensionMode.Development ? [INSPECT] : undefined
    const child = fork(this.context.asAbsolutePath('dist/server.js'), args, { silent: true, env, execArgv })
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => this.log.info(String(data).trimEnd()))
    this.process = child
    return { reader: new IPCMessageReader(child), writer: new IPCMessageWriter(child) }
  }

  private listen(client: LanguageClient): void {
    const on = <M extends keyof ServerNotices>(method: M, handler: (params: ServerNotices[M]) => void) =>
      client.onNotification(method, (params: ServerNotices[M]) => {
        if (client === this.client) handler(params)
      })
    on('fovea/state', (state) => {
      this.index = state
      this.changes.fire()
    })
    on('fovea/changed', () => this.contents.fire())
    on('fovea/edited', () => this.edits.fire())
    on('fovea/log', ({ level, text }) => this.log[level](text))
    client.onRequest('lm/complete', async (params: ServerRequests['lm/complete'][0], token: CancellationToken) => {
      await this.runModel?.(params, token, (notice) => void client.sendNotification('lm/text', notice))
      return {}
    })
  }

  /** Records a crash and waits before the next start; false when the server crashed too often. */
  private async shouldRestart(client: LanguageClient): Promise<boolean> {
    if (client !== this.client) return false
    const now = Date.now()
    this.crashes = [...this.crashes.filter((at) => now - at < CRASH_WINDOW_MS), now]
    this.log.error(`The server process ended unexpectedly (${this.crashes.length} of ${MAX_CRASHES}).`)
    if (this.crashes.length >= MAX_CRASHES) {
      this.setServer('stopped')
      return false
    }
    this.setServer('restarting')
    await new Promise((resolve) => setTimeout(resolve, BACKOFF_MS * 2 ** (this.crashes.length - 1)))
    return client === this.client
  }

  private setServer(state: ServerState): void {
    this.server = state
    if (state !== 'running') this.index = { ...UNKNOWN, restricted: !workspace.isTrusted }
    this.changes.fire()
  }
}

/** In its own bundle, so that activating the extension does not read it. */
const library = async (): Promise<Library> => (await import('./library.ts')).loadLibrary()

/** The message a user reads for a failed request. */
export function messageOf(error: unknown): string {
  return plain(error instanceof Error ? error.message : String(error))
}

/** Yields to other work on the extension host's thread. */
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** Disarms Markdown links: a notification would make `[text](command:…)` from a repository or an endpoint clickable. */
export const plain = (text: string): string => text.replaceAll('](', '] (')
