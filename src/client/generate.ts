/**
 * *Generate Across Files*: the editor tab in which a task is planned, run, reviewed and applied. The server holds the
 * run under review; this file keeps what the tab shows and applies the accepted edits.
 */
import {
  CancellationTokenSource,
  commands,
  type ExtensionContext,
  l10n,
  ViewColumn,
  type WebviewPanel,
  window,
  workspace,
} from 'vscode'
import type { Usage } from '../engine/types/answer.ts'
import {
  DEFAULT_LIMITS,
  type Plan,
  type PlanStep,
  type RejectedHunks,
  type StepResult,
} from '../engine/types/generation.ts'
import { parsePrice } from '../engine/types/price.ts'
import type { Mention } from '../engine/types/thread.ts'
import type { GenerateMessage, GeneratePhase, GenerateState, ToGenerate } from '../protocol/messages.ts'
import type { AnswerPart, GenerateSettings, Review } from '../protocol/requests.ts'
import { type Connection, messageOf } from './connection.ts'
import { applyEdits, DraftDocuments, Problems } from './edits.ts'
import type { ModelSettings } from './models.ts'
import { openTab, readMessage } from './page.ts'
import { openPlace, selectionMention } from './places.ts'

export class GeneratePanel {
  private readonly context: ExtensionContext
  private readonly connection: Connection
  private readonly models: ModelSettings
  private readonly drafts: DraftDocuments
  private readonly problems: Problems
  private panel: WebviewPanel | null = null
  private working: CancellationTokenSource | null = null
  private phase: GeneratePhase = 'task'
  private task = ''
  private attached: readonly Mention[] = []
  private settings: GenerateSettings | null = null
  private model: string | null = null
  private journalId = ''
  private plan: Plan | null = null
  private step: string | null = null
  private results: readonly StepResult[] = []
  private usage: Usage | null = null
  private review: Review | null = null
  private refused: readonly RejectedHunks[] = []
  private error: string | null = null

  constructor(context: ExtensionContext, connection: Connection, models: ModelSettings) {
    this.context = context
    this.connection = connection
    this.models = models
    this.drafts = new DraftDocuments(context)
    this.problems = new Problems(context, () => this.post())
    context.subscriptions.push(
      connection.onState(() => this.post()),
      models.onChange(() => void this.nameModel()),
      workspace.onDidGrantWorkspaceTrust(() => this.post()),
    )
  }

  /** Shows the tab and attaches the selection. A running task is left alone; an empty `task` keeps the text. */
  async begin(task: string, mentions: readonly Mention[] = []): Promise<void> {
    const mention = await selectionMention(this.connection).catch(() => null)
    this.open()
    if (!this.working && (task || this.phase === 'applied')) this.reset(task)
    if (!this.working && this.phase === 'task') {
      for (const one of mentions) this.attach(one)
      if (mention?.kind === 'selection') this.attach(mention)
    }
    await this.nameModel()
  }

  /** Lets the user pick an earlier run to continue, inspect or delete. */
  async pickRun(): Promise<void> {
    const { runs } = await this.connection.request('fovea/generateList', {})
    if (runs.length === 0) {
      void window.showInformationMessage(l10n.t('There are no runs of Generate Across Files in this workspace.'))
      return
    }
    const items = runs.map(({ id, at, task, done, steps }) => ({
      label: task.split('\n')[0] ?? '',
      description: l10n.t('{0} of {1} steps, {2}', done, steps, new Date(at).toLocaleString()),
      id,
    }))
    const picked = await window.showQuickPick(items, { title: l10n.t('Runs of Generate Across Files') })
    if (!picked) return
    const resume = l10n.t('Resume')
    const remove = l10n.t('Delete')
    const show = l10n.t('Show Journal')
    const what = await window.showQuickPick([resume, show, remove], { title: picked.label })
    if (what === remove) await this.connection.request('fovea/generateForget', { journalId: picked.id })
    if (what === show) {
      const { text } = await this.connection.request('fovea/generateExport', { journalId: picked.id })
      await window.showTextDocument(await workspace.openTextDocument({ language: 'json', content: text }))
    }
    if (what !== resume) return
    const { journalId, plan, results } = await this.connection.request('fovea/generateResume', { journalId: picked.id })
    this.open()
    this.reset(plan.task)
    this.journalId = journalId
    this.plan = plan
    this.results = results
    this.phase = 'plan'
    await this.nameModel()
  }

