/** *Explain Across Files*: the editor tab that shows an explanation as it arrives, and what can be explained. */
import {
  CancellationTokenSource,
  CodeAction,
  CodeActionKind,
  commands,
  type Diagnostic,
  type ExtensionContext,
  env,
  l10n,
  languages,
  type TextDocument,
  Uri,
  ViewColumn,
  type WebviewPanel,
  window,
  workspace,
} from 'vscode'
import type { AspectName, ExplainTarget, Explanation } from '../engine/types/explanation.ts'
import { EXPLAIN_BUDGET_TOKENS } from '../engine/types/query.ts'
import type { ExplainMessage, ExplainState, ToExplain } from '../protocol/messages.ts'
import type { MapNode } from '../protocol/requests.ts'
import { type Connection, messageOf } from './connection.ts'
import type { ModelSettings } from './models.ts'
import { openTab, readMessage } from './page.ts'
import { openPlace } from './places.ts'
import type { PromptDocuments } from './prompts.ts'
import type { ShownContext } from './shown-context.ts'

const MAX_CLIPBOARD_CHARS = 100_000
const MAX_TITLE_CHARS = 40
const MAX_PROBLEM_CHARS = 200

interface Services {
  readonly connection: Connection
  readonly models: ModelSettings
  readonly shownContext: ShownContext
  readonly prompts: PromptDocuments
}

export class ExplainPanel {
  private readonly context: ExtensionContext
  private readonly connection: Connection
  private readonly models: ModelSettings
  private readonly shownContext: ShownContext
  private readonly prompts: PromptDocuments
  private panel: WebviewPanel | null = null
  private target: ExplainTarget | null = null
  private explanation: Explanation | null = null
  private writing: readonly AspectName[] = []
  private error: string | null = null
  private stale = false
  private working: CancellationTokenSource | null = null

  constructor(context: ExtensionContext, { connection, models, shownContext, prompts }: Services) {
    this.context = context
    this.connection = connection
    this.models = models
    this.shownContext = shownContext
    this.prompts = prompts
    context.subscriptions.push(
      connection.onState(() => this.post()),
      connection.onEdit(() => this.markStale()),
      languages.registerCodeActionsProvider(
        { scheme: 'file' },
        { provideCodeActions: actionsFor },
        {
          providedCodeActionKinds: [CodeActionKind.QuickFix],
        },
      ),
    )
  }

  /** Shows the tab at once and fills it as facts and aspects arrive; cancels an earlier request. */
  async explain(target: ExplainTarget): Promise<void> {
    this.working?.cancel()
    const stop = new CancellationTokenSource()
    this.working = stop
    this.target = target
    this.explanation = null
    this.writing = []
    this.error = null
    this.stale = false
    this.open()
    this.post()
    try {
      const model = await this.models.choice()
      const params = { target, budget: EXPLAIN_BUDGET_TOKENS, model, roles: await this.models.roles() }
      const explanation = await this.connection.request('fovea/explain', params, stop.token, ({ facts, aspect }) => {
        if (this.working !== stop) return
        if (facts) this.explanation = facts
        if (aspect) this.updateAspect(aspect)
        this.post()
      })
      if (this.working !== stop) return
      this.explanation = explanation
    } catch (error) {
      if (this.working === stop) this.error = messageOf(error)
    } finally {
      if (this.working === stop) this.working = null
      if (!this.working) this.writing = []
      this.post()
    }
  }

  private updateAspect({ name, state, text }: { name: AspectName; state: 'running' | 'done'; text: string }): void {
    this.writing = [...this.writing.filter((one) => one !== name), ...(state === 'running' ? [name] : [])]
    if (state === 'running' || !this.explanation) return
    const aspects = this.explanation.aspects.map((one) => (one.name === name ? { ...one, text } : one))
    this.explanation = { ...this.explanation, aspects }
  }

  private open(): void {
    const title = titleOf(this.target?.text || (this.target?.place?.path ?? ''))
    if (this.panel) {
      this.panel.title = title
      this.panel.reveal(undefined, true)
      return
    }
    const close = () => {
      this.working?.cancel()
      this.working = null
      this.panel = null
    }
    const receive = (message: unknown) => void this.receive(message)
    const tab = { label: title, title: l10n.t('Explain Across Files'), at: ViewColumn.Beside }
    this.panel = openTab(this.context, 'explain', tab, { receive, close })
  }

  private async receive(message: unknown): Promise<void> {
    const read = await readMessage('explain', message)
    if (!read) return
    this.act(read).catch((error: unknown) => void window.showErrorMessage(messageOf(error)))
  }

