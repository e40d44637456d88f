/** Runs the steps of a plan in order, each in its own model context, over one shared draft. */
import type { FileChange, GenerateResult, Plan, PlanStep, StepResult } from '../types/generation.ts'
import { EngineError, ModelError, type Run } from '../types/run.ts'
import { type Checks, checkChanges, checkText, outcomeOf } from './checks.ts'
import { Draft, DraftError } from './draft.ts'
import { planProblem, topologicalOrder } from './plan.ts'
import { replan } from './replan.ts'
import { type Briefing, runStep, type StepContext } from './step.ts'
import { briefingTokens, contextTokensOf, type GenerateWorkspace, type RunnerOptions } from './workspace.ts'

type FinishedSteps = Pick<GenerateResult, 'results' | 'changes'>

const NO_STEPS: FinishedSteps = { results: [], changes: [] }

interface PlanRun {
  readonly workspace: GenerateWorkspace
  readonly checks: Checks
  readonly plan: Plan
  readonly options: RunnerOptions
}

/** Runs the remaining steps. `finished`: steps of an earlier run, with their changes; absent: none. */
export async function runPlan(
  run: Run,
  { finished = NO_STEPS, ...planRun }: PlanRun & { readonly finished?: FinishedSteps | undefined },
): Promise<GenerateResult> {
  const { workspace, plan, options } = planRun
  // A resumed plan may exceed the limit: steps that replaced a failed one do not count against it.
  const maxSteps = finished === NO_STEPS ? options.limits.steps : Math.max(options.limits.steps, plan.steps.length)
  const created = new Set(finished.changes.map(({ path }) => path))
  const problem = planProblem(plan, maxSteps, (path) => workspace.exists(path) || created.has(path))
  if (problem !== null) throw new EngineError('input', `The plan cannot be carried out: ${problem}`)
  const runner = new PlanRunner(planRun)
  await runner.resumeFrom(finished)
  return runner.run(run)
}

class PlanRunner {
  private readonly workspace: GenerateWorkspace
  private readonly checks: Checks
  private readonly plan: Plan
  private readonly options: RunnerOptions
  private readonly draft: Draft
  private steps: readonly PlanStep[]
  private results: StepResult[] = []
  /** Ids of steps that replaced a failed one: they are not replaced again. */
  private readonly replacementSteps = new Set<string>()

  constructor({ workspace, checks, plan, options }: PlanRun) {
    this.workspace = workspace
    this.checks = checks
    this.plan = plan
    this.options = options
    this.draft = new Draft(workspace)
    this.steps = topologicalOrder(plan.steps)
  }

  /** Puts the changes of an earlier run into the draft. Throws when their files have changed since. */
  async resumeFrom({ results, changes }: FinishedSteps): Promise<void> {
    await this.applyChanges(changes).catch((error: unknown) => {
      if (!(error instanceof DraftError)) throw error
      throw new EngineError('input', `That run cannot be resumed: ${error.message} Start a new run.`)
    })
    const hashes = new Map((await this.draft.changes()).map(({ path, hash }) => [path, hash]))
    const conflicts = changes.flatMap(({ path, hash }) => (hashes.get(path) === hash ? [] : [path]))
    if (conflicts.length)
      throw new EngineError(
        'input',
        `${conflicts.join(', ')} changed since that run, so it cannot be resumed. Start a new run; if its changes were applied, undo them first.`,
      )
    this.results = results.filter(({ outcome }) => outcome === 'done')
  }

  /** Renames first, then deletions: they free paths that other changes may use. */
  private async applyChanges(changes: readonly FileChange[]): Promise<void> {
    const { draft } = this
    for (const { path, from } of changes) if (from && from !== path) await draft.rename(from, path)
    for (const { path, after } of changes) if (after === null) await draft.remove(path)
    for (const { path, after } of changes) if (after !== null) await draft.write(path, after.replace(/^\uFEFF/, ''))
  }

  async run(run: Run): Promise<GenerateResult> {
    let error = this.nextStep() ? null : await this.recheck(run)
    for (let step = this.nextStep(); step && error === null; step = this.nextStep())
      error = await this.runNext(run, step)
    return {
      plan: { ...this.plan, steps: this.steps },
      results: this.results,
      changes: await this.draft.changes(),
      unmet: this.plan.requirements.filter(({ id }) => !this.isMet(id)),
      usage: this.options.budget.spent,
      error,
    }
  }

  /** When no step is left: checks the resumed changes again; null when they pass, otherwise a sentence. */
  private async recheck(run: Run): Promise<string | null> {
    const checks = await checkChanges(run, this.checks, await this.draft.changes())
    const outcome = outcomeOf(checks)
    if (outcome === 'pass' || (outcome === 'none' && this.options.unchecked)) return null
    return `The resumed changes do not pass their checks: ${checkText(checks)}`
  }

  private nextStep(): PlanStep | undefined {
    return this.steps.find(({ id }) => !this.results.some((result) => result.id === id))
  }

