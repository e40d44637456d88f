/** The Context view: what was assembled for the last question, and what the user makes of it. */
import {
  CancellationTokenSource,
  commands,
  EventEmitter,
  type ExtensionContext,
  env,
  l10n,
  type Webview,
  type WebviewView,
  type WebviewViewProvider,
  window,
  workspace,
} from 'vscode'
import type { Message } from '../engine/types/answer.ts'
import type { Context, Pack } from '../engine/types/pack.ts'
import type { Mode, Override } from '../engine/types/query.ts'
import type { Mention, Turn } from '../engine/types/thread.ts'
import type { ContextMessage, ContextState, ToContext } from '../protocol/messages.ts'
import type { Area } from '../protocol/requests.ts'
import { type Connection, messageOf } from './connection.ts'
import { preparePage, readMessage } from './page.ts'
import { openPlace } from './places.ts'
import type { PromptDocuments } from './prompts.ts'

const DEFAULT_BUDGET = 8000

/** Tokens a question of a new thread may take. */
function wantedBudget(): number {
  const budget = workspace.getConfiguration('fovea').get('budget', DEFAULT_BUDGET)
  return Number.isInteger(budget) && budget > 0 ? budget : DEFAULT_BUDGET
}

export class ContextView implements WebviewViewProvider {
  /** What the user wishes for, kept from question to question. */
  overrides: readonly Override[] = []
  budget = wantedBudget()
  /** How to answer; kept from question to question of a thread. */
  mode: Mode | 'auto' = 'auto'
  private readonly budgets = new EventEmitter<void>()
  readonly onBudget = this.budgets.event
  private readonly context: ExtensionContext
  private readonly connection: Connection
  private readonly prompts: PromptDocuments
  private webview: Webview | null = null
  private question = ''
  private mentions: readonly Mention[] = []
  private shown: Context | null = null
  /** What the model was sent; null when nobody was asked: it is composed when it is looked at. */
  private prompt: readonly Message[] | null = null
  private sent = false
  private error = ''
  private packing: CancellationTokenSource | null = null
  private stale: readonly string[] = []
  private areas: readonly Area[] = []
  private clusters: ContextState['clusters'] = []