  private reset(task: string): void {
    this.working?.cancel()
    this.working = null
    this.phase = 'task'
    this.task = task
    this.attached = []
    this.journalId = ''
    this.plan = null
    this.results = []
    this.usage = null
    this.review = null
    this.refused = []
    this.error = null
    this.problems.clear()
  }

  private attach(mention: Mention): void {
    this.attached = [...this.attached.filter(({ label }) => label !== mention.label), mention]
  }

  private open(): void {
    if (this.panel) {
      this.panel.reveal(undefined, false)
      return
    }
    const title = l10n.t('Generate Across Files')
    const close = () => {
      this.working?.cancel()
      this.panel = null
    }
    const receive = (message: unknown) => void this.receive(message)
    this.panel = openTab(this.context, 'generate', { label: title, title, at: ViewColumn.Active }, { receive, close })
  }

  private async receive(message: unknown): Promise<void> {
    const read = await readMessage('generate', message)
    if (!read) return
    try {
      await this.act(read)
    } catch (error) {
      this.error = messageOf(error)
      this.post()
    }
  }

  private async act(message: GenerateMessage): Promise<unknown> {
    switch (message.type) {
      case 'ready':
        return this.post()
      case 'plan':
        this.task = message.task
        return this.makePlan()
      case 'settings': {
        const { type: _, ...some } = message
        const changed = Object.entries(some).filter(([, value]) => value !== undefined)
        this.settings = { ...this.currentSettings, ...Object.fromEntries(changed) }
        return this.post()
      }
      case 'goal':
        return this.editSteps((steps) =>
          steps.map((one) => (one.id === message.id ? { ...one, goal: message.goal } : one)),
        )
      case 'drop':
        return this.editSteps((steps) => steps.filter(({ id }) => id !== message.id))
      case 'down':
        return this.editSteps((steps) => {
          const at = steps.findIndex(({ id }) => id === message.id)
          const [first, second] = [steps[at], steps[at + 1]]
          return first && second ? steps.toSpliced(at, 2, second, first) : steps
        })
      case 'approve':
        return this.runPlan(this.results.length > 0)
      case 'resume':
        return this.runPlan(true)
      case 'stop':
        return this.working?.cancel()
      case 'refuse': {
        const { path, hunks } = message
        const others = this.refused.filter((one) => one.path !== path)
        this.refused = hunks?.length === 0 ? others : [...others, { path, hunks }]
        return this.post()
      }
      case 'diff':
        return this.review && this.drafts.show(this.review.files)
      case 'apply':
        return this.apply()
      case 'undo':
        return this.undo()
      case 'discard':
        this.reset(this.task)
        return this.post()
      case 'open':
        return openPlace(this.connection, message.path, message.firstLine, message.lastLine)
      case 'attach': {
        const mention = await selectionMention(this.connection)
        if (mention) this.attach(mention)
        else this.error = l10n.t('Open an indexed file of this workspace, or select lines in it.')
        return this.post()
      }
      case 'detach':
        this.attached = this.attached.filter(({ label }) => label !== message.label)
        return this.post()
      case 'pick model':
        return commands.executeCommand('fovea.pickModel')
      case 'trust':
        return commands.executeCommand('workbench.trust.manage')
    }
  }

  private editSteps(edit: (steps: readonly PlanStep[]) => readonly PlanStep[]): void {
    if (this.plan && this.phase === 'plan') this.plan = { ...this.plan, steps: edit(this.plan.steps) }
    this.post()
  }

  private async makePlan(): Promise<void> {
    this.phase = 'planning'
    await this.whileWorking('task', async (stop, onPart) => {
      const params = { task: this.task, ...(await this.commonParams()) }
      const { journalId, plan } = await this.connection.request('fovea/generatePlan', params, stop.token, onPart)
      return () => {
        this.journalId = journalId
        this.plan = plan
        this.results = []
        this.phase = 'plan'
      }
    })
  }