  /** Every step that implements the requirement is done. */
  private isMet(requirement: string): boolean {
    const implementing = this.steps.filter(({ requirements }) => requirements.includes(requirement))
    const isDone = ({ id }: PlanStep) => this.results.some((result) => result.id === id && result.outcome === 'done')
    return implementing.length > 0 && implementing.every(isDone)
  }

  /** Runs one step. Returns why the run ends with it, in a sentence; null when it goes on. */
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
    return `Step ${step.id} was not done: ${result.note} Change the plan or the task, then continue from here.`
  }

  private async attempt(
    run: Run,
    step: PlanStep,
    changes: readonly FileChange[],
  ): Promise<StepResult & { readonly stuck: boolean; readonly failed: boolean }> {
    const unfinished = { id: step.id, checks: [], restarts: 0, files: [], stuck: false, failed: true }
    try {
      await this.workspace.indexChanges(run, changes)
      const { stuck = false, ...result } = await runStep(
        run,
        this.stepContext(run, step, changes),
        step,
        await this.briefing(run, step, changes),
      )
      return { id: step.id, ...result, stuck, failed: false, files: await this.changedSince(changes) }
    } catch (failure) {
      if (run.signal.aborted)
        return { ...unfinished, outcome: 'stopped', note: 'It was stopped; completed steps are kept.' }
      if (failure instanceof EngineError) return { ...unfinished, outcome: 'failed', note: failure.message }
      throw failure
    }
  }

  private stepContext(run: Run, { id }: PlanStep, before: readonly FileChange[]): StepContext {
    const { workspace, options, draft, checks, plan } = this
    const { model, limits, unchecked, onEvent } = options
    return {
      ...{ draft, model, limits, unchecked, task: plan.task, contextTokens: contextTokensOf(model) },
      search: (query, tokens) => workspace.search(run, query, tokens),
      outline: (path, text) => workspace.outline(path, text),
      guard: (path, exists) => workspace.guard(path, exists),
      redacted: (path, text) => workspace.redacted(path, text),
      similarPaths: (path) => workspace.similarPaths(path),
      count: (text) => workspace.count(text),
      fenced: (text) => workspace.fenced(text),
      check: async (checkRun) => checkChanges(checkRun, checks, await draft.changes()),
      changed: async () => (await this.changedSince(before)).length > 0,
      budget: options.budget,
      onExchange: (sent, reply, usage) => onEvent({ kind: 'exchange', step: id, sent, reply, usage }),
    }
  }

  private async briefing(run: Run, step: PlanStep, changes: readonly FileChange[]): Promise<Briefing> {
    const { workspace, plan, options } = this
    const requirements = plan.requirements.filter(({ id }) => step.requirements.includes(id))
    const query = [step.goal, ...requirements.map(({ text }) => text), ...step.files.map(({ path }) => path)].join('\n')
    const code = await workspace.briefFor(run, query, briefingTokens(options.model))
    const outlines = changes.map(async ({ path, after }) => {
      const text = after === null ? null : workspace.redacted(path, after)
      if (text === null) return `${path}: gone`
      return [`${path}:`, ...(await workspace.outline(path, text)).map((row) => `  ${row}`)].join('\n')
    })
    const drafted = await Promise.all(outlines)
    return {
      requirements: requirements.map(({ id, text }) => `${id}: ${text}`),
      context: [...(drafted.length ? [`Changed so far:\n${drafted.join('\n')}`] : []), code].join('\n\n'),
      notes: this.results.map(({ id, note }) => `- ${id}: ${note}`),
    }
  }

  /** Files that differ from the given changes. */
  private async changedSince(before: readonly FileChange[]): Promise<readonly string[]> {
    const textsBefore = new Map(before.map(({ path, after }) => [path, after]))
    return (await this.draft.changes()).flatMap(({ path, after }) =>
      textsBefore.has(path) && textsBefore.get(path) === after ? [] : [path],
    )
  }

  /** Asks the planner for steps that replace a failed one; false when it finds none. */
  private async replaceStep(run: Run, step: PlanStep, result: StepResult): Promise<boolean> {
    const { workspace, options } = this
    const plan = { ...this.plan, steps: this.steps }
    const changes = await this.draft.changes()
    const removed = new Set(
      changes.flatMap(({ path, from, after }) => (after === null ? [path] : from === path ? [] : [from])),
    )
    const present = new Set(changes.flatMap(({ path, after }) => (after === null ? [] : [path])))
    const exists = (path: string) => present.has(path) || (workspace.exists(path) && !removed.has(path))
    const request = { workspace, options, plan, step, result, exists }
    const replacements = await replan(run, request).catch((failure: unknown) => {
      if (failure instanceof ModelError) return null
      throw failure
    })
    if (!replacements) return false
    for (const { id } of replacements) this.replacementSteps.add(id)
    const ids = replacements.map(({ id }) => id)
    const withNewDeps = (other: PlanStep): PlanStep => ({
      ...other,
      deps: other.deps.flatMap((id) => (id === step.id ? ids : [id])),
    })
    this.steps = this.steps.flatMap((other) => (other.id === step.id ? replacements : [withNewDeps(other)]))
    options.onEvent({ kind: 'plan', plan: { ...plan, steps: this.steps } })
    return true
  }
}
