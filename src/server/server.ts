/** Entry of the language server, which hosts the engine in its own process. Translates messages; `Session` decides. */
import { fileURLToPath } from 'node:url'
import {
  type CancellationToken,
  CancellationTokenSource,
  type Connection,
  createConnection,
  ErrorCodes,
  FileChangeType,
  type FileEvent,
  type ProgressToken,
  ProgressType,
  ProposedFeatures,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { explanationMarkdown, threadMarkdown } from '../engine/engine.ts'
import { EngineError } from '../engine/types/run.ts'
import { deleteJournal, exportJournal } from '../host/journal.ts'
import type { AnswerPart, ClientRequests, ServerNotices, ServerOptions } from '../protocol/requests.ts'
import { batchParts } from './answer-parts.ts'
import { Session } from './session.ts'

const connection = createConnection(ProposedFeatures.all)
const documents = new TextDocuments(TextDocument)
const PART_PROGRESS = new ProgressType<AnswerPart>()
let session: Session | null = null

connection.onInitialize(({ initializationOptions }) => {
  session = new Session(initializationOptions as ServerOptions, {
    notify: (method, params) => void connection.sendNotification(method, params),
    warn: (sentence) => void connection.window.showWarningMessage(sentence),
    complete: (request, id, messages, signal) => completeInEditor(connection, { request, id, messages }, signal),
  })
  return {
    capabilities: { textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true } },
  }
})
connection.onInitialized(() => void session?.index.open())
connection.onShutdown(async () => session?.index.close())

/** The path of a file URI; null for any other URI. */
function fileOf(uri: string): string | null {
  try {
    return fileURLToPath(uri)
  } catch {
    return null
  }
}
documents.onDidOpen(({ document }) =>
  session?.index.texts.onShown(fileOf(document.uri), document.getText(), document.version),
)
documents.onDidChangeContent(({ document }) =>
  session?.index.texts.onShown(fileOf(document.uri), document.getText(), document.version),
)
documents.onDidSave(({ document }) => session?.index.texts.onSettled(fileOf(document.uri)))
documents.onDidClose(({ document }) => session?.index.texts.onSettled(fileOf(document.uri)))
documents.listen(connection)
connection.onDidChangeWatchedFiles(({ changes }) => {
  // git writes its index on every status, so only HEAD and its log count there: a branch switch writes them.
  const isRelevant = ({ uri }: FileEvent) => !uri.includes('/.git/') || /\/\.git\/(logs\/)?HEAD$/.test(uri)
  for (const change of changes.filter(isRelevant)) {
    const file = change.type === FileChangeType.Changed && !change.uri.includes('/.git/') ? fileOf(change.uri) : null
    if (file) void session?.index.texts.onWritten(file)
    else session?.index.fileChanged()
  }
})
connection.onNotification('lm/text', ({ request, text }: { request: number; text: string }) =>
  session?.models.onText(request, text),
)

type Params<M extends keyof ClientRequests> = ClientRequests[M][0]
type Result<M extends keyof ClientRequests> = ClientRequests[M][1]
type Handler<M extends keyof ClientRequests> = (
  session: Session,
  params: Params<M>,
  signal: AbortSignal,
  onPart: (part: AnswerPart) => void,
) => Promise<Result<M>>

function handle<M extends keyof ClientRequests>(method: M, handler: Handler<M>): void {
  const onRequest = async (
    params: Params<M> & { readonly partialResultToken?: ProgressToken },
    token: CancellationToken,
  ): Promise<unknown> => {
    const controller = new AbortController()
    const cancellation = token.onCancellationRequested(() => controller.abort())
    // The request may have been cancelled before it arrived.
    if (token.isCancellationRequested) controller.abort()
    try {
      const { partialResultToken } = params
      if (!session) throw new EngineError('internal', 'The server is not ready yet: try again in a moment.')
      const { push, flush } = batchParts((part) => {
        if (partialResultToken !== undefined) void connection.sendProgress(PART_PROGRESS, partialResultToken, part)
      })
      return await handler(session, params, controller.signal, push).finally(flush)
    } catch (error) {
      // An EngineError is a sentence for the user; anything else is a bug and is logged.
      if (error instanceof EngineError) throw new ResponseError(ErrorCodes.InvalidRequest, error.message)
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      if (!controller.signal.aborted) notify('fovea/log', { level: 'error', text: `${method}: ${text}` })
      throw new ResponseError(ErrorCodes.InternalError, 'Something went wrong inside Fovea: see the log.')
    } finally {
      cancellation.dispose()
    }
  }
  connection.onRequest(method as string, onRequest)
}

