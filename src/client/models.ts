/** Which model answers: none, one of the editor's, or an OpenAI-compatible endpoint. Keys are kept by the editor alone. */
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
  type Endpoint,
  MODEL_ROLES,
  type ModelChoice,
  type ModelRole,
  type ModelRoles,
  type ServerRequests,
} from '../protocol/requests.ts'

/** As kept: an editor's model by its id. */
type Kept =
  | { readonly kind: 'none' }
  | { readonly kind: 'endpoint' }
  | { readonly kind: 'editor'; readonly id: string; readonly name: string }

export class ModelSettings {
  private readonly context: ExtensionContext
  private readonly changes = new EventEmitter<void>()
  readonly onChange = this.changes.event
  /** Models by id: the server names one when it asks for an answer. */
  private readonly lent = new Map<string, LanguageModelChat>()

  constructor(context: ExtensionContext) {
    this.context = context
    context.subscriptions.push(
      lm.onDidChangeChatModels(() => this.changes.fire()),
      workspace.onDidChangeConfiguration(
        (event) => event.affectsConfiguration('fovea.endpoint') && this.changes.fire(),
      ),
    )
  }

  private get kept(): Kept {
    return this.context.globalState.get<Kept>('model', { kind: 'none' })
  }

  async choose(kept: Kept): Promise<void> {
    await this.context.globalState.update('model', kept)
    this.changes.fire()
  }

  /** '' when none answers. */
  async name(): Promise<string> {
    const { kept } = this
    if (kept.kind === 'editor') return kept.name
    const choice = await this.choice()
    return choice.kind === 'endpoint' ? choice.model : ''
  }

  async choice(): Promise<ModelChoice> {
    const { kept } = this
    if (kept.kind === 'endpoint') return (await this.endpointChoice()) ?? { kind: 'none' }
    if (kept.kind === 'none') return kept
    const found = (await lm.selectChatModels()).find(({ id }) => id === kept.id)
    if (!found) throw new Error(l10n.t('The model {0} is not offered by the editor now: pick another.', kept.name))
    return this.lend(found)
  }

  async endpointChoice(): Promise<ModelChoice | null> {
    const endpoint = await this.endpoint()
    return endpoint && { kind: 'endpoint', ...endpoint }
  }

  /** Models that the settings name for single tasks. */
  async roles(): Promise<ModelRoles> {
    const settings = workspace.getConfiguration('fovea.roles')
    const named = MODEL_ROLES.map(async (role): Promise<[ModelRole, ModelChoice] | null> => {
      const id = settings.get<string>(role, '')
      if (!id) return null
      const found = (await lm.selectChatModels()).find((model) => model.id === id)
      if (found) return [role, this.lend(found)]
      const endpoint = await this.endpoint()
      return endpoint && [role, { kind: 'endpoint', ...endpoint, model: id }]
    })
    return Object.fromEntries((await Promise.all(named)).filter((one) => one !== null))
  }

  lend(model: LanguageModelChat): ModelChoice {
    this.lent.set(model.id, model)
    return { kind: 'editor', id: model.id, name: model.name, window: model.maxInputTokens }
  }

  /** null until one is set up. */
  async endpoint(): Promise<Endpoint | null> {
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

  /** What is sent along to an address: headers belong to the place they were given for. */
  headersFor(url: string): Readonly<Record<string, string>> {
    const settings = workspace.getConfiguration('fovea.endpoint')
    const same = originOf(settings.get<string>('url', '')) === originOf(url)
    return same ? settings.get<Record<string, string>>('headers', {}) : {}
  }

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

  /** Runs a model of the editor for the server, piece by piece. */
  readonly answer = async (
    { request, id, messages }: ServerRequests['lm/complete'][0],
    token: CancellationToken,
    say: (notice: ClientNotices['lm/text']) => void,
  ): Promise<void> => {
    const model = this.lent.get(id)
    if (!model) throw new Error(l10n.t('the model is no longer offered: pick another.'))
    const response = await model.sendRequest(messages.map(chatMessage), {}, token)
    for await (const text of response.text) say({ request, text })
  }
}

/** A key belongs to the place it was given for, and is sent nowhere else. */
const secretOf = (url: string): string => `key ${originOf(url)}`

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : url)

/** The editor's models know no system role. */
function chatMessage({ role, content }: Message): LanguageModelChatMessage {
  return role === 'assistant' ? LanguageModelChatMessage.Assistant(content) : LanguageModelChatMessage.User(content)
}
