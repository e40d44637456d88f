/** Replaces a step that failed twice in the same way with other steps to the same goal. */
import type { Plan, PlanStep, StepResult } from '../types/generation.ts'
import type { Run } from '../types/run.ts'
import { planPrompt, readPlan } from './plan.ts'
import { completeText, type GenerateWorkspace, type RunnerOptions } from './workspace.ts'

const MAX_REPLACEMENT_STEPS = 2

/** One or two replacement steps; null when the planner finds none. */
export async function replan(
  run: Run,
  {
    workspace,
    options,
    plan,
    step,
    result,
    exists,
  }: {
    readonly workspace: GenerateWorkspace
    readonly options: RunnerOptions
    readonly plan: Plan
    /** The failed step, with its result. */
    readonly step: PlanStep
    readonly result: StepResult
    /** Whether a path exists in the draft. */
    readonly exists: (path: string) => boolean
  },
): Promise<readonly PlanStep[] | null> {
  const model = options.planner ?? options.model
  const requirements = plan.requirements.filter(({ id }) => step.requirements.includes(id))
  const failure = [
    result.note,
    ...result.checks.map(({ name, outcome, detail }) => `${name}: ${outcome} ${detail}`),
  ].join('\n')
  const messages = planPrompt(plan.task, requirements, workspace.fenced(workspace.repositoryMap), MAX_REPLACEMENT_STEPS)
  messages.push({
    role: 'user',
    content: `This step was tried and failed twice in the same way:\n${JSON.stringify(step)}\n${workspace.fenced(failure)}\nReply with one or two steps that reach its goal in another way.`,
  })
  const sent = messages
    .slice(1)
    .map(({ content }) => content)
    .join('\n\n')
  const reply = await completeText(run, {
    ...{ model, messages, budget: options.budget },
    count: (text) => workspace.count(text),
    onExchange: (text, usage) => options.onEvent({ kind: 'exchange', step: step.id, sent, reply: text, usage }),
  })
  const otherSteps = plan.steps.map(({ id }) => id).filter((id) => id !== step.id)
  const parsed = readPlan(reply, { requirements, maxSteps: MAX_REPLACEMENT_STEPS, exists, otherSteps })
  if ('problems' in parsed) return null
  const newIds = new Set(parsed.steps.map(({ id }) => id))
  const qualified = (id: string) => (newIds.has(id) ? `${step.id}.${id}` : id)
  return parsed.steps.map((one) => ({ ...one, id: qualified(one.id), deps: one.deps.map(qualified) }))
}
