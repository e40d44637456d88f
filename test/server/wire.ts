/** The server process over its real wire, as a client sees it. Contains no tests. */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import {
  CancellationTokenSource,
  createProtocolConnection,
  IPCMessageReader,
  IPCMessageWriter,
  ProgressType,
  type ProtocolConnection,
} from 'vscode-languageserver-protocol/node'
import type {
  AnswerPart,
  AskParams,
  ClientRequests,
  IndexState,
  ModelChoice,
  ServerNotices,
} from '../../src/protocol/requests.ts'
import { untilAfter } from '../children.ts'

export const script = join(import.meta.dirname, '../../dist/server.js')
export const scratch = mkdtempSync(join(tmpdir(), 'fovea-server-'))
after(() => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }))

/** Writes these files to a new folder below `scratch` and returns the folder. */
export function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(scratch, 'tree-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

export interface Opening {
  readonly trusted?: boolean
  readonly paused?: boolean
  readonly storage?: string
  readonly uri?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Wire {
  readonly child: ChildProcess
  readonly connection: ProtocolConnection
  readonly states: readonly IndexState[]
  readonly logLines: readonly string[]
  /** Messages shown to the user. */
  readonly shownMessages: readonly string[]
  request<M extends keyof ClientRequests>(
    method: M,
    params: ClientRequests[M][0],
    onPart?: (part: AnswerPart) => void,
    source?: CancellationTokenSource,
  ): Promise<ClientRequests[M][1]>
  /** Waits until the latest state has this phase, and returns it. */
  until(phase: IndexState['phase']): Promise<IndexState>
  close(): Promise<void>
}

/** Starts the server without initializing it. */
export function startServer(env: Opening['env'] = {}): {
  readonly child: ChildProcess
  readonly connection: ProtocolConnection
} {
  const childEnv = { ...process.env, FOVEA_HOME: join(scratch, 'home'), ...env }
  const child = untilAfter(fork(script, ['--node-ipc'], { env: childEnv, silent: true }))
  const connection = createProtocolConnection(new IPCMessageReader(child), new IPCMessageWriter(child))
  connection.onError(() => {})
  connection.listen()
  after(() => connection.dispose())
  return { child, connection }
}

export async function openServer(roots: readonly string[], opening: Opening = {}): Promise<Wire> {
  const { trusted = true, paused = false, storage = null, uri = null, env } = opening
  const { child, connection } = startServer(env)
  const states: IndexState[] = []
  const logLines: string[] = []
  const shownMessages: string[] = []
  const waiting: { readonly phase: IndexState['phase']; wake(): void; fail(error: Error): void }[] = []
  child.once('exit', () => {
    for (const { phase, fail } of waiting.splice(0)) fail(new Error(`The server ended before it was ${phase}.`))
  })
  // Shows what a hanging test was waiting for.
  after(() => {
    for (const { phase } of waiting) console.log(`Never ${phase}: ${JSON.stringify(states.at(-1))}`)
  })
  connection.onNotification('fovea/state', (state: IndexState) => {
    states.push(state)
    for (const { wake } of waiting.splice(0)) wake()
  })
  connection.onNotification('fovea/log', ({ level, text }: ServerNotices['fovea/log']) => {
    logLines.push(`${level}: ${text}`)
  })
  connection.onNotification('window/showMessage', ({ message }: { message: string }) => {
    shownMessages.push(message)
  })
  connection.onRequest('window/showMessageRequest', ({ message }: { message: string }) => {
    shownMessages.push(message)
    return null
  })
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    initializationOptions: { roots, storage, trusted, paused, uri },
  })
  void connection.sendNotification('initialized', {})
  const until = async (phase: IndexState['phase']) => {
    while (states.at(-1)?.phase !== phase)
      await new Promise<void>((wake, fail) => {
        waiting.push({ phase, wake, fail })
      })
    return states.at(-1)!
  }
  const request = <M extends keyof ClientRequests>(
    method: M,
    params: ClientRequests[M][0],
    onPart?: (part: AnswerPart) => void,
    source = new CancellationTokenSource(),
  ): Promise<ClientRequests[M][1]> => {
    if (!onPart) return connection.sendRequest(method, params, source.token)
    const partialResultToken = `t${Math.random()}`
    connection.onProgress(new ProgressType<AnswerPart>(), partialResultToken, onPart)
    return connection.sendRequest(method, { ...params, partialResultToken }, source.token)
  }
  const close = async () => {
    connection.dispose()
    child.kill()
  }
  return { child, connection, states, logLines, shownMessages, until, request, close }
}

const NONE: ModelChoice = { kind: 'none' }

export function askParams(question: string, more: Partial<AskParams> = {}): AskParams {
  return { thread: null, replaces: null, question, mentions: [], budget: 2000, overrides: [], model: NONE, ...more }
}
