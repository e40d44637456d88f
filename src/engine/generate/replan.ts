/** Replaces a step that failed twice in the same way by another route to the same goal. */
import type { Plan, PlanStep, StepResult } from '../types/generation.ts'
import type { Run } from '../types/run.ts'
import { planPrompt, readPlan } from './plan.ts'
import { completeText, type GenerateWorkspace, type RunnerOptions } from './workspace.ts'

const MAX_REPLACEMENT_STEPS = 2

/** One or two replacement steps; null when the planner finds none. */
export async function replan(
  run: Run,
  workspace: GenerateWorkspace,
  options: RunnerOptions,
  plan: Plan,
  step: PlanStep,
  { note, checks }: StepResult,
  exists: (path: string) => boolean,
): Promise<readonly PlanStep[] | null> {
  const model = options.planner ?? options.model
  const wanted = plan.requirements.filter(({ id }) => step.requirements.includes(id))
  const failure = [note, ...checks.map(({ name, outcome, detail }) => `${name}: ${outcome} ${detail}`)].join('\n')
  const messages = planPrompt(plan.task, wanted, workspace.fenced(workspace.repositoryMap), MAX_REPLACEMENT_STEPS)
  messages.push({
    role: 'user',
    content: `This step was tried and failed twice in the same way:\n${JSON.stringify(step)}\n${workspace.fenced(failure)}\nReply with one or two steps that reach its goal in another way.`,
  })
  const budgeted = { budget: options.budget, count: (text: string) => workspace.count(text) }
  const sent = messages
    .slice(1)
    .map(({ content }) => content)
    .join('\n\n')
  const reply = await completeText(run, model, budgeted, messages, (text, usage) =>
    options.onEvent({ kind: 'exchange', step: step.id, sent, reply: text, usage }),
  )
  const others = plan.steps.map(({ id }) => id).filter((id) => id !== step.id)
  const read = readPlan(reply, wanted, MAX_REPLACEMENT_STEPS, exists, others)
  if ('problems' in read) return null
  const own = new Set(read.steps.map(({ id }) => id))
  const name = (id: string) => (own.has(id) ? `${step.id}.${id}` : id)
  return read.steps.map((one) => ({ ...one, id: name(one.id), deps: one.deps.map(name) }))
}