  private async act(message: ExplainMessage): Promise<unknown> {
    const { explanation, target } = this
    switch (message.type) {
      case 'ready':
        return this.post()
      case 'open':
        return openPlace(this.connection, message.path, message.firstLine, message.lastLine)
      case 'explain': {
        const { path, firstLine, lastLine, label } = message
        return this.explain({ text: label, place: { path, firstLine, lastLine } })
      }
      case 'again':
        return target && this.explain(target)
      case 'stop':
        return this.working?.cancel()
      case 'copy':
        return explanation && env.clipboard.writeText(await this.markdown(explanation))
      case 'save': {
        if (!explanation) return
        const document = await workspace.openTextDocument({
          language: 'markdown',
          content: await this.markdown(explanation),
        })
        return window.showTextDocument(document)
      }
      case 'as sent':
        return this.prompts.show(explanation?.prompt ?? [], true)
      case 'show context':
        if (explanation?.context) this.shownContext.showSent(explanation.context, explanation.prompt)
        return commands.executeCommand('fovea.context.focus')
      case 'set up model':
        return commands.executeCommand('fovea.setUpModel')
    }
  }

  private async markdown(explanation: Explanation): Promise<string> {
    return (await this.connection.request('fovea/report', { explanation })).text
  }

  /** Marks the explanation stale after an edit, until it is created again. */
  private markStale(): void {
    if (this.stale || !this.explanation || this.working) return
    this.stale = true
    this.post()
  }

  private post(): void {
    if (!this.panel) return
    const { explanation, target } = this
    if (explanation) this.panel.title = titleOf(explanation.title)
    const state: ExplainState = {
      server: this.connection.server,
      title: explanation?.title ?? target?.text ?? '',
      // The citations carry what the page needs, so context and prompt are not sent with each state.
      explanation: explanation && { ...explanation, context: null, prompt: [] },
      ...{ writing: this.writing, working: this.working !== null, error: this.error, stale: this.stale },
    }
    void this.panel.webview.postMessage({ type: 'state', state } satisfies ToExplain)
  }
}

function titleOf(text: string): string {
  const line = text.split('\n')[0] ?? ''
  return l10n.t('Explain: {0}', line.length > MAX_TITLE_CHARS ? `${line.slice(0, MAX_TITLE_CHARS)}…` : line)
}

/** What a command's argument (a file, a node of the map) refers to; without one, the editor's selection or an input. */
export async function targetOf(connection: Connection, argument: unknown): Promise<ExplainTarget | null> {
  if (argument instanceof Uri) return placeTarget(connection, argument, 0, 0)
  if (isNode(argument)) {
    const { path, firstLine, lastLine, label } = argument
    return path ? { text: label, place: { path, firstLine, lastLine } } : { text: label, place: null }
  }
  const editor = window.activeTextEditor
  if (editor?.document.uri.scheme === 'file') {
    const { start, end, isEmpty } = editor.selection
    const lastLine = !isEmpty && end.character === 0 && end.line > start.line ? end.line : end.line + 1
    const target = await placeTarget(connection, editor.document.uri, start.line + 1, lastLine)
    if (target) return target
  }
  const text = await window.showInputBox({
    title: l10n.t('Explain Across Files'),
    prompt: l10n.t('A symbol, a path, path:line, or a question'),
  })
  return text ? { text, place: null } : null
}

function isNode(argument: unknown): argument is MapNode {
  return typeof argument === 'object' && argument !== null && 'label' in argument && 'path' in argument
}

async function placeTarget(
  connection: Connection,
  uri: Uri,
  firstLine: number,
  lastLine: number,
): Promise<ExplainTarget | null> {
  const { path } = await connection.request('fovea/path', { file: uri.fsPath })
  return path === null ? null : { text: '', place: { path, firstLine, lastLine } }
}

/** The text on the clipboard, which may be a stack trace; null when it is empty. */
export async function clipboardTarget(): Promise<ExplainTarget | null> {
  const text = (await env.clipboard.readText()).slice(0, MAX_CLIPBOARD_CHARS)
  if (text.trim()) return { text, place: null }
  void window.showWarningMessage(l10n.t('The clipboard is empty: copy a stack trace first.'))
  return null
}

/** Offers a quick fix that explains the code around a problem. */
function actionsFor(
  document: TextDocument,
  _range: unknown,
  context: { readonly diagnostics: readonly Diagnostic[] },
): CodeAction[] {
  return context.diagnostics.slice(0, 1).map((diagnostic) => {
    const title = l10n.t('Explain Across Files')
    const action = new CodeAction(title, CodeActionKind.QuickFix)
    action.diagnostics = [diagnostic]
    action.command = {
      command: 'fovea.explainProblem',
      title,
      arguments: [document.uri, diagnostic.message, diagnostic.range.start.line + 1],
    }
    return action
  })
}

export async function problemTarget(
  connection: Connection,
  [uri, message, line]: readonly unknown[],
): Promise<ExplainTarget | null> {
  if (!(uri instanceof Uri) || typeof message !== 'string' || typeof line !== 'number') return null
  const target = await placeTarget(connection, uri, line, line)
  return target && { ...target, text: message.split('\n')[0]!.slice(0, MAX_PROBLEM_CHARS) }
}
