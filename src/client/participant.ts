/** `@fovea` in the editor's own chat: answers the same questions with the model that is chosen there. */
import {
  type CancellationToken,
  type ChatContext,
  type ChatFollowup,
  type ChatRequest,
  ChatRequestTurn,
  ChatResponseMarkdownPart,
  type ChatResponseStream,
  ChatResponseTurn,
  type ChatResult,
  chat,
  commands,
  type ExtensionContext,
  Location,
  l10n,
  MarkdownString,
  ThemeIcon,
  Uri,
} from 'vscode'
import type { Answer } from '../engine/types/answer.ts'
import type { Explanation } from '../engine/types/explanation.ts'
import { EXPLAIN_BUDGET_TOKENS } from '../engine/types/query.ts'
import type { Exchange, Mention } from '../engine/types/thread.ts'
import type { ModelChoice } from '../protocol/requests.ts'
import { askingSettings } from './chat.ts'
import { OFFLINE } from './chat-model-provider.ts'
import { type Connection, messageOf } from './connection.ts'
import type { ModelSettings } from './models.ts'
import { rangeOf, uriOf } from './places.ts'
import type { ShownContext } from './shown-context.ts'

const MAX_FOLLOW_UPS = 2

interface Outcome extends ChatResult {
  readonly metadata: {
    readonly symbols: readonly string[]
    readonly blocks: number
    readonly mode: Answer['mode'] | 'error'
  }
}

interface Services {
  readonly connection: Connection
  readonly models: ModelSettings
}

interface Turn {
  readonly request: ChatRequest
  readonly stream: ChatResponseStream
  readonly token: CancellationToken
}

export function registerParticipant(
  context: ExtensionContext,
  connection: Connection,
  models: ModelSettings,
  shownContext: ShownContext,
): void {
  const services = { connection, models }
  const respond = async (
    request: ChatRequest,
    history: ChatContext,
    stream: ChatResponseStream,
    token: CancellationToken,
  ): Promise<Outcome> => {
    try {
      if (request.command === 'explain') return await explainInChat(services, { request, stream, token })
      if (request.command === 'generate') return await openGenerate(connection, request, stream)
      stream.progress(l10n.t('Assembling context'))
      const model: ModelChoice = request.command === 'where' ? { kind: 'none' } : await choiceOf(request, models)
      const mentions = await mentionsOf(connection, request)
      const params = {
        ...{
          thread: null,
          replaces: null,
          question: request.prompt,
          mentions,
          budget: shownContext.budget,
          overrides: [],
          model,
        },
        ...{ roles: await models.roles(), ...askingSettings(), earlier: exchangesOf(history) },
      }
      const { turn } = await connection.request('fovea/ask', params, token, ({ text, again }) => {
        if (again) stream.progress(again)
        if (text) stream.markdown(text)
      })
      if (!turn.answer) return failure(turn.error ?? l10n.t('This question was not answered.'))
      shownContext.showTurn(turn)
      await (turn.answer.mode === 'model'
        ? writeCitations(connection, stream, turn.answer)
        : writeBrief(connection, stream, turn.answer))
      stream.button({ command: 'fovea.showContext', title: l10n.t('Show Context') })
      return outcomeOf(turn.answer)
    } catch (error) {
      return failure(messageOf(error))
    }
  }
  const participant = chat.createChatParticipant('fovea.fovea', respond)
  participant.iconPath = new ThemeIcon('eye')
  participant.followupProvider = { provideFollowups: ({ metadata }) => followUps(metadata) }
  context.subscriptions.push(participant)
}

/** Explains in the chat, with a button that opens the same in the tab with its diagram. */
async function explainInChat({ connection, models }: Services, { request, stream, token }: Turn): Promise<Outcome> {
  stream.progress(l10n.t('Reading the graph of references'))
  const [mention] = await mentionsOf(connection, request)
  const target = {
    text: request.prompt.trim(),
    place: mention ? { path: mention.path, firstLine: mention.firstLine, lastLine: mention.lastLine } : null,
  }
  const params = {
    target,
    budget: EXPLAIN_BUDGET_TOKENS,
    model: await choiceOf(request, models),
    roles: await models.roles(),
  }
  const explanation = await connection.request('fovea/explain', params, token, ({ aspect }) => {
    if (aspect?.state === 'running') stream.progress(l10n.t('Writing: {0}', aspect.name))
  })
  const { text } = await connection.request('fovea/report', { explanation })
  stream.markdown(text)
  for (const { path, firstLine, lastLine } of placesOf(explanation)) {
    const uri = await uriOf(connection, path)
    if (uri) stream.reference(new Location(uri, rangeOf(firstLine, lastLine)))
  }
  stream.button({ command: 'fovea.explainAgain', title: l10n.t('Open with diagram'), arguments: [target] })
  const symbols = explanation.diagram.nodes.filter(({ role }) => role === 'step').map(({ label }) => label)
  return {
    metadata: { symbols: symbols.slice(0, MAX_FOLLOW_UPS), blocks: 0, mode: explanation.model ? 'model' : 'offline' },
  }
}

