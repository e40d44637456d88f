/** Runs the steps of a plan in order, each in a context of its own, over one draft. */
import type { FileChange, GenerateResult, Plan, PlanStep, StepResult } from '../types/generation.ts'
import { EngineError, ModelError, type Run } from '../types/run.ts'
import { type Checks, checkChanges, checkText, outcomeOf } from './checks.ts'
import { Draft, DraftError } from './draft.ts'
import { planProblem, topologicalOrder } from './plan.ts'
import { replan } from './replan.ts'
import { type Briefing, runStep, type StepContext } from './step.ts'
import { briefingTokens, contextTokensOf, type GenerateWorkspace, type RunnerOptions } from './workspace.ts'

type FinishedSteps = Pick<GenerateResult, 'results' | 'changes'>

const NOTHING: FinishedSteps = { results: [], changes: [] }

/** Runs the remaining steps. `done`: steps of an earlier run, with their changes. */
export async function runPlan(
  run: Run,
  workspace: GenerateWorkspace,
  checkers: Checks,
  plan: Plan,
  options: RunnerOptions,
  done: FinishedSteps = NOTHING,
): Promise<GenerateResult> {
  // Steps that replace a failed one do not count against the agreed limits.
  const most = done === NOTHING ? options.limits.steps : Math.max(options.limits.steps, plan.steps.length)
  const created = new Set(done.changes.map(({ path }) => path))
  const trouble = planProblem(plan, most, (path) => workspace.exists(path) || created.has(path))
  if (trouble) throw new EngineError('input', `The plan cannot be carried out: ${trouble}`)
  const runner = new PlanRunner(workspace, checkers, plan, options)
  await runner.resumeFrom(done)
  return runner.run(run)
}

class PlanRunner {
  private readonly workspace: GenerateWorkspace
  private readonly checkers: Checks
  private readonly plan: Plan
  private readonly options: RunnerOptions
  private readonly draft: Draft
  private steps: readonly PlanStep[]
  private results: StepResult[] = []
  /** Steps that replaced a failed one: they are not replaced again. */
  private readonly replacementSteps = new Set<string>()

  constructor(workspace: GenerateWorkspace, checkers: Checks, plan: Plan, options: RunnerOptions) {
    this.workspace = workspace
    this.checkers = checkers
    this.plan = plan
    this.options = options
    this.draft = new Draft(workspace)
    this.steps = topologicalOrder(plan.steps)
  }

  async resumeFrom({ results, changes }: FinishedSteps): Promise<void> {
    const moved = (error: unknown): never => {
      if (!(error instanceof DraftError)) throw error
      throw new EngineError('input', `What that run did cannot be taken up: ${error.message} Begin anew.`)
    }
    await this.applyChanges(changes).catch(moved)
    const now = new Map((await this.draft.changes()).map(({ path, hash }) => [path, hash]))
    const other = changes.flatMap(({ path, hash }) => (now.get(path) === hash ? [] : [path]))
    if (other.length)
      throw new EngineError(
        'input',
        `${other.join(', ')} changed since that run: what it did cannot be taken up. Begin anew; if it was applied, undo it first.`,
      )
    this.results = results.filter(({ outcome }) => outcome === 'done')
  }

  /** Moves free their old paths before others use them. */
  private async applyChanges(changes: readonly FileChange[]): Promise<void> {
    const { draft } = this
    for (const { path, from } of changes) if (from && from !== path) await draft.rename(from, path)
    for (const { path, after } of changes) if (after === null) await draft.remove(path)
    for (const { path, after } of changes) if (after !== null) await draft.write(path, after.replace(/^\uFEFF/, ''))
  }

  async run(run: Run): Promise<GenerateResult> {
    let error = this.nextStep() ? null : await this.recheck(run)
    for (let step = this.nextStep(); step && !error; step = this.nextStep()) error = await this.runNext(run, step)
    return {
      plan: { ...this.plan, steps: this.steps },
      results: this.results,
      changes: await this.draft.changes(),
      unmet: this.plan.requirements.filter(({ id }) => !this.isMet(id)),
      usage: this.options.budget.spent,
      error,
    }
  }

  /** When no step is left: whether the resumed changes pass the current checks; null when they do. */
  private async recheck(run: Run): Promise<string | null> {
    const checks = await checkChanges(run, this.checkers, await this.draft.changes())
    const outcome = outcomeOf(checks)
    if (outcome === 'pass' || (outcome === 'none' && this.options.unchecked)) return null
    return `What was taken up does not pass its checks: ${checkText(checks)}`
  }

  private nextStep(): PlanStep | undefined {
    return this.steps.find(({ id }) => !this.results.some((one) => one.id === id))
  }

  /** Every step that implements the requirement is done. */
  private isMet(requirement: string): boolean {
    const serving = this.steps.filter(({ requirements }) => requirements.includes(requirement))
    const done = ({ id }: PlanStep) => this.results.some((one) => one.id === id && one.outcome === 'done')
    return serving.length > 0 && serving.every(done)
  }

