/** What plans and steps are made from, and the events they report. */

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
  /** Code relevant to a question, from the draft as last indexed; presented, within a number of tokens. */
  search(run: Run, query: string, tokens: number): Promise<string>
  /** The same, preceded by what the user attached: the beginning of a plan or step. */
  briefFor(run: Run, query: string, tokens: number): Promise<string>
  /** Indexes what was written, for `search`. */
  indexChanges(run: Run, changes: readonly FileChange[]): Promise<void>
  fenced(text: string): string
  count(text: string): number
}

/** The models of a run, and its limits. */
export interface RunnerOptions {
  readonly model: Model
  /** The planning model; absent: `model`. */
  readonly planner?: Model | undefined
  readonly limits: GenerateLimits
  /** Of the whole run. */
  readonly budget: TokenBudget
  /** The user consented that a step is complete when only its syntax could be checked. */
  readonly unchecked: boolean
  /** Events of a run, for whoever records or shows them. */
  onEvent(event: GenerateEvent): void
}

export type GenerateEvent =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'begun'; readonly step: string }
  | {
      readonly kind: 'exchange'
      /** null when it was about the plan. */
      readonly step: string | null
      /** The new part of the request. */
      readonly sent: string
      readonly reply: string
      readonly usage: Usage | null
    }
  | { readonly kind: 'ended'; readonly result: StepResult; readonly changes: readonly FileChange[] }

/** Tokens of a request when the model's window is unknown. */
const UNKNOWN_WINDOW_TOKENS = 16_000
/** Share of a context for code found in advance. */
const BRIEFING_SHARE = 0.35

/** Tokens of a request to the model. */
export function contextTokensOf({ windowTokens: window, effectiveTokens: effective }: Model): number {
  const known = [window, effective].filter((one) => one > 0)
  return known.length ? Math.min(...known) : UNKNOWN_WINDOW_TOKENS
}

/** Tokens of code that is found in advance. */
export const briefingTokens = (model: Model): number => Math.floor(contextTokensOf(model) * BRIEFING_SHARE)

/** Characters of a token at most, for all practical purposes: a longer reply exceeds what is left. */
const MAX_CHARS_PER_TOKEN = 8

export interface Budgeted {
  readonly budget: TokenBudget
  count(text: string): number
}

/** A model's reply: its text, and its tool calls. */
export interface ModelReply {
  readonly content: string
  readonly calls: readonly ToolRequest[]
  /** False when it was cut off. */
  readonly finished: boolean
}

/** Including its calls, as one text. */
export function replyText({
  content,
  calls = [],
}: {
  readonly content: string
  readonly calls?: ModelReply['calls']
}): string {
  return [...(content ? [content] : []), ...calls.map(({ name, input }) => `${name} ${input}`)].join('\n')
}

/** Tokens of a request, in our count. */
export function countTokens(
  { count }: Pick<Budgeted, 'count'>,
  messages: readonly ToolMessage[],
  tools: readonly ToolSpec[],
): number {
  const offered = tools.length ? count(JSON.stringify(tools)) : 0
  return messages.reduce((sum, message) => sum + count(replyText(message)), offered)
}

/** A reply in text; see `complete`. */
export async function completeText(
  run: Run,
  model: Model,
  budgeted: Budgeted,
  messages: readonly Message[],
  onExchange: (reply: string, usage: Usage | null) => void,
): Promise<string> {
  // null occurs with tools only.
  return (await complete(run, model, budgeted, messages, [], onExchange))?.content ?? ''
}

/** A reply, charged to the token budget and reported to `onExchange`. null: the endpoint refuses tools. */
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
  // Without tools the model was told nothing about calls.
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
