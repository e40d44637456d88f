/** The Context view: shows the context assembled for the last question and applies the user's overrides to it. */
import {
  commands,
  type ExtensionContext,
  env,
  l10n,
  type Webview,
  type WebviewView,
  type WebviewViewProvider,
  window,
} from 'vscode'
import type { Pack } from '../engine/types/pack.ts'
import type { ContextMessage, ContextState, ToContext } from '../protocol/messages.ts'
import type { Area } from '../protocol/requests.ts'
import type { Connection } from './connection.ts'
import { preparePage, readMessage } from './page.ts'
import { openPlace } from './places.ts'
import type { PromptDocuments } from './prompts.ts'
import type { ShownContext } from './shown-context.ts'

/** How long the status bar says that the context was copied. */
const COPIED_MS = 3000

export class ContextView implements WebviewViewProvider {
  private readonly context: ExtensionContext
  private readonly connection: Connection
  private readonly prompts: PromptDocuments
  private readonly shown: ShownContext
  private webview: Webview | null = null
  private areas: readonly Area[] = []
  private clusters: ContextState['clusters'] = []

  constructor(context: ExtensionContext, connection: Connection, prompts: PromptDocuments, shown: ShownContext) {
    this.context = context
    this.connection = connection
    this.prompts = prompts
    this.shown = shown
    context.subscriptions.push(
      shown.onChange(() => this.post()),
      shown.onShow(() => void this.refresh()),
      connection.onState(() => this.post()),
      connection.onContent(() => void this.refresh()),
      connection.onEdit(() => void this.checkStale()),
    )
  }

  resolveWebviewView(view: WebviewView): void {
    this.webview = view.webview
    preparePage(this.context, view.webview, 'context', l10n.t('Context'))
    view.webview.onDidReceiveMessage((message: unknown) => void this.receive(message))
    view.onDidChangeVisibility(() => view.visible && void this.refresh())
    view.onDidDispose(() => {
      this.webview = null
    })
  }

  private async receive(message: unknown): Promise<void> {
    const read = await readMessage('context', message)
    if (read) await this.act(read)
  }

  private async act(message: ContextMessage): Promise<void> {
    const { shown } = this
    switch (message.type) {
      case 'ready':
        this.post()
        return this.refresh()
      case 'overrides':
        shown.overrides = message.overrides
        return shown.pack()
      case 'budget':
        shown.setBudget(message.budget)
        return shown.pack()
      case 'mode':
        shown.mode = message.mode
        return shown.pack()
      case 'repack':
        return shown.pack()
      case 'open':
        return openPlace(this.connection, message.path, message.firstLine, message.lastLine)
      case 'copy':
        return this.copy()
      case 'as sent':
        return this.prompts.show(await shown.composedPrompt(), shown.sent)
      case 'open folder':
        return commands.executeCommand('workbench.action.files.openFolder')
      case 'resume':
        return commands.executeCommand('fovea.resume')
      case 'restart':
        return this.connection.restart()
    }
  }

  private async copy(): Promise<void> {
    const pack = this.shown.context?.packs[0]
    if (!pack) return
    await env.clipboard.writeText(markdownOf(this.shown.question, pack))
    void window.setStatusBarMessage(l10n.t('The context was copied to the clipboard.'), COPIED_MS)
  }

  /** Checks only which of the shown blocks are stale. */
  private async checkStale(): Promise<void> {
    if (!this.webview || !this.shown.context) return
    const before = this.shown.stale
    await this.shown.markStale().catch(() => {})
    if (this.shown.stale.join() !== before.join()) this.post()
  }

  /** Fetches the treemap and the topics, and checks which blocks are stale. */
  private async refresh(): Promise<void> {
    if (!this.webview || this.connection.server !== 'running') return
    try {
      const [areas, clusters] = await Promise.all([
        this.connection.request('fovea/areas', {}),
        this.connection.request('fovea/topics', {}),
        this.shown.markStale(),
      ])
      this.areas = areas
      this.clusters = clusters
    } catch {
      // Nothing is indexed yet; the next change of the index triggers another attempt.
      return
    }
    this.post()
  }

  private post(): void {
    const { question, context, overrides, budget, mode, packing, error, stale } = this.shown
    const files = new Map<string, number>()
    for (const { path, score } of context?.hits ?? []) if (!files.has(path)) files.set(path, score)
    const state: ContextState = {
      ...{ server: this.connection.server, index: this.connection.index, question },
      ...{ pack: context?.packs[0] ?? null, notes: context?.notes ?? [], files: [...files] },
      ...{ overrides, budget, mode, packing, error, stale, areas: this.areas, clusters: this.clusters },
    }
    void this.webview?.postMessage({ type: 'state', state } satisfies ToContext)
  }
}

/** The blocks as Markdown, with code fenced, to be pasted elsewhere. */
function markdownOf(question: string, { blocks, tokens }: Pack): string {
  const parts = blocks.map(({ id, path, symbols, firstLine, lastLine, resolution, text }) => {
    const place = path
      ? `\`${path}\`${firstLine ? ` ${firstLine}–${lastLine}` : ''}${symbols.length ? ` ${symbols.join(', ')}` : ''}`
      : ''
    const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)))
    const language = /\.(\w+)$/.exec(path)?.[1] ?? ''
    const code = resolution === 'full' || resolution === 'trimmed'
    return `**[${id.slice(1)}]** ${place}\n\n${code ? `${fence}${language}\n${text}\n${fence}` : text}\n`
  })
  return [`# ${question}\n`, ...parts, l10n.t('{0} tokens of context', tokens), ''].join('\n')
}