  /** Why the run ends with this step, in a sentence; null when the next may follow. */
  private async runNext(run: Run, step: PlanStep): Promise<string | null> {
    const before = this.draft.snapshot()
    const changes = await this.draft.changes()
    this.options.onEvent({ kind: 'begun', step: step.id })
    const { stuck, failed, ...result } = await this.attempt(run, step, changes)
    if (result.outcome !== 'done') this.draft.restore(before)
    if (stuck && !this.replacementSteps.has(step.id) && (await this.replaceStep(run, step, result))) return null
    this.results.push(result)
    this.options.onEvent({ kind: 'ended', result, changes: await this.draft.changes() })
    if (result.outcome === 'done') return null
    if (failed) return result.note
    return `Step ${step.id} was not done: ${result.note} Change the plan or the task, and go on from here.`
  }

  private async attempt(
    run: Run,
    step: PlanStep,
    changes: readonly FileChange[],
  ): Promise<StepResult & { readonly stuck: boolean; readonly failed: boolean }> {
    const nothing = { id: step.id, checks: [], restarts: 0, files: [], stuck: false, failed: true }
    try {
      await this.workspace.indexChanges(run, changes)
      const { stuck = false, ...ending } = await runStep(
        run,
        this.stepContext(run, step, changes),
        step,
        await this.briefing(run, step, changes),
      )
      return { id: step.id, ...ending, stuck, failed: false, files: await this.changedSince(changes) }
    } catch (failure) {
      if (run.signal.aborted)
        return { ...nothing, outcome: 'stopped', note: 'It was stopped; steps that were done are kept.' }
      if (failure instanceof EngineError) return { ...nothing, outcome: 'failed', note: failure.message }
      throw failure
    }
  }

  private stepContext(run: Run, { id }: PlanStep, before: readonly FileChange[]): StepContext {
    const { workspace, options, draft, checkers, plan } = this
    const { model, limits, unchecked, onEvent } = options
    return {
      ...{ draft, model, limits, unchecked, task: plan.task, contextTokens: contextTokensOf(model) },
      search: (query, tokens) => workspace.search(run, query, tokens),
      outline: (path, text) => workspace.outline(path, text),
      guard: (path, old) => workspace.guard(path, old),
      redacted: (path, text) => workspace.redacted(path, text),
      similarPaths: (path) => workspace.similarPaths(path),
      count: (text) => workspace.count(text),
      fenced: (text) => workspace.fenced(text),
      check: async (at) => checkChanges(at, checkers, await draft.changes()),
      changed: async () => (await this.changedSince(before)).length > 0,
      budget: options.budget,
      onExchange: (sent, reply, usage) => onEvent({ kind: 'exchange', step: id, sent, reply, usage }),
    }
  }

  private async briefing(run: Run, step: PlanStep, changes: readonly FileChange[]): Promise<Briefing> {
    const { workspace, plan, options } = this
    const wanted = plan.requirements.filter(({ id }) => step.requirements.includes(id))
    const query = [step.goal, ...wanted.map(({ text }) => text), ...step.files.map(({ path }) => path)].join('\n')
    const found = await workspace.briefFor(run, query, briefingTokens(options.model))
    const outlined = changes.map(async ({ path, after }) => {
      const text = after === null ? null : workspace.redacted(path, after)
      if (text === null) return `${path}: gone`
      return [`${path}:`, ...(await workspace.outline(path, text)).map((row) => `  ${row}`)].join('\n')
    })
    const drafted = await Promise.all(outlined)
    return {
      requirements: wanted.map(({ id, text }) => `${id}: ${text}`),
      context: [...(drafted.length ? [`Changed so far:\n${drafted.join('\n')}`] : []), found].join('\n\n'),
      notes: this.results.map(({ id, note }) => `- ${id}: ${note}`),
    }
  }

  /** Files that the step changed. */
  private async changedSince(before: readonly FileChange[]): Promise<readonly string[]> {
    const old = new Map(before.map(({ path, after }) => [path, after]))
    return (await this.draft.changes()).flatMap(({ path, after }) =>
      old.has(path) && old.get(path) === after ? [] : [path],
    )
  }

  /** Replaces a failed step by others; false when there are none. */
  private async replaceStep(run: Run, step: PlanStep, result: StepResult): Promise<boolean> {
    const { workspace, options } = this
    const plan = { ...this.plan, steps: this.steps }
    const changes = await this.draft.changes()
    const gone = new Set(
      changes.flatMap(({ path, from, after }) => (after === null ? [path] : from === path ? [] : [from])),
    )
    const made = new Set(changes.flatMap(({ path, after }) => (after === null ? [] : [path])))
    const exists = (path: string) => made.has(path) || (workspace.exists(path) && !gone.has(path))
    const instead = await replan(run, workspace, options, plan, step, result, exists).catch((failure: unknown) => {
      if (failure instanceof ModelError) return null
      throw failure
    })
    if (!instead) return false
    for (const { id } of instead) this.replacementSteps.add(id)
    const ids = instead.map(({ id }) => id)
    const waiting = (one: PlanStep): PlanStep => ({
      ...one,
      deps: one.deps.flatMap((id) => (id === step.id ? ids : [id])),
    })
    this.steps = this.steps.flatMap((one) => (one.id === step.id ? instead : [waiting(one)]))
    options.onEvent({ kind: 'plan', plan: { ...plan, steps: this.steps } })
    return true
  }
}
