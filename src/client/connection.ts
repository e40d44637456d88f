/** The server's process as the client sees it: started, asked, started again after a crash, with a pause that grows. */
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

/** Always given: an absent token would be sent as a parameter. */
const NEVER = new CancellationTokenSource().token
/** So many crashes within so long stop it for good. */
const CRASHES = 3
const WITHIN_MS = 3 * 60_000
const BACKOFF_MS = 1000
/** Where a debugger finds the server of an extension under development. */
const INSPECT = '--inspect=6009'
/** The end of a process is known a little after the failure of what was asked of it. */
const NOTICE_MS = 50
/** Codes of a request whose connection went away (vscode-jsonrpc: PendingResponseRejected, ConnectionInactive). */
const LOST = new Set<unknown>([-32097, -32096])
const UNKNOWN: IndexState = {
  phase: 'indexing',
  stage: null,
  percent: 0,
  files: 0,
  error: '',
  fallback: '',
  restricted: false,
}

type Answerer = (
  params: ServerRequests['lm/complete'][0],
  token: CancellationToken,
  say: (notice: ClientNotices['lm/text']) => void,
) => Promise<void>

export class Connection {
  server: ServerState = 'starting'
  index: IndexState = UNKNOWN
  private readonly changes = new EventEmitter<void>()
  /** The server's state or the index's progress has changed. */
  readonly onState = this.changes.event
  private readonly contents = new EventEmitter<void>()
  /** What is indexed has changed. */
  readonly onContent = this.contents.event
  private readonly edits = new EventEmitter<void>()
  /** Files or buffers have changed; the index follows. */
  readonly onEdit = this.edits.event
  private readonly context: ExtensionContext
  private readonly log: LogOutputChannel
  private readonly watcher = workspace.createFileSystemWatcher('**/*')
  private client: LanguageClient | null = null
  private process: ChildProcess | null = null
  /** Counts restarts: what began before the last one is void. */
  private generation = 0
  private starting: Promise<LanguageClient> | null = null
  private crashes: number[] = []
  private answerer: Answerer | null = null
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
    // It ends by itself, unless it hangs.
    child?.kill()
  }

  /** Runs the models of the editor for the server. */
  answerWith(answerer: Answerer): void {
    this.answerer = answerer
  }

  start(): Promise<LanguageClient> {
    const { generation } = this
    this.starting ??= this.open().catch((error: unknown) => {
      this.log.error(error instanceof Error ? error : String(error))
      if (generation === this.generation) {
        this.starting = null
        this.become('stopped')
      }
      throw error
    })
    return this.starting
  }

  async restart(): Promise<void> {
    this.crashes = []
    this.become('starting')
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
    await this.settled()
    if (this.server === 'stopped')
      throw new Error(l10n.t('The Fovea server has stopped: restart it with the command Fovea: Restart Server.'))
    const client = await this.start()
    const { ProgressType } = await library()
    const partialResultToken = `fovea-${++this.serial}`
    const hearing = onPart && client.onProgress(new ProgressType<AnswerPart>(), partialResultToken, onPart)
    try {
      return await client.sendRequest(method, onPart ? { ...params, partialResultToken } : params, token)
    } catch (error) {
      throw LOST.has(codeOf(error))
        ? new Error(l10n.t('The Fovea server stopped during the request: try again.'))
        : error
    } finally {
      hearing?.dispose()
    }
  }

  /** Until a server that is being started again runs, or does not. */
  private settled(): Promise<void> {
    if (this.server !== 'restarting') return Promise.resolve()
    return new Promise((resolve) => {
      const listening = this.onState(() => {
        if (this.server === 'restarting') return
        listening.dispose()
        resolve()
      })
    })
  }

  private options(): ServerOptions {
    const folders = workspace.workspaceFolders ?? []
    return {
      roots: folders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath),
      storage: this.context.storageUri?.fsPath ?? '',
      trusted: workspace.isTrusted,
      uri: workspace.getConfiguration('fovea').get('index.uri', ''),
      processes: workspace.getConfiguration('fovea').get('index.processes', 0),
      paused: this.context.workspaceState.get('paused', false),
    }
  }

  private async open(): Promise<LanguageClient> {
    // Only now: the library would take most of the activation's time.
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
          const again = await this.crashed(client)
          return { action: again ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true }
        },
      },
    })
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running && client === this.client) this.become('running')
    })
    this.listen(client)
    this.client = client
    await pause()
    await client.start().catch(async (error: unknown) => {
      // A crash while it starts is followed by another start, if the handler above says so.
      await new Promise((resolve) => setTimeout(resolve, NOTICE_MS))
      await this.settled()
      if (this.server !== 'running') throw error
    })
    return client
  }

  /** The process; the library's own way would copy the environment by hand, which takes long. */
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
    const on = <M extends keyof ServerNotices>(method: M, hear: (params: ServerNotices[M]) => void) =>
      client.onNotification(method, (params: ServerNotices[M]) => {
        if (client === this.client) hear(params)
      })
    on('fovea/state', (state) => {
      this.index = state
      this.changes.fire()
    })
    on('fovea/changed', () => this.contents.fire())
    on('fovea/edited', () => this.edits.fire())
    on('fovea/log', ({ level, text }) => this.log[level](text))
    client.onRequest('lm/complete', async (params: ServerRequests['lm/complete'][0], token: CancellationToken) => {
      await this.answerer?.(params, token, (notice) => void client.sendNotification('lm/text', notice))
      return {}
    })
  }

  /** Waits before the next start; false when it crashed too often. */
  private async crashed(client: LanguageClient): Promise<boolean> {
    if (client !== this.client) return false
    const now = Date.now()
    this.crashes = [...this.crashes.filter((at) => now - at < WITHIN_MS), now]
    this.log.error(`The server process ended unexpectedly (${this.crashes.length} of ${CRASHES}).`)
    if (this.crashes.length >= CRASHES) {
      this.become('stopped')
      return false
    }
    this.become('restarting')
    await new Promise((resolve) => setTimeout(resolve, BACKOFF_MS * 2 ** (this.crashes.length - 1)))
    return client === this.client
  }

  private become(state: ServerState): void {
    this.server = state
    if (state !== 'running') this.index = { ...UNKNOWN, restricted: !workspace.isTrusted }
    this.changes.fire()
  }
}

/** A bundle of its own, so that starting the extension does not even read it. */
const library = async (): Promise<Library> => (await import('./library.ts')).loadLibrary()

/** What a user reads of a failed request. */
export function messageOf(error: unknown): string {
  return plain(error instanceof Error ? error.message : String(error))
}

/** The thread may do something else meanwhile. */
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** A notification would make a link of `[text](command:…)`: what a repository or an endpoint calls things is text. */
export const plain = (text: string): string => text.replaceAll('](', '] (')
