/**
 * Runs of *Generate Across Files*: plans and executes them, keeps their journals, and holds the changes under review.
 * Accepted changes are merged with what was written meanwhile. Nothing here writes to the workspace: the client applies
 * the edits.
 */
import { randomBytes } from 'node:crypto'
import manifest from '../../package.json' with { type: 'json' }
import {
  acceptChanges,
  approvedPlan,
  changedLinesText,
  type Engine,
  type GenerateOptions,
  hunksOf,
  invertChanges,
  mergeChange,
  TokenBudget,
} from '../engine/engine.ts'
import type { Files, Model } from '../engine/ports.ts'
import type { FileChange, GenerateResult, Plan, StepResult } from '../engine/types/generation.ts'
import { DEFAULT_LIMITS } from '../engine/types/generation.ts'
import { EngineError, type Run } from '../engine/types/run.ts'
import type { Mention } from '../engine/types/thread.ts'
import { isWithin } from '../host/apply.ts'
import { commandCheck } from '../host/checks.ts'
import { appendEvent, listJournals, newJournalId, readJournal } from '../host/journal.ts'
import type { AnswerPart, ClientRequests, FileEdit, GenerateSettings, Review } from '../protocol/requests.ts'
import { pinMentions } from './chat.ts'

const CHECK_TIMEOUT_MS = 300_000

interface GenerateServices {
  /** An engine over the current files. */
  engine(): Promise<Engine>
  /** Files as the editor shows them. */
  readonly files: Files
  /** The path by which the editor knows a file. */
  editorPathOf(file: string): string
  readonly trusted: boolean
}

type Params<M extends keyof ClientRequests> = ClientRequests[M][0]

interface RunStart {
  readonly task: string
  readonly roots: readonly string[]
  readonly settings: GenerateSettings
  readonly mentions: readonly Mention[]
}

interface ReviewedChanges {
  readonly changes: readonly FileChange[]
  /** The changes accepted last. */
  applied: readonly FileChange[]
}

export class GenerateRuns {
  private readonly services: GenerateServices
  private readonly budgets = new Map<string, TokenBudget>()
  private readonly reviewed = new Map<string, ReviewedChanges>()

  constructor(services: GenerateServices) {
    this.services = services
  }

  async plan(
    run: Run,
    { task, mentions, settings }: Params<'fovea/generatePlan'>,
    models: GenerateModels,
    onPart: OnPart,
  ) {
    const engine = await this.services.engine()
    const { roots } = await engine.status()
    const id = newJournalId(new Date())
    this.recordStart(id, { task, roots, settings, mentions }, models.model)
    const plan = await engine.planGenerate(run, task, this.optionsFor({ id, settings, mentions, models, onPart }))
    return { journalId: id, plan }
  }

  /** Requires a check, or the user's consent to run without one; resumes after the completed steps. */
  async generate(run: Run, params: Params<'fovea/generate'>, models: GenerateModels, onPart: OnPart): Promise<Review> {
    const { journalId: id, plan, settings, mentions } = params
    const engine = await this.services.engine()
    const { roots } = await engine.status()
    const { check } = settings
    if (check && !this.services.trusted)
      throw new EngineError('input', 'A check runs a program, so it needs a trusted workspace.')
    if (!check && !settings.unchecked)
      throw new EngineError(
        'input',
        'No check is set: name a command to run after each step, or allow unchecked steps.',
      )
    const earlier = params.resume ? await readJournal(id, roots) : undefined
    if (params.resume) this.recordStart(id, { task: plan.task, roots, settings, mentions }, models.model)
    const disk = { roots, placeFor: (path: string) => engine.diskPathFor(path) }
    const checker = check ? commandCheck(check, disk, CHECK_TIMEOUT_MS) : null
    const options: GenerateOptions = {
      ...this.optionsFor({ id, settings, mentions, models, onPart }),
      command: checker && ((checkRun, changes) => checker.check(checkRun, changes)),
    }
    const approved = approvedPlan(plan)
    appendEvent(id, { kind: 'plan', plan: approved }, Date.now())
    try {
      const result = await engine.generate(run, approved, options, earlier)
      const { error, unmet, usage } = result
      appendEvent(id, { kind: 'finished', error, unmet: unmet.map((requirement) => requirement.id), usage }, Date.now())
      return await this.review(engine, id, result)
    } finally {
      await checker?.close()
    }
  }

  /** An earlier run, with its plan. */
  async resume(
    id: string,
  ): Promise<{ readonly journalId: string; readonly plan: Plan; readonly results: readonly StepResult[] }> {
    const engine = await this.services.engine()
    const { plan, results } = await readJournal(id, (await engine.status()).roots)
    return { journalId: id, plan, results }
  }