  private async runPlan(resume: boolean): Promise<void> {
    const { plan, journalId } = this
    if (!plan) return
    const previous = this.review ? 'review' : 'plan'
    this.phase = 'running'
    if (!resume) this.results = []
    this.results = this.results.filter(({ outcome }) => outcome === 'done')
    await this.whileWorking(previous, async (stop, onPart) => {
      const params = { journalId, plan, resume, ...(await this.commonParams()) }
      const review = await this.connection.request('fovea/generate', params, stop.token, onPart)
      return () => {
        this.review = review
        this.plan = review.plan
        this.results = review.results
        this.usage = review.usage
        this.error = review.error
        this.refused = []
        this.phase = 'review'
      }
    })
  }

  /**
   * Runs a cancellable request and shows its progress; what it returns applies the result, unless another task or run has
   * taken its place meanwhile. `fallback`: the phase to return to when it fails.
   */
  private async whileWorking(
    fallback: GeneratePhase,
    task: (stop: CancellationTokenSource, onPart: (part: AnswerPart) => void) => Promise<() => void>,
  ): Promise<void> {
    const stop = new CancellationTokenSource()
    this.working?.cancel()
    this.working = stop
    this.error = null
    this.post()
    try {
      const applyResult = await task(stop, (part) => this.working === stop && this.showProgress(part))
      if (this.working === stop) applyResult()
    } catch (error) {
      if (this.working !== stop) return
      this.phase = fallback
      this.error = stop.token.isCancellationRequested ? l10n.t('Stopped.') : messageOf(error)
    }
    if (this.working !== stop) return
    this.working = null
    this.step = null
    this.post()
  }

  private showProgress({ progress }: AnswerPart): void {
    if (progress?.kind === 'plan') this.plan = progress.plan
    if (progress?.kind === 'begun') this.step = progress.step
    if (progress?.kind === 'ended')
      this.results = [...this.results.filter(({ id }) => id !== progress.result.id), progress.result]
    if (progress?.kind === 'spent') this.usage = progress.usage
    this.post()
  }

  private async apply(): Promise<void> {
    const { journalId, refused, review } = this
    if (!review) return
    const { edits, conflicts } = await this.connection.request('fovea/generateAccept', { journalId, refused })
    if (conflicts.length) throw new Error(conflictMessage(conflicts))
    this.problems.begin(edits)
    await applyEdits(edits)
    this.error = null
    this.phase = 'applied'
    this.post()
  }

  private async undo(): Promise<void> {
    const { edits, conflicts } = await this.connection.request('fovea/generateUndo', { journalId: this.journalId })
    if (conflicts.length) throw new Error(conflictMessage(conflicts))
    await applyEdits(edits)
    this.problems.clear()
    this.error = null
    this.phase = 'review'
    this.post()
  }

  /** What planning and running both send. */
  private async commonParams() {
    return {
      mentions: this.attached,
      settings: this.currentSettings,
      model: await this.models.choice(),
      roles: await this.models.roles(),
    }
  }

  private get currentSettings(): GenerateSettings {
    const check = workspace.getConfiguration('fovea').get('generate.check', '').trim() || null
    return (
      this.settings ?? {
        check,
        unchecked: !check,
        tests: false,
        steps: DEFAULT_LIMITS.steps,
        tokens: DEFAULT_LIMITS.tokens,
      }
    )
  }

  private async nameModel(): Promise<void> {
    this.model = await this.models.name().catch(() => null)
    this.post()
  }

  private post(): void {
    if (!this.panel) return
    const { phase, task, attached, model, plan, step, results, usage, refused, error, review } = this
    const state: GenerateState = {
      ...{ phase, task, attached, model, plan, step, results, usage, refused, error },
      ...{ server: this.connection.server, settings: this.currentSettings, trusted: workspace.isTrusted },
      price: parsePrice(workspace.getConfiguration('fovea').get('generate.price', '')),
      unmet: review?.unmet ?? [],
      files: review?.files.map(({ path, from, spots, gone, hunks }) => ({ path, from, spots, gone, hunks })) ?? [],
      problems: this.problems.rows,
    }
    void this.panel.webview.postMessage({ type: 'state', state } satisfies ToGenerate)
  }
}

function conflictMessage(paths: readonly string[]): string {
  return l10n.t(
    'Nothing was changed: {0} has changed in the same place as the draft. Reject its changes or restore the file.',
    paths.join(', '),
  )
}
