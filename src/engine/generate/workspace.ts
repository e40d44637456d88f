/**
 * What a run needs (workspace, models, limits) and the events it reports; and requests to a model, charged to the
 * token budget.
 */

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
  /** The same, preceded by what the user attached: the context in which a plan or step begins. */
  briefFor(run: Run, query: string, tokens: number): Promise<string>
  /** Indexes the changes so far, for `search`. */
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
  /** For the whole run. */
  readonly budget: TokenBudget
  /** The user consented that a step is complete when only its syntax could be checked. */
  readonly unchecked: boolean
  /** Called with each event of the run. */
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

/** Tokens of a request when the model's context window is unknown. */
const UNKNOWN_WINDOW_TOKENS = 16_000
/** Share of the context for code that is searched before the first request. */
const BRIEFING_SHARE = 0.35

/** Most tokens that a request to the model may have. */
export function contextTokensOf({ windowTokens, effectiveTokens }: Model): number {
  const known = [windowTokens, effectiveTokens].filter((tokens) => tokens > 0)
  return known.length ? Math.min(...known) : UNKNOWN_WINDOW_TOKENS
}

/** Tokens for code that is searched before the first request. */
export const briefingTokens = (model: Model): number => Math.floor(contextTokensOf(model) * BRIEFING_SHARE)

/** Most characters per token in practice: a reply longer than this allows exceeds the remaining budget. */
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

/** The reply and its tool calls as one text. */
export function replyText({
  content,
  calls = [],
}: {
  readonly content: string
  readonly calls?: ModelReply['calls']
}): string {
  return [...(content ? [content] : []), ...calls.map(({ name, input }) => `${name} ${input}`)].join('\n')
}

/** Tokens of a request by our own tokenizer. */
export function countTokens(
  { count }: Pick<Budgeted, 'count'>,
  messages: readonly ToolMessage[],
  tools: readonly ToolSpec[],
): number {
  const toolTokens = tools.length ? count(JSON.stringify(tools)) : 0
  return messages.reduce((sum, message) => sum + count(replyText(message)), toolTokens)
}

interface ModelRequest<M> extends Budgeted {
  readonly model: Model
  readonly messages: readonly M[]
  onExchange(reply: string, usage: Usage | null): void
}

/** A reply in plain text; see `complete`. */
export async function completeText(run: Run, request: ModelRequest<Message>): Promise<string> {
  // null occurs with tools only.
  return (await complete(run, { ...request, tools: [] }))?.content ?? ''
}

/** A reply, charged to the token budget and reported to `onExchange`. null: the endpoint refuses tools. */
export async function complete(
  run: Run,
  request: ModelRequest<ToolMessage> & { readonly tools: readonly ToolSpec[] },
): Promise<ModelReply | null> {
  const { model, budget, messages, tools } = request
  const inputTokens = countTokens(request, messages, tools)
  budget.require(Math.ceil(inputTokens * model.tokenRatio))
  let text = ''
  const maxChars = budget.remaining * MAX_CHARS_PER_TOKEN
  const onText = (delta: string) => {
    text += delta
    if (text.length > maxChars) budget.exceeded()
  }
  // Without tools, the model knows nothing of tool calls and their results.
  const textMessages = messages.filter((message) => message.role !== 'tool')
  const completion =
    tools.length && model.completeWithTools
      ? await model.completeWithTools(run, messages, tools, onText)
      : { ...(await model.complete(run, textMessages, onText)), calls: [] }
  if (!completion) return null
  const { usage, calls, finished } = completion
  const reply = replyText({ content: text, calls })
  if (usage) model.recordUsage(inputTokens, usage.input)
  budget.record(usage ?? { input: inputTokens, output: request.count(reply), cached: null })
  request.onExchange(reply, usage)
  return { content: text.trim(), calls, finished }
}
