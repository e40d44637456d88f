/**
 * Provides Fovea's models to the editor's chat: the configured endpoint, and the offline brief, so that the chat works
 * where no other model is available.
 */
import {
  type CancellationToken,
  EventEmitter,
  type ExtensionContext,
  type LanguageModelChatInformation,
  LanguageModelChatMessageRole,
  type LanguageModelChatProvider,
  type LanguageModelChatRequestMessage,
  LanguageModelTextPart,
  LanguageModelToolCallPart,
  LanguageModelToolResultPart,
  l10n,
  lm,
  type Progress,
  type ProvideLanguageModelChatResponseOptions,
} from 'vscode'
import type { ToolMessage } from '../engine/types/answer.ts'
import { DEFAULT_BUDGET_TOKENS } from '../engine/types/query.ts'
import type { Connection } from './connection.ts'
import type { ModelSettings } from './models.ts'

/** Id of the offline brief, which stands in for a model. */
export const OFFLINE = 'offline-brief'
const VENDOR = 'fovea'
/** Context window reported for a model whose window is unknown. */
const DEFAULT_WINDOW_TOKENS = 16_000
const MAX_OUTPUT_TOKENS = 4096
/** A rough estimate for the editor; the engine counts what is sent exactly. */
const CHARS_PER_TOKEN = 4

type Part = LanguageModelTextPart | LanguageModelToolCallPart

export async function registerProvider(
  context: ExtensionContext,
  connection: Connection,
  models: ModelSettings,
): Promise<void> {
  const provider = new Provider(connection, models)
  context.subscriptions.push(lm.registerLanguageModelChatProvider(VENDOR, provider))
  // The chat refuses a question before any participant sees it until some model has been resolved once.
  await lm.selectChatModels({ vendor: VENDOR })
}

class Provider implements LanguageModelChatProvider {
  private readonly connection: Connection
  private readonly models: ModelSettings
  private readonly changes = new EventEmitter<void>()
  readonly onDidChangeLanguageModelChatInformation = this.changes.event

  constructor(connection: Connection, models: ModelSettings) {
    this.connection = connection
    this.models = models
    models.onChange(() => this.changes.fire())
  }

  async provideLanguageModelChatInformation(): Promise<LanguageModelChatInformation[]> {
    const endpoint = await this.models.endpoint()
    const common = {
      family: VENDOR,
      version: '1',
      maxOutputTokens: MAX_OUTPUT_TOKENS,
      isUserSelectable: true,
      capabilities: { toolCalling: true },
    }
    // The brief never calls a tool, but the chat only offers models that can.
    const offline = {
      ...common,
      id: OFFLINE,
      name: l10n.t('Fovea offline brief (no model)'),
      maxInputTokens: DEFAULT_WINDOW_TOKENS,
    }
    if (!endpoint) return [offline]
    const { url, model, window } = endpoint
    return [
      { ...common, id: `${url} ${model}`, name: model, detail: url, maxInputTokens: window || DEFAULT_WINDOW_TOKENS },
      offline,
    ]
  }

  /** The parameters are those of the VS Code interface. */
  async provideLanguageModelChatResponse(
    { id }: LanguageModelChatInformation,
    messages: readonly LanguageModelChatRequestMessage[],
    { tools }: ProvideLanguageModelChatResponseOptions,
    progress: Progress<Part>,
    token: CancellationToken,
  ): Promise<void> {
    const reportText = (text: string) => progress.report(new LanguageModelTextPart(text))
    if (id === OFFLINE) return reportText(await this.brief(messages, token))
    const endpoint = await this.models.endpoint()
    if (!endpoint) throw new Error(l10n.t('No endpoint is set up: run Fovea: Set Up Model.'))
    const specs = tools?.map(({ name, description, inputSchema }) => ({ name, description, schema: inputSchema ?? {} }))
    const request = { endpoint, messages: messages.flatMap(wireMessages), tools: specs ?? [] }
    await this.connection.request('fovea/complete', request, token, ({ text, call }) => {
      if (text) reportText(text)
      if (call) progress.report(new LanguageModelToolCallPart(call.id, call.name, inputOf(call.input)))
    })
  }

  private async brief(messages: readonly LanguageModelChatRequestMessage[], token: CancellationToken): Promise<string> {
    const question = textOf(messages.at(-1))
    const params = {
      thread: null,
      replaces: null,
      question,
      mentions: [],
      budget: DEFAULT_BUDGET_TOKENS,
      overrides: [],
      earlier: [],
    }
    const { turn } = await this.connection.request('fovea/ask', { ...params, model: { kind: 'none' } }, token)
    if (turn.answer?.mode !== 'offline') return turn.error ?? ''
    const rows = turn.answer.statements.map(
      ({ text, path, firstLine, lastLine }) => `- ${text} (${path}:${firstLine}-${lastLine})`,
    )
    return [l10n.t('Offline brief: no model was asked.'), turn.answer.summary, ...rows].join('\n')
  }

  async provideTokenCount(
    _model: LanguageModelChatInformation,
    text: string | LanguageModelChatRequestMessage,
  ): Promise<number> {
    return Math.ceil((typeof text === 'string' ? text : textOf(text)).length / CHARS_PER_TOKEN)
  }
}

function textOf(message: Pick<LanguageModelChatRequestMessage, 'content'> | undefined): string {
  return message?.content.map((part) => (part instanceof LanguageModelTextPart ? part.value : '')).join('') ?? ''
}

/** Splits the editor's message, which may hold text, tool calls and tool results, into messages for an endpoint. */
function wireMessages(message: LanguageModelChatRequestMessage): ToolMessage[] {
  const role = message.role === LanguageModelChatMessageRole.Assistant ? 'assistant' : 'user'
  const calls = message.content
    .filter((part) => part instanceof LanguageModelToolCallPart)
    .map(({ callId, name, input }) => ({ id: callId, name, input: JSON.stringify(input) }))
  const results = message.content
    .filter((part) => part instanceof LanguageModelToolResultPart)
    .map(({ callId, content }): ToolMessage => ({ role: 'tool', call: callId, content: textOf({ content }) }))
  const content = textOf(message)
  if (calls.length) return [{ role: 'assistant', content, calls }, ...results]
  return [...results, ...(content || results.length === 0 ? [{ role, content } as const] : [])]
}

/** The parsed input of a tool call; empty when it is not valid JSON, so that the tool reports what is missing. */
function inputOf(json: string): object {
  try {
    const read: unknown = JSON.parse(json || '{}')
    return typeof read === 'object' && read !== null ? read : {}
  } catch {
    return {}
  }
}
