/**
 * The chat view: shows the threads of this workspace, sends questions to the server, streams the answer to the webview
 * and handles its messages. The server stores the threads; a question that never reached it is kept here to be retried.
 */
import {
  CancellationTokenSource,
  commands,
  type ExtensionContext,
  env,
  l10n,
  Uri,
  type Webview,
  type WebviewView,
  type WebviewViewProvider,
  window,
  workspace,
} from 'vscode'
import type { Context } from '../engine/types/pack.ts'
import type { Mention, Thread, ThreadSummary, Turn } from '../engine/types/thread.ts'
import type { ChatMessage, ChatState, ToChat } from '../protocol/messages.ts'
import type { AskParams } from '../protocol/requests.ts'
import { type Connection, messageOf } from './connection.ts'
import type { ModelSettings } from './models.ts'
import { preparePage, readMessage } from './page.ts'
import { openPlace, selectionMention } from './places.ts'
import type { ShownContext } from './shown-context.ts'

/** Key of the current thread's id in the workspace state. */
const THREAD_KEY = 'thread'

/** A question being answered, with the text received so far. */
type Asking = NonNullable<ChatState['asking']> & { readonly stop: CancellationTokenSource; text: string }

export class ChatView implements WebviewViewProvider {
  private readonly context: ExtensionContext
  private readonly connection: Connection
  private readonly models: ModelSettings
  private readonly shownContext: ShownContext
  private view: WebviewView | null = null
  private thread: Thread | null = null
  private threads: readonly ThreadSummary[] = []
  private asking: Asking | null = null
  private model: string | null = null
  private examples: readonly string[] = []
  /** A prefilled question to send once the page has loaded. */
  private prefill: ToChat | null = null
  private loaded = false
  private wasRunning = false

  constructor(context: ExtensionContext, connection: Connection, models: ModelSettings, shownContext: ShownContext) {
    this.context = context
    this.connection = connection
    this.models = models
    this.shownContext = shownContext
    context.subscriptions.push(
      connection.onState(() => this.follow()),
      connection.onContent(() => void this.suggest()),
      models.onChange(() => void this.refresh()),
      shownContext.onBudget(() => this.post()),
    )
  }

  resolveWebviewView(view: WebviewView): void {
    this.view = view
    preparePage(this.context, view.webview, 'chat', l10n.t('Chat'))
    view.webview.onDidReceiveMessage((message: unknown) => void this.receive(view.webview, message))
    view.onDidDispose(() => {
      this.view = null
    })
  }

  private follow(): void {
    const isRunning = this.connection.server === 'running'
    if (isRunning && !this.wasRunning) void this.refresh()
    this.wasRunning = isRunning
    this.post()
  }

  /** Shows the view with a question in its composer, ready to edit. */
  async compose(question: string, mentions: readonly Mention[]): Promise<void> {
    this.prefill = { type: 'prefill', question, mentions }
    await commands.executeCommand('fovea.chat.focus')
    if (this.loaded) this.sendPrefill()
  }

  async newThread(): Promise<void> {
    this.cancelAnswer()
    this.thread = null
    await this.context.workspaceState.update(THREAD_KEY, undefined)
    this.shownContext.clear()
    this.post()
    await this.suggest()
  }

  /** Cancels the answer in progress: it belongs to the thread that is shown. */
  private cancelAnswer(): void {
    this.asking?.stop.cancel()
    this.asking = null
  }

  private sendPrefill(): void {
    if (this.prefill) void this.view?.webview.postMessage(this.prefill)
    this.prefill = null
  }

  private async receive(webview: Webview, message: unknown): Promise<void> {
    const read = await readMessage('chat', message)
    if (!read) return
    this.act(read, webview).catch((error: unknown) => void window.showErrorMessage(messageOf(error)))
  }

