/**
 * Entry point of this folder: turns a task into a checked change across many files, in a draft. Nothing is written
 * to disk here; `host/apply.ts` does that. After L2MAC (Holt et al., 2024).
 */
import type { Plan } from '../types/generation.ts'
import { EngineError, ModelError, type Run } from '../types/run.ts'
import { planPrompt, readPlan } from './plan.ts'
import { MAX_REQUIREMENTS, requirementsOf } from './requirements.ts'
import { briefingTokens, completeText, type GenerateWorkspace, type RunnerOptions } from './workspace.ts'

export { workspacePath } from './draft.ts'
export { linesAfter, patchOf } from './patch.ts'
export { approvedPlan, parsePlan } from './plan.ts'
export { runPlan } from './plan-runner.ts'
export { requirementsText } from './requirements.ts'
export { acceptChanges, changedLinesText, hunksOf, invertChanges, mergeChange } from './review.ts'
export { TokenBudget } from './token-budget.ts'
export type { GenerateEvent, GenerateWorkspace, RunnerOptions } from './workspace.ts'

const MAX_PLAN_RETRIES = 2

/** Asks the planning model for a plan; sends an invalid one back with its errors, at most MAX_PLAN_RETRIES times. */
export async function makePlan(
  run: Run,
  workspace: GenerateWorkspace,
  options: RunnerOptions,
  task: string,
): Promise<Plan> {
  const requirements = requirementsOf(task)
  if (requirements.length === 0) throw new EngineError('input', 'The task is empty. Describe what to change.')
  if (requirements.length > MAX_REQUIREMENTS)
    throw new EngineError(
      'input',
      `The task has ${requirements.length} requirements, but a plan can cover at most ${MAX_REQUIREMENTS}. Split the task.`,
    )
  const { limits } = options
  const model = options.planner ?? options.model
  const briefing = await workspace.briefFor(run, task, briefingTokens(model))
  const messages = planPrompt(
    task,
    requirements,
    workspace.fenced(`${workspace.repositoryMap}\n\n${briefing}`),
    limits.steps,
  )
  for (let attempt = 0; ; attempt++) {
    const sent = messages.at(-1)!.content
    const reply = await completeText(run, {
      ...{ model, messages, budget: options.budget },
      count: (text) => workspace.count(text),
      onExchange: (text, usage) => options.onEvent({ kind: 'exchange', step: null, sent, reply: text, usage }),
    })
    const parsed = readPlan(reply, { requirements, maxSteps: limits.steps, exists: workspace.exists })
    if ('steps' in parsed) {
      const plan = { task, requirements, steps: parsed.steps }
      options.onEvent({ kind: 'plan', plan })
      return plan
    }
    if (attempt >= MAX_PLAN_RETRIES)
      throw new ModelError(
        `${model.name} made no plan that can be carried out (${parsed.problems[0]}). Reword the task, or choose another model.`,
      )
    const problems = parsed.problems.map((problem) => `- ${problem}`).join('\n')
    messages.push(
      { role: 'assistant', content: reply || '…' },
      { role: 'user', content: `This plan cannot be carried out:\n${problems}\nReply with the whole plan, mended.` },
    )
  }
}
