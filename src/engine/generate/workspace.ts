/** What a plan and its steps are made from and by, and what is told as they go. */

import type { Model } from '../ports.ts'
import type { Message, ToolMessage, ToolRequest, ToolSpec, Usage } from '../types/answer.ts'
import type { FileChange, GenerateLimits, Plan, StepResult } from '../types/generation.ts'
import type { Run } from '../types/run.ts'
import type { BaseFiles } from './draft.ts'
import type { ActionContext } from './perform.ts'
import type { TokenBudget } from './token-budget.ts'

export interface GenerateWorkspace
  extends BaseFiles,
    Pick<ActionContext, 'outline' | 'guard' | 'redacted' | 'similarPaths'> {
  /** The repository in a few lines. */
  readonly repositoryMap: string
  exists(path: string): boolean
  /** Code that speaks of a question, from the draft as it was last shown; presented, within so many tokens. */
  search(run: Run, query: string, tokens: number): Promise<string>
  /** The same with what the user attached at its head: what a plan or a step begins with. */
  briefFor(run: Run, query: string, tokens: number): Promise<string>
  /** Makes what was written known to `search`. */
  indexChanges(run: Run, changes: readonly FileChange[]): Promise<void>
  fenced(text: string): string
  count(text: string): number
}

/** Who writes, and what was agreed. */
export interface RunnerOptions {
  readonly model: Model
  /** Makes the plan; absent: the model. */
  readonly planner?: Model | undefined
  readonly limits: GenerateLimits
  /** Of the whole run. */
  readonly budget: TokenBudget
  /** A step that nothing but its syntax could check is complete: the user said so. */
  readonly unchecked: boolean
  /** What happens, as it happens, for whoever keeps or shows it. */
  onEvent(event: GenerateEvent): void
}

export type GenerateEvent =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'begun'; readonly step: string }
  | {
      readonly kind: 'exchange'
      /** '' when it was about the plan. */
      readonly step: string
      /** What was new in the request. */
      readonly sent: string
      readonly reply: string
      readonly usage: Usage | null
    }
  | { readonly kind: 'ended'; readonly result: StepResult; readonly changes: readonly FileChange[] }

/** Tokens of a request where nothing is known of the model. */
const UNKNOWN_WINDOW_TOKENS = 16_000
/** Share of a context that code found beforehand may fill. */
const BRIEFING_SHARE = 0.35

/** Tokens of a request to the model. */
export function contextTokensOf({ windowTokens: window, effectiveTokens: effective }: Model): number {
  const known = [window, effective].filter((one) => one > 0)
  return known.length ? Math.min(...known) : UNKNOWN_WINDOW_TOKENS
}

/** Tokens of code that is found beforehand. */
export const briefingTokens = (model: Model): number => Math.floor(contextTokensOf(model) * BRIEFING_SHARE)

/** A token is hardly ever longer: a reply of more characters is more than what is left. */
const MAX_CHARS_PER_TOKEN = 8

export interface Budgeted {
  readonly budget: TokenBudget
  count(text: string): number
}

/** What a model said: its text, and the tools it calls. */
export interface ModelReply {
  readonly content: string
  readonly calls: readonly ToolRequest[]
  /** False when it was cut. */
  readonly finished: boolean
}

/** With the calls in it, as one text. */
export function replyText({
  content,
  calls = [],
}: {
  readonly content: string
  readonly calls?: ModelReply['calls']
}): string {
  return [...(content ? [content] : []), ...calls.map(({ name, input }) => `${name} ${input}`)].join('\n')
}

/** Our tokens of a request. */
export function countTokens(
  { count }: Pick<Budgeted, 'count'>,
  messages: readonly ToolMessage[],
  tools: readonly ToolSpec[],
): number {
  const offered = tools.length ? count(JSON.stringify(tools)) : 0
  return messages.reduce((sum, message) => sum + count(replyText(message)), offered)
}

/** A reply in text; see `say`. */
export async function completeText(
  run: Run,
  model: Model,
  budgeted: Budgeted,
  messages: readonly Message[],
  onExchange: (reply: string, usage: Usage | null) => void,
): Promise<string> {
  // null is said of tools alone.
  return (await complete(run, model, budgeted, messages, [], onExchange))?.content ?? ''
}

/** A reply, paid for from the purse; `onExchange` hears of it. null: the tools were refused. */
export async function complete(
  run: Run,
  model: Model,
  budgeted: Budgeted,
  messages: readonly ToolMessage[],
  tools: readonly ToolSpec[],
  onExchange: (reply: string, usage: Usage | null) => void,
): Promise<ModelReply | null> {
  const counted = countTokens(budgeted, messages, tools)
  budgeted.budget.require(Math.ceil(counted * model.tokenRatio))
  let text = ''
  const most = budgeted.budget.remaining * MAX_CHARS_PER_TOKEN
  const onText = (piece: string) => {
    text += piece
    if (text.length > most) budgeted.budget.exceeded()
  }
  // Without tools nothing was told of calls.
  const plain = messages.filter((one) => one.role !== 'tool')
  const written =
    tools.length && model.completeWithTools
      ? await model.completeWithTools(run, messages, tools, onText)
      : { ...(await model.complete(run, plain, onText)), calls: [] }
  if (!written) return null
  const { usage, calls, finished } = written
  const reply = replyText({ content: text, calls })
  if (usage) model.recordUsage(counted, usage.input)
  budgeted.budget.record(usage ?? { input: counted, output: budgeted.count(reply), cached: null })
  onExchange(reply, usage)
  return { content: text.trim(), calls, finished }
}