  private async act(message: ChatMessage, webview: Webview): Promise<unknown> {
    const { connection } = this
    const reply = (answer: ToChat) => webview.postMessage(answer)
    switch (message.type) {
      case 'ready':
        this.loaded = true
        this.post()
        if (this.asking?.text) void reply({ type: 'text', text: this.asking.text })
        await this.reopen()
        return this.sendPrefill()
      case 'ask':
        return this.ask(message.question, message.mentions, message.replaces)
      case 'stop':
        return this.asking?.stop.cancel()
      case 'new thread':
        return this.newThread()
      case 'open thread':
        return this.openThread(message.id)
      case 'forget thread':
        if (this.thread?.id === message.id) await this.newThread()
        await connection.request('fovea/forget', { id: message.id })
        return this.refresh()
      case 'complete': {
        const { kind, prefix, seq } = message
        return reply({
          type: 'completions',
          seq,
          items: await connection.request('fovea/suggestNames', { kind, prefix }),
        })
      }
      case 'selection':
        return reply({ type: 'selection', seq: message.seq, mention: await selectionMention(connection) })
      case 'open':
        return openPlace(connection, message.path, message.firstLine, message.lastLine)
      case 'link':
        return /^(https?|mailto):/i.test(message.url) && env.openExternal(Uri.parse(message.url, true))
      case 'copy':
        return env.clipboard.writeText(message.text)
      case 'insert':
        return insert(message.text)
      case 'feedback':
        return this.rate(message.turn, message.value)
      case 'show context':
        return this.showContext(message.turn)
      default:
        return commands.executeCommand(COMMANDS[message.type])
    }
  }

  private async ask(question: string, mentions: readonly Mention[], replaces: string | null): Promise<void> {
    this.asking?.stop.cancel()
    const stop = new CancellationTokenSource()
    const asking = { question, mentions, replaces, stop, text: '' }
    this.asking = asking
    this.post()
    try {
      const { overrides, budget, mode } = this.shownContext
      const model = await this.models.choice()
      const params = {
        ...{ thread: this.thread?.id || null, replaces, question, mentions, budget, overrides, model },
        ...{ roles: await this.models.roles(), ...askingSettings(), ...(mode !== 'auto' && { mode }) },
      }
      const { thread, turn } = await this.connection.request('fovea/ask', params, stop.token, (part) => {
        if (this.asking !== asking) return
        asking.text = part.again === undefined ? asking.text + part.text : part.text
        void this.view?.webview.postMessage({ type: 'text', ...part } satisfies ToChat)
      })
      if (this.asking !== asking) return
      this.thread = thread
      await this.context.workspaceState.update(THREAD_KEY, thread.id)
      if (turn.answer) this.shownContext.showTurn(turn)
    } catch (error) {
      // The server stopped or never started: the question stays in the thread to be retried.
      if (this.asking === asking) this.fail(question, mentions, replaces, messageOf(error))
    } finally {
      if (this.asking === asking) this.asking = null
      this.post()
      void this.refresh()
    }
  }

  private fail(question: string, mentions: readonly Mention[], replaces: string | null, error: string): void {
    const thread = this.thread ?? { id: '', title: question, at: Date.now(), turns: [] }
    const at = thread.turns.findIndex(({ id }) => id === replaces)
    const turn: Turn = {
      ...{ id: `failed-${Date.now()}`, question, mentions, budget: this.shownContext.budget, overrides: [] },
      ...{ answer: null, error, feedback: null, nextQuestions: [] },
    }
    this.thread = { ...thread, turns: [...(at < 0 ? thread.turns : thread.turns.slice(0, at)), turn] }
  }

  private async reopen(): Promise<void> {
    const id = this.context.workspaceState.get<string>(THREAD_KEY)
    if (id && !this.thread) await this.openThread(id).catch(() => {})
    await this.refresh()
  }

  private async openThread(id: string): Promise<void> {
    this.cancelAnswer()
    const thread = await this.connection.request('fovea/thread', { id })
    // A question was asked meanwhile.
    if (this.asking) return
    this.thread = thread
    await this.context.workspaceState.update(THREAD_KEY, this.thread?.id)
    const last = this.thread?.turns.findLast(({ answer }) => answer)
    if (last) this.shownContext.showTurn(last)
    else this.shownContext.clear()
    this.post()
  }

