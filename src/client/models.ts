/**
 * Which model answers: none, one of the editor's, or an OpenAI-compatible endpoint. Keys are stored only in the
 * editor's secret storage, by origin, and sent nowhere else.
 */
import {
  type CancellationToken,
  ConfigurationTarget,
  EventEmitter,
  type ExtensionContext,
  type LanguageModelChat,
  LanguageModelChatMessage,
  l10n,
  lm,
  workspace,
} from 'vscode'
import type { Message } from '../engine/types/answer.ts'
import {
  type ClientNotices,
  MODEL_ROLES,
  type ModelChoice,
  type ModelEndpoint,
  type ModelRole,
  type ModelRoles,
  type ServerRequests,
} from '../protocol/requests.ts'

/** The choice as stored; a model of the editor by its id. */
type StoredChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'endpoint' }
  | { readonly kind: 'editor'; readonly id: string; readonly name: string }

export class ModelSettings {
  private readonly context: ExtensionContext
  private readonly changes = new EventEmitter<void>()
  readonly onChange = this.changes.event
  /** Models by id, for when the server asks for an answer by one. */
  private readonly registered = new Map<string, LanguageModelChat>()

  constructor(context: ExtensionContext) {
    this.context = context
    context.subscriptions.push(
      lm.onDidChangeChatModels(() => this.changes.fire()),
      workspace.onDidChangeConfiguration(
        (event) => event.affectsConfiguration('fovea.endpoint') && this.changes.fire(),
      ),
    )
  }

  private get stored(): StoredChoice {
    return this.context.globalState.get<StoredChoice>('model', { kind: 'none' })
  }

  async choose(choice: StoredChoice): Promise<void> {
    await this.context.globalState.update('model', choice)
    this.changes.fire()
  }

  /** The name to show; null when no model is chosen. */
  async name(): Promise<string | null> {
    const { stored } = this
    if (stored.kind === 'editor') return stored.name
    const choice = await this.choice()
    return choice.kind === 'endpoint' ? choice.model : null
  }

  /** The current choice. Throws when the editor no longer offers the chosen model. */
  async choice(): Promise<ModelChoice> {
    const { stored } = this
    if (stored.kind === 'endpoint') return (await this.endpointChoice()) ?? { kind: 'none' }
    if (stored.kind === 'none') return stored
    const found = (await lm.selectChatModels()).find(({ id }) => id === stored.id)
    if (!found) throw new Error(l10n.t('The editor no longer offers the model {0}: pick another one.', stored.name))
    return this.register(found)
  }

  async endpointChoice(): Promise<ModelChoice | null> {
    const endpoint = await this.endpoint()
    return endpoint && { kind: 'endpoint', ...endpoint }
  }

  /** The models that the settings name for particular roles. */
  async roles(): Promise<ModelRoles> {
    const settings = workspace.getConfiguration('fovea.roles')
    const choices = MODEL_ROLES.map(async (role): Promise<[ModelRole, ModelChoice] | null> => {
      const id = settings.get<string>(role, '')
      if (!id) return null
      const found = (await lm.selectChatModels()).find((model) => model.id === id)
      if (found) return [role, this.register(found)]
      const endpoint = await this.endpoint()
      return endpoint && [role, { kind: 'endpoint', ...endpoint, model: id }]
    })
    return Object.fromEntries((await Promise.all(choices)).filter((one) => one !== null))
  }

  /** Makes a model of the editor available to the server. */
  register(model: LanguageModelChat): ModelChoice {
    this.registered.set(model.id, model)
    return { kind: 'editor', id: model.id, name: model.name, window: model.maxInputTokens }
  }

  /** The endpoint of the settings; null when none is set up. */
  async endpoint(): Promise<ModelEndpoint | null> {
    const settings = workspace.getConfiguration('fovea.endpoint')
    const url = settings.get<string>('url', '')
    const model = settings.get<string>('model', '')
    if (!url || !model) return null
    const headers = settings.get<Record<string, string>>('headers', {})
    return { url, model, key: await this.key(url), headers, window: settings.get<number>('contextWindow', 0) }
  }

  async key(url: string): Promise<string> {
    return (await this.context.secrets.get(secretOf(url))) ?? ''
  }

  /** The headers to send to an address: only those configured for the same origin. */
  headersFor(url: string): Readonly<Record<string, string>> {
    const settings = workspace.getConfiguration('fovea.endpoint')
    const isSameOrigin = originOf(settings.get<string>('url', '')) === originOf(url)
    return isSameOrigin ? settings.get<Record<string, string>>('headers', {}) : {}
  }

  /** Stores an endpoint and chooses it. Headers and window of another origin are reset. */
  async setEndpoint(url: string, model: string, key: string): Promise<void> {
    const settings = workspace.getConfiguration('fovea.endpoint')
    if (settings.get<string>('url') && originOf(settings.get<string>('url', '')) !== originOf(url)) {
      await settings.update('headers', undefined, ConfigurationTarget.Global)
      await settings.update('contextWindow', undefined, ConfigurationTarget.Global)
    }
    if (key) await this.context.secrets.store(secretOf(url), key)
    else await this.context.secrets.delete(secretOf(url))
    await settings.update('url', url, ConfigurationTarget.Global)
    await settings.update('model', model, ConfigurationTarget.Global)
    await this.choose({ kind: 'endpoint' })
  }

  /** Runs a model of the editor for the server and streams its text. */
  readonly answer = async (
    { request, id, messages }: ServerRequests['lm/complete'][0],
    token: CancellationToken,
    onText: (notice: ClientNotices['lm/text']) => void,
  ): Promise<void> => {
    const model = this.registered.get(id)
    if (!model) throw new Error(l10n.t('The editor no longer offers the model: pick another one.'))
    const response = await model.sendRequest(messages.map(chatMessage), {}, token)
    for await (const text of response.text) onText({ request, text })
  }
}

/** A key is stored for the origin it was entered for and sent nowhere else. */
const secretOf = (url: string): string => `key ${originOf(url)}`

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : url)

/** The editor's models have no system role: it is sent as the user's. */
function chatMessage({ role, content }: Message): LanguageModelChatMessage {
  return role === 'assistant' ? LanguageModelChatMessage.Assistant(content) : LanguageModelChatMessage.User(content)
}