/** Opens the task in the tab, where its plan is edited and approved and its changes are reviewed. */
async function openGenerate(
  connection: Connection,
  request: ChatRequest,
  stream: ChatResponseStream,
): Promise<Outcome> {
  await commands.executeCommand('fovea.generate', request.prompt.trim(), await mentionsOf(connection, request))
  stream.markdown(l10n.t('The task is open in the *Generate Across Files* tab: make a plan there and approve it.'))
  return { metadata: { symbols: [], blocks: 0, mode: 'offline' } }
}

function failure(message: string): Outcome {
  return { errorDetails: { message }, metadata: { symbols: [], blocks: 0, mode: 'error' } }
}

async function choiceOf({ model }: ChatRequest, models: ModelSettings): Promise<ModelChoice> {
  if (model.vendor !== 'fovea') return models.register(model)
  if (model.id === OFFLINE) return { kind: 'none' }
  return (await models.endpointChoice()) ?? { kind: 'none' }
}

/** The files and selections of the workspace that are attached to the question. */
async function mentionsOf(connection: Connection, { references }: ChatRequest): Promise<Mention[]> {
  const mentions = references.map(async ({ value }): Promise<Mention[]> => {
    const uri = value instanceof Location ? value.uri : value instanceof Uri ? value : null
    if (uri?.scheme !== 'file') return []
    const { path } = await connection.request('fovea/path', { file: uri.fsPath })
    if (path === null) return []
    if (!(value instanceof Location)) return [{ kind: 'file', label: path, path, firstLine: 0, lastLine: 0 }]
    const [start, end] = [value.range.start.line + 1, value.range.end.line + 1]
    return [{ kind: 'selection', label: `${path}:${start}-${end}`, path, firstLine: start, lastLine: end }]
  })
  return (await Promise.all(mentions)).flat()
}

function exchangesOf({ history }: ChatContext): Exchange[] {
  return history.flatMap((turn, i) => {
    const next = history[i + 1]
    if (!(turn instanceof ChatRequestTurn) || !(next instanceof ChatResponseTurn)) return []
    const texts = next.response.map((part) => (part instanceof ChatResponseMarkdownPart ? part.value.value : ''))
    return [{ question: turn.prompt, answer: texts.join('') }]
  })
}

/** Writes the citations `[n]` as links to their lines. */
async function writeCitations(
  connection: Connection,
  stream: ChatResponseStream,
  { citations, end }: Extract<Answer, { mode: 'model' }>,
): Promise<void> {
  if (end === 'cut') stream.markdown(`\n\n_${l10n.t('The answer is cut off here.')}_`)
  for (const { n, path, firstLine, lastLine } of citations) {
    const uri = await uriOf(connection, path)
    if (!uri) continue
    const place = new Location(uri, rangeOf(firstLine, lastLine))
    stream.reference(place)
    stream.markdown(`${n === citations[0]?.n ? '\n\n' : ' · '}[${n}] `)
    stream.anchor(place, `${path}:${firstLine}`)
  }
}

async function writeBrief(
  connection: Connection,
  stream: ChatResponseStream,
  { summary, statements }: Extract<Answer, { mode: 'offline' }>,
): Promise<void> {
  stream.markdown(`**${l10n.t('Offline brief')}** — ${l10n.t('no model was asked.')} `)
  stream.markdown(new MarkdownString().appendText(summary))
  for (const [i, { text, path, firstLine, lastLine, quote }] of statements.entries()) {
    const uri = await uriOf(connection, path)
    stream.markdown(`\n\n${i + 1}. `)
    stream.markdown(new MarkdownString().appendText(`${text} `))
    if (uri) stream.anchor(new Location(uri, rangeOf(firstLine, lastLine)), `${path}:${firstLine}-${lastLine}`)
    if (quote.length) stream.markdown(new MarkdownString('\n\n').appendCodeblock(quote.join('\n')))
  }
}

function outcomeOf(answer: Answer): Outcome {
  const blocks = answer.context.packs[0]?.blocks ?? []
  const cited = answer.mode === 'model' ? answer.citations : blocks.filter(({ resolution }) => resolution === 'full')
  const symbols = [...new Set(cited.flatMap(({ symbols }) => symbols.slice(0, 1)))]
  return { metadata: { symbols: symbols.slice(0, MAX_FOLLOW_UPS), blocks: blocks.length, mode: answer.mode } }
}

const MAX_REFERENCES = 12

/** The places of an explanation's focus and steps. */
function placesOf({ diagram }: Explanation) {
  return diagram.nodes.filter(({ role }) => role === 'focus' || role === 'step').slice(0, MAX_REFERENCES)
}

/** Follow-up questions about symbols of the answer, so that each names one that exists. */
function followUps(metadata: ChatResult['metadata']): ChatFollowup[] {
  const symbols: unknown = metadata?.symbols
  if (!Array.isArray(symbols)) return []
  return symbols.map((symbol, i) => ({
    prompt: i === 0 ? l10n.t('Who uses {0}?', symbol) : l10n.t('How does {0} work?', symbol),
  }))
}
