/** The context that is shown and the question behind it; repacks it when overrides change. Independent of any view. */
import { CancellationTokenSource, type Disposable, EventEmitter, workspace } from 'vscode'
import type { Message } from '../engine/types/answer.ts'
import type { Context } from '../engine/types/pack.ts'
import { DEFAULT_BUDGET_TOKENS, type Mode, type Override } from '../engine/types/query.ts'
import type { Mention, Turn } from '../engine/types/thread.ts'
import { type Connection, messageOf } from './connection.ts'

/** The token budget of a question in a new thread. */
function configuredBudget(): number {
  const budget = workspace.getConfiguration('fovea').get('budget', DEFAULT_BUDGET_TOKENS)
  return Number.isInteger(budget) && budget > 0 ? budget : DEFAULT_BUDGET_TOKENS
}

export class ShownContext {
  /** The user's overrides; they last from question to question of a thread. */
  overrides: readonly Override[] = []
  budget = configuredBudget()
  /** How to assemble the context; lasts from question to question of a thread. */
  mode: Mode | 'auto' = 'auto'
  question = ''
  context: Context | null = null
  /** What went wrong and what to do; null when nothing did, as in the state sent to the view. */
  error: string | null = null
  /** Ids of the blocks whose file has changed since. */
  stale: readonly string[] = []
  /** Whether `prompt` was sent to a model; otherwise it is what would be sent. */
  sent = false
  private mentions: readonly Mention[] = []
  /** What the model was sent; null when none was asked, until it is composed to be viewed. */
  private prompt: readonly Message[] | null = null
  private packingSource: CancellationTokenSource | null = null
  private readonly changes = new EventEmitter<void>()
  private readonly shows = new EventEmitter<void>()
  private readonly budgets = new EventEmitter<void>()
  readonly onChange = this.changes.event
  /** Another context is shown, rather than the same one repacked. */
  readonly onShow = this.shows.event
  readonly onBudget = this.budgets.event
  private readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** Applies changes of the setting. */
  followBudget(): Disposable {
    return workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('fovea.budget')) this.setBudget(configuredBudget())
    })
  }

  get packing(): boolean {
    return this.packingSource !== null
  }

  /** Shows the context of an answered turn. */
  showTurn({ question, mentions, answer, budget, overrides }: Turn): void {
    this.cancelPacking()
    this.question = question
    this.mentions = mentions
    this.context = answer?.context ?? null
    this.sent = answer?.mode === 'model'
    this.prompt = answer?.mode === 'model' ? answer.prompt : null
    this.budget = budget
    this.overrides = overrides
    this.error = null
    this.stale = []
    this.changes.fire()
    this.shows.fire()
  }

  /** Shows the context that an explanation cites. */
  showSent(context: Context, prompt: readonly Message[]): void {
    this.clear()
    this.question = context.query
    this.context = context
    this.sent = true
    this.prompt = prompt
    this.budget = context.packs[0]?.budget ?? this.budget
    this.changes.fire()
    this.shows.fire()
  }

  clear(): void {
    this.cancelPacking()
    this.setBudget(configuredBudget())
    this.mode = 'auto'
    this.question = ''
    this.mentions = []
    this.error = null
    this.context = null
    this.prompt = null
    this.overrides = []
    this.stale = []
    this.changes.fire()
  }

  setBudget(budget: number): void {
    this.budget = budget
    this.budgets.fire()
  }

  /** Cancels packing in progress, which is for the context shown before. */
  private cancelPacking(): void {
    this.packingSource?.cancel()
    this.packingSource = null
  }

  /** Searches and packs again; a later call cancels an earlier one. */
  async pack(): Promise<void> {
    if (!this.question) return this.changes.fire()
    this.packingSource?.cancel()
    const source = new CancellationTokenSource()
    this.packingSource = source
    this.changes.fire()
    try {
      const { question, mentions, budget, overrides, mode } = this
      const { context, prompt } = await this.connection.request(
        'fovea/context',
        { question, mentions, budget, overrides, ...(mode !== 'auto' && { mode }) },
        source.token,
      )
      if (source.token.isCancellationRequested) return
      this.context = context
      this.prompt = prompt
      this.sent = false
      this.error = null
      this.stale = []
    } catch (error) {
      if (source.token.isCancellationRequested) return
      this.error = messageOf(error)
    } finally {
      if (this.packingSource === source) this.packingSource = null
      this.changes.fire()
    }
  }

  /** The prompt that was sent, or would be. */
  async composedPrompt(): Promise<readonly Message[]> {
    if (!this.prompt && this.question) await this.pack()
    return this.prompt ?? []
  }

  /** Asks the server which blocks are stale. A reply about a context that is no longer shown is discarded. */
  async markStale(): Promise<void> {
    const { context } = this
    const blocks = context?.packs[0]?.blocks.filter(({ hash }) => hash) ?? []
    const checked = blocks.map(({ id, path, hash }) => ({ id, path, hash }))
    const stale = await this.connection.request('fovea/stale', { blocks: checked })
    if (context === this.context) this.stale = stale
  }
}