function notify<M extends keyof ServerNotices>(method: M, params: ServerNotices[M]): void {
  void connection.sendNotification(method, params)
}

async function completeInEditor(client: Connection, params: object, signal: AbortSignal): Promise<void> {
  const cancellation = new CancellationTokenSource()
  const cancel = () => cancellation.cancel()
  signal.throwIfAborted()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    await client.sendRequest('lm/complete', params, cancellation.token)
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

handle('fovea/index', (s, { how }) => s.index.controlIndexing(how))
handle('fovea/details', (s) => s.index.details())
handle('fovea/context', (s, params, signal) => s.context(params, signal))
handle('fovea/ask', (s, params, signal, onPart) => s.ask(params, signal, onPart))
handle('fovea/explain', (s, params, signal, onPart) => s.explain(params, signal, onPart))
handle('fovea/generatePlan', (s, params, signal, onPart) => s.plan(params, signal, onPart))
handle('fovea/generate', (s, params, signal, onPart) => s.generate(params, signal, onPart))
handle('fovea/generateResume', (s, { journalId }) => s.generateRuns.resume(journalId))
handle('fovea/generateList', (s) => s.generateRuns.runs())
handle('fovea/generateForget', async (_, { journalId }) => {
  await deleteJournal(journalId)
  return {}
})
handle('fovea/generateExport', async (_, { journalId }) => ({ text: await exportJournal(journalId) }))
handle('fovea/generateAccept', (s, params) => s.generateRuns.accept(params))
handle('fovea/generateUndo', (s, params) => s.generateRuns.undo(params))
handle('fovea/report', async (_, { explanation }) => ({ text: explanationMarkdown(explanation) }))
handle('fovea/threads', (s) => s.threads.list())
handle('fovea/thread', (s, { id }) => s.threads.load(id))
handle('fovea/export', async (s, { id }) => {
  const thread = await s.threads.load(id)
  return { text: thread && threadMarkdown(thread) }
})
handle('fovea/forgetInterests', async (s) => {
  await s.interests.forget()
  return {}
})
handle('fovea/forget', async (s, { id }) => {
  await s.threads.forget(id)
  return {}
})
handle('fovea/feedback', (s, params) => s.feedback(params))
handle('fovea/locate', async (s, { path }) => ({ file: await s.index.locate(path) }))
handle('fovea/path', async (s, { file }) => ({ path: await s.index.pathOf(file) }))
handle('fovea/topics', (s) => s.index.engine.then((engine) => engine.topics()))
handle('fovea/children', (s, { id }) => s.index.engine.then((engine) => engine.mapChildren(id)))
handle('fovea/areas', (s) => s.index.engine.then((engine) => engine.treemapAreas()))
handle('fovea/tool', (s, { name, input }, signal) => s.tool(name, input, signal))
handle('fovea/suggestNames', (s, { kind, prefix }) =>
  s.index.engine.then((engine) => engine.suggestNames(kind, prefix)),
)
handle('fovea/examples', (s) => s.index.engine.then((engine) => engine.exampleQuestions()))
handle('fovea/stale', (s, { blocks }) => s.index.staleBlockIds(blocks))
handle('fovea/models', (s, endpoint, signal) => s.listModels(endpoint, signal))
handle('fovea/tryModel', (s, endpoint, signal) => s.tryModel(endpoint, signal))
handle('fovea/complete', (s, params, signal, onPart) => s.completeRaw(params, signal, onPart))

connection.listen()