  /** The edits for the editor that apply what was accepted; none at all when a file conflicts. */
  async accept({
    journalId,
    refused,
  }: Params<'fovea/generateAccept'>): Promise<ClientRequests['fovea/generateAccept'][1]> {
    const reviewed = this.reviewedOf(journalId)
    const { edits, conflicts, changes } = await this.editsFor(acceptChanges(reviewed.changes, refused))
    if (conflicts.length === 0) reviewed.applied = changes
    return { edits, conflicts }
  }

  async undo({ journalId }: Params<'fovea/generateUndo'>): Promise<ClientRequests['fovea/generateUndo'][1]> {
    const { applied } = this.reviewedOf(journalId)
    const { edits, conflicts } = await this.editsFor(invertChanges(applied))
    return { edits, conflicts }
  }

  /** Newest first. */
  async runs(): Promise<ClientRequests['fovea/generateList'][1]> {
    const engine = await this.services.engine()
    return { runs: await listJournals((await engine.status()).roots) }
  }

  private recordStart(id: string, { task, roots, settings, mentions }: RunStart, { name }: Model): void {
    const { check, unchecked, tests, steps, tokens } = settings
    appendEvent(
      id,
      {
        ...{ kind: 'task', task, roots, version: manifest.version, model: name, command: check, unchecked, tests },
        ...{ limits: { ...DEFAULT_LIMITS, steps, tokens }, attached: pinMentions(mentions) },
      },
      Date.now(),
    )
  }

  private reviewedOf(journalId: string): ReviewedChanges {
    const reviewed = this.reviewed.get(journalId)
    if (!reviewed) throw new EngineError('input', 'The server was restarted after that run: resume the run first.')
    return reviewed
  }

  /** Merges changes with the current files; no edits when one conflicts. Throws when a path leads outside the roots. */
  private async editsFor(changes: readonly FileChange[]) {
    const engine = await this.services.engine()
    const { roots } = await engine.status()
    const edits: FileEdit[] = []
    const mergedChanges: FileChange[] = []
    const conflicts: string[] = []
    for (const change of changes) {
      const file = await engine.diskPathFor(change.path)
      const oldFile = await engine.diskPathFor(change.from || change.path)
      if (!(await isWithin(file, roots)))
        throw new EngineError('input', `Nothing was changed: ${change.path} leads outside the workspace.`)
      const current = await this.textOf(oldFile)
      const isTargetTaken = file !== oldFile && (await this.textOf(file)) !== null
      const merged = isTargetTaken ? null : mergeChange(change, current)
      if (!merged) {
        conflicts.push(change.path)
        continue
      }
      mergedChanges.push(merged)
      const { editorPathOf } = this.services
      edits.push({
        file: editorPathOf(file),
        from: change.before === null ? null : editorPathOf(oldFile),
        now: merged.before,
        after: merged.after,
      })
    }
    return { edits: conflicts.length ? [] : edits, conflicts, changes: mergedChanges }
  }

  /** The text with its byte order mark, if any: an editor's text has none. */
  private async textOf(file: string): Promise<string | null> {
    const bytes = await this.services.files.read(file)
    return bytes && new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  }

  private optionsFor({
    id,
    settings,
    mentions,
    models: { model, planner },
    onPart,
  }: {
    readonly id: string
    readonly settings: GenerateSettings
    readonly mentions: readonly Mention[]
    readonly models: GenerateModels
    readonly onPart: OnPart
  }): GenerateOptions {
    const budget = this.budgets.get(id) ?? new TokenBudget(settings.tokens)
    budget.limit = settings.tokens
    // Only one run is shown at a time, so the budgets of others are no longer needed.
    this.budgets.clear()
    this.budgets.set(id, budget)
    return {
      ...{
        model,
        planner,
        budget,
        unchecked: settings.unchecked,
        tests: settings.tests,
        command: null,
        attached: pinMentions(mentions),
      },
      limits: { ...DEFAULT_LIMITS, steps: settings.steps, tokens: settings.tokens },
      fence: randomBytes(4).toString('hex'),
      onEvent: (event) => {
        appendEvent(id, event, Date.now())
        if (event.kind === 'exchange') onPart({ text: '', progress: { kind: 'spent', usage: budget.spent } })
        else if (event.kind === 'ended') onPart({ text: '', progress: { kind: 'ended', result: event.result } })
        else onPart({ text: '', progress: event })
      },
    }
  }

  private async review(engine: Engine, id: string, result: GenerateResult): Promise<Review> {
    const { changes, ...summary } = result
    this.reviewed.clear()
    this.reviewed.set(id, { changes, applied: [] })
    const files = changes.map(async (change) => {
      const { path, from, before, after } = change
      const file = this.services.editorPathOf(await engine.diskPathFor(path))
      return {
        path,
        from,
        file,
        before,
        after,
        gone: after === null,
        spots: changedLinesText(change),
        hunks: hunksOf(change),
      }
    })
    return { journalId: id, ...summary, files: await Promise.all(files) }
  }
}

export interface GenerateModels {
  readonly model: Model
  readonly planner?: Model | undefined
}

type OnPart = (part: AnswerPart) => void