  constructor(context: ExtensionContext, connection: Connection, prompts: PromptDocuments) {
    this.context = context
    this.connection = connection
    this.prompts = prompts
    context.subscriptions.push(
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('fovea.budget')) this.setBudget(wantedBudget())
      }),
      connection.onState(() => this.post()),
      connection.onContent(() => void this.look()),
      connection.onEdit(() => void this.check()),
    )
  }

  resolveWebviewView(view: WebviewView): void {
    this.webview = view.webview
    preparePage(this.context, view.webview, 'context', l10n.t('Context'))
    view.webview.onDidReceiveMessage((message: unknown) => void this.hear(message))
    view.onDidChangeVisibility(() => view.visible && void this.look())
    view.onDidDispose(() => {
      this.webview = null
    })
  }

  /** The context of a turn that was answered. */
  show({ question, mentions, answer, budget, overrides }: Turn): void {
    this.overtake()
    this.question = question
    this.mentions = mentions
    this.shown = answer?.context ?? null
    this.sent = answer?.mode === 'model'
    this.prompt = answer?.mode === 'model' ? answer.prompt : null
    this.budget = budget
    this.overrides = overrides
    this.error = ''
    this.stale = []
    this.post()
    void this.look()
  }

  /** What the marks of an explanation mean. */
  showContext(context: Context, prompt: readonly Message[]): void {
    this.forget()
    this.question = context.query
    this.shown = context
    this.sent = true
    this.prompt = prompt
    this.budget = context.packs[0]?.budget ?? this.budget
    this.post()
    void this.look()
  }

  forget(): void {
    this.overtake()
    this.setBudget(wantedBudget())
    this.mode = 'auto'
    this.question = ''
    this.mentions = []
    this.error = ''
    this.shown = null
    this.prompt = null
    this.overrides = []
    this.stale = []
    this.post()
  }

  private setBudget(budget: number): void {
    this.budget = budget
    this.budgets.fire()
  }

  private async hear(message: unknown): Promise<void> {
    const read = await readMessage('context', message)
    if (read) await this.act(read)
  }

  private async act(message: ContextMessage): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.post()
        return this.look()
      case 'overrides':
        this.overrides = message.overrides
        return this.pack()
      case 'budget':
        this.setBudget(message.budget)
        return this.pack()
      case 'mode':
        this.mode = message.mode
        return this.pack()
      case 'repack':
        return this.pack()
      case 'open':
        return openPlace(this.connection, message.path, message.firstLine, message.lastLine)
      case 'copy':
        return this.copy()
      case 'as sent':
        return this.showPrompt()
      case 'open folder':
        return commands.executeCommand('workbench.action.files.openFolder')
      case 'resume':
        return commands.executeCommand('fovea.resume')
      case 'restart':
        return this.connection.restart()
    }
  }

  /** What is being packed is for what was shown before. */
  private overtake(): void {
    this.packing?.cancel()
    this.packing = null
  }

  /** Searches and packs anew; a newer wish overtakes an older one. */
  async pack(): Promise<void> {
    if (!this.question) return this.post()
    this.packing?.cancel()
    const source = new CancellationTokenSource()
    this.packing = source
    this.post()
    try {
      const { question, mentions, budget, overrides, mode } = this
      const { context, prompt } = await this.connection.request(
        'fovea/context',
        { question, mentions, budget, overrides, ...(mode !== 'auto' && { mode }) },
        source.token,
      )
      if (source.token.isCancellationRequested) return
      this.shown = context
      this.prompt = prompt
      this.sent = false
      this.error = ''
      this.stale = []
    } catch (error) {
      if (source.token.isCancellationRequested) return
      this.error = messageOf(error)
    } finally {
      if (this.packing === source) this.packing = null
      this.post()
    }
  }

  private async composed(): Promise<readonly Message[]> {
    if (!this.prompt && this.question) await this.pack()
    return this.prompt ?? []
  }

  private async showPrompt(): Promise<void> {
    await this.prompts.show(await this.composed(), this.sent)
  }

  private async copy(): Promise<void> {
    const pack = this.shown?.packs[0]
    if (!pack) return
    await env.clipboard.writeText(markdownOf(this.question, pack))
    void window.setStatusBarMessage(l10n.t('The context is on the clipboard.'), 3000)
  }

  /** What is said of blocks that are shown no more says nothing of those that are. */
  private async markStale(): Promise<void> {
    const { shown } = this
    const blocks = shown?.packs[0]?.blocks.filter(({ hash }) => hash) ?? []
    const asked = blocks.map(({ id, path, hash }) => ({ id, path, hash }))
    const stale = await this.connection.request('fovea/stale', { blocks: asked })
    if (shown === this.shown) this.stale = stale
  }

  /** Only whether what is shown still stands. */
  private async check(): Promise<void> {
    if (!this.webview || !this.shown) return
    const before = this.stale
    await this.markStale().catch(() => {})
    if (this.stale.join() !== before.join()) this.post()
  }

  /** What has changed on disk or in an editor since it was shown, and the picture of the repository. */
  private async look(): Promise<void> {
    if (!this.webview || this.connection.server !== 'running') return
    try {
      const [areas, clusters] = await Promise.all([
        this.connection.request('fovea/areas', {}),
        this.connection.request('fovea/topics', {}),
        this.markStale(),
      ])
      this.areas = areas
      this.clusters = clusters
    } catch {
      // Nothing is indexed yet: the next change of the index brings it.
      return
    }
    this.post()
  }

  private post(): void {
    const { shown } = this
    const files = new Map<string, number>()
    for (const { path, score } of shown?.hits ?? []) if (!files.has(path)) files.set(path, score)
    const state: ContextState = {
      server: this.connection.server,
      index: this.connection.index,
      question: this.question,
      pack: shown?.packs[0] ?? null,
      notes: shown?.notes ?? [],
      files: [...files],
      overrides: this.overrides,
      budget: this.budget,
      mode: this.mode,
      packing: this.packing !== null,
      error: this.error,
      stale: this.stale,
      areas: this.areas,
      clusters: this.clusters,
    }
    void this.webview?.postMessage({ type: 'state', state } satisfies ToContext)
  }
}

/** For a person, or another chat: the blocks under their files, code fenced. */
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
