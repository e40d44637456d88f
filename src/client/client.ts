/**
 * Entry of the VS Code extension: wires up views, commands and providers when a window opens. The client only
 * translates between the editor and the engine, which runs in the server's process.
 */
import { type ExtensionContext, window } from 'vscode'
import { ChatView } from './chat.ts'
import { registerProvider } from './chat-model-provider.ts'
import { registerCommands } from './commands.ts'
import { Connection } from './connection.ts'
import { ContextView } from './context.ts'
import { IndexDetailsDocument } from './details.ts'
import { ExplainPanel } from './explain.ts'
import { GeneratePanel } from './generate.ts'
import { RepoMap } from './map.ts'
import { ModelSettings } from './models.ts'
import { registerParticipant } from './participant.ts'
import { PromptDocuments } from './prompts.ts'
import { ShownContext } from './shown-context.ts'
import { showStatus } from './status.ts'
import { registerMcp, registerTools } from './tools.ts'

/** What the extension exports, for tests and benchmarks. */
export interface Api {
  /** How long activation blocked the extension host's thread. */
  readonly activationMs: number
}

let running: Connection | null = null

export function activate(context: ExtensionContext): Api {
  const start = performance.now()
  const log = window.createOutputChannel('Fovea', { log: true })
  const connection = new Connection(context, log)
  running = connection
  const models = new ModelSettings(context)
  const prompts = new PromptDocuments(context)
  const shownContext = new ShownContext(connection)
  const contextView = new ContextView(context, connection, prompts, shownContext)
  const chat = new ChatView(context, connection, models, shownContext)
  const map = new RepoMap(context, connection)
  // Hidden views stay alive: recreating them would lose the scroll position and the focus.
  const options = { webviewOptions: { retainContextWhenHidden: true } }
  context.subscriptions.push(
    log,
    shownContext.followBudget(),
    showStatus(connection),
    window.registerWebviewViewProvider('fovea.chat', chat, options),
    window.registerWebviewViewProvider('fovea.context', contextView, options),
    window.registerTreeDataProvider('fovea.map', map),
  )
  const explain = new ExplainPanel(context, { connection, models, shownContext, prompts })
  const generate = new GeneratePanel(context, connection, models)
  const details = new IndexDetailsDocument(context, connection)
  registerCommands(context, { connection, models, chat, shownContext, log, details, explain, generate })
  registerParticipant(context, connection, models, shownContext)
  registerTools(context, connection)
  registerMcp(context)
  connection.runModelsWith(models.answer)
  registerProvider(context, connection, models).catch((error: unknown) => log.error(String(error)))
  // The server starts only when the window is up.
  setTimeout(() => void connection.start().catch(() => {}), 0)
  return { activationMs: performance.now() - start }
}

export function deactivate(): Promise<void> | undefined {
  return running?.close()
}