  private async showContext(turn: string): Promise<void> {
    const found = this.thread?.turns.find(({ id }) => id === turn)
    if (found) this.shownContext.showTurn(found)
    await commands.executeCommand('fovea.context.focus')
  }

  private async rate(turn: string, value: Turn['feedback']): Promise<void> {
    if (!this.thread) return
    const turns = this.thread.turns.map((one) => (one.id === turn ? { ...one, feedback: value } : one))
    this.thread = { ...this.thread, turns }
    this.post()
    await this.connection.request('fovea/feedback', { thread: this.thread.id, turn, value })
  }

  async exportThread(): Promise<void> {
    const id = this.thread?.id
    const text = id && (await this.connection.request('fovea/export', { id })).text
    if (!text) {
      void window.showWarningMessage(l10n.t('There is no conversation to export: ask something first.'))
      return
    }
    const document = await workspace.openTextDocument({ language: 'markdown', content: text })
    await window.showTextDocument(document)
  }

  /** Fetches the model's name, the list of threads and the example questions. */
  private async refresh(): Promise<void> {
    this.model = await this.models.name().catch(() => null)
    const { connection } = this
    if (connection.server === 'running') {
      this.threads = await connection.request('fovea/threads', {}).catch(() => this.threads)
      await this.suggest()
    }
    this.post()
  }

  /** Fetches example questions for an empty thread. */
  private async suggest(): Promise<void> {
    const { connection } = this
    if (this.thread || !this.view || connection.index.files === 0) return
    this.examples = await connection.request('fovea/examples', {}).catch(() => this.examples)
    this.post()
  }

  private post(): void {
    if (!this.view) return
    const { asking, shownContext, connection } = this
    const state: ChatState = {
      server: connection.server,
      index: connection.index,
      thread: this.thread && { ...this.thread, turns: this.thread.turns.map(withoutContext) },
      threads: this.threads,
      asking: asking && { question: asking.question, mentions: asking.mentions, replaces: asking.replaces },
      model: this.model,
      budget: shownContext.budget,
      examples: this.examples,
      untrusted: !workspace.isTrusted,
    }
    void this.view.webview.postMessage({ type: 'state', state } satisfies ToChat)
  }
}

/** The settings that say how a question is answered. */
export function askingSettings(): Pick<AskParams, 'suggest' | 'search'> {
  const settings = workspace.getConfiguration('fovea')
  const isOn = (name: string) => settings.get(name) === true
  return { suggest: isOn('nextQuestions'), search: { expand: isOn('search.expand'), rerank: isOn('search.rerank') } }
}

const COMMANDS = {
  'pick model': 'fovea.pickModel',
  'set up model': 'fovea.setUpModel',
  'open folder': 'workbench.action.files.openFolder',
  resume: 'fovea.resume',
  restart: 'fovea.restartServer',
  trust: 'workbench.trust.manage',
} as const

const NO_CONTEXT: Context = { query: '', hits: [], packs: [], notes: [], ms: 0 }

/** Without context and prompt, which the chat does not show and which need not be sent with each state. */
function withoutContext(turn: Turn): Turn {
  const { answer } = turn
  if (!answer) return turn
  const bare = answer.mode === 'model' ? { ...answer, prompt: [] } : answer
  return { ...turn, answer: { ...bare, context: { ...NO_CONTEXT, notes: answer.context.notes } } }
}

/** Inserts text at the cursors of the active editor. */
async function insert(text: string): Promise<void> {
  const editor = window.activeTextEditor ?? window.visibleTextEditors[0]
  if (!editor) {
    void window.showWarningMessage(l10n.t('Open a file to insert the code into.'))
    return
  }
  const isInserted = await editor.edit((edit) => {
    for (const selection of editor.selections) edit.replace(selection, text)
  })
  if (!isInserted) void window.showWarningMessage(l10n.t('The code cannot be inserted: the file may be read-only.'))
}
