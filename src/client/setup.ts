/** Picks and sets up models: those a local server offers, or any OpenAI-compatible endpoint. */

import type { QuickPickItem } from 'vscode'
import { CancellationTokenSource, l10n, lm, ProgressLocation, QuickPickItemKind, window } from 'vscode'
import { type Connection, messageOf } from './connection.ts'
import type { ModelSettings } from './models.ts'

/** A local model server answers at once; otherwise something else is listening on the port. */
const PROBE_TIMEOUT_MS = 2000
const LIST_TIMEOUT_MS = 15_000
/** The default addresses of local model servers. */
const LOCAL_SERVERS: readonly (readonly [name: string, url: string])[] = [
  ['Ollama', 'http://127.0.0.1:11434/v1'],
  ['LM Studio', 'http://127.0.0.1:1234/v1'],
  ['llama.cpp', 'http://127.0.0.1:8080/v1'],
  ['vLLM', 'http://127.0.0.1:8000/v1'],
]

interface Services {
  readonly connection: Connection
  readonly models: ModelSettings
}

/** An endpoint that may not be set up yet. */
interface Candidate {
  readonly url: string
  readonly key: string
}

interface Choice extends QuickPickItem {
  readonly run?: () => Promise<unknown>
}

export async function pickModel(connection: Connection, models: ModelSettings): Promise<void> {
  const endpoint = await models.endpoint()
  const editorModels = (await lm.selectChatModels()).filter(({ vendor }) => vendor !== 'fovea')
  const items: Choice[] = [
    {
      label: `$(book) ${l10n.t('No model')}`,
      detail: l10n.t('Questions get an offline brief: where to look, with the relevant lines.'),
      run: () => models.choose({ kind: 'none' }),
    },
    ...(endpoint
      ? [
          { label: l10n.t('Endpoint'), kind: QuickPickItemKind.Separator },
          {
            label: `$(server) ${endpoint.model}`,
            description: endpoint.url,
            run: () => models.choose({ kind: 'endpoint' }),
          },
        ]
      : []),
    ...(editorModels.length ? [{ label: l10n.t('Editor models'), kind: QuickPickItemKind.Separator }] : []),
    ...editorModels.map(({ id, name, vendor, maxInputTokens }) => ({
      label: `$(sparkle) ${name}`,
      description: l10n.t('{0}, {1} tokens', vendor, maxInputTokens),
      run: () => models.choose({ kind: 'editor', id, name }),
    })),
    { label: '', kind: QuickPickItemKind.Separator },
    { label: `$(add) ${l10n.t('Set up a model…')}`, run: () => setUpModel(connection, models) },
  ]
  const chosen = await window.showQuickPick(items, { title: l10n.t('Model that answers') })
  await chosen?.run?.()
}

export async function setUpModel(connection: Connection, models: ModelSettings): Promise<void> {
  const services = { connection, models }
  const servers = await window.withProgress(
    { location: ProgressLocation.Notification, title: l10n.t('Looking for model servers on this machine…') },
    () =>
      Promise.all(
        LOCAL_SERVERS.map(async ([name, url]) => ({
          name,
          url,
          ids: await listModels(services, { url, key: '' }, PROBE_TIMEOUT_MS).catch(() => []),
        })),
      ),
  )
  const items: Choice[] = servers.flatMap(({ name, url, ids }) => [
    ...(ids.length ? [{ label: name, kind: QuickPickItemKind.Separator }] : []),
    ...ids.map((id) => ({
      label: `$(server) ${id}`,
      description: url,
      run: () => tryAndSave(services, { url, key: '' }, id),
    })),
  ])
  const noServer =
    items.length === 0 ? l10n.t('No model server was found on this machine (Ollama, LM Studio, llama.cpp, vLLM).') : ''
  const other: Choice = {
    label: `$(link) ${l10n.t('OpenAI-compatible endpoint…')}`,
    detail: noServer,
    run: () => askForEndpoint(services),
  }
  const chosen = await window.showQuickPick([...items, { label: '', kind: QuickPickItemKind.Separator }, other], {
    title: l10n.t('Set Up Model'),
    placeHolder: l10n.t('Questions and the code chosen for them will be sent to it.'),
  })
  await chosen?.run?.()
}

/** Model ids that an endpoint lists; rejects when it does not answer within the timeout. */
async function listModels({ connection, models }: Services, { url, key }: Candidate, timeoutMs: number) {
  const stop = new CancellationTokenSource()
  const timer = setTimeout(() => stop.cancel(), timeoutMs)
  try {
    return await connection.request('fovea/models', { url, key, headers: models.headersFor(url) }, stop.token)
  } finally {
    clearTimeout(timer)
  }
}

async function askForEndpoint(services: Services): Promise<void> {
  const { models } = services
  const previous = await models.endpoint()
  const url = await window.showInputBox({
    title: l10n.t('Address of the endpoint (1 of 3)'),
    prompt: l10n.t('Including /v1, for example http://127.0.0.1:11434/v1'),
    value: previous?.url ?? '',
    ignoreFocusOut: true,
    validateInput: (text) =>
      /^https?:\/\/\S+$/.test(text.trim()) ? null : l10n.t('The address must begin with http:// or https://'),
  })
  if (!url) return
  const address = url.trim().replace(/\/+$/, '')
  const key = await window.showInputBox({
    title: l10n.t('Key (2 of 3)'),
    prompt: l10n.t('Stored in the editor’s secret storage. Leave it empty if the endpoint needs no key.'),
    value: await models.key(address),
    password: true,
    ignoreFocusOut: true,
  })
  if (key === undefined) return
  const candidate = { url: address, key }
  const model = await chooseModel(services, candidate, previous?.model ?? '')
  if (model) await tryAndSave(services, candidate, model)
}

async function chooseModel(services: Services, candidate: Candidate, previous: string): Promise<string | undefined> {
  const title = l10n.t('Model (3 of 3)')
  try {
    const ids = await listModels(services, candidate, LIST_TIMEOUT_MS)
    if (ids.length) return await window.showQuickPick([...ids], { title, ignoreFocusOut: true })
  } catch (error) {
    // An endpoint need not list its models. A wrong address or key also shows when the model is tried.
    void window.showWarningMessage(messageOf(error))
  }
  return window.showInputBox({ title, prompt: l10n.t('Name of the model'), value: previous, ignoreFocusOut: true })
}

/** Sends a trial request and stores the endpoint if it succeeds, or if the user wants it anyway. */
async function tryAndSave(services: Services, candidate: Candidate, model: string): Promise<void> {
  const { connection, models } = services
  const { url, key } = candidate
  try {
    await window.withProgress(
      { location: ProgressLocation.Notification, title: l10n.t('Trying {0}…', model), cancellable: true },
      (_, token) =>
        connection.request('fovea/tryModel', { url, model, key, headers: models.headersFor(url), window: 0 }, token),
    )
  } catch (error) {
    const retry = l10n.t('Try Again')
    const useAnyway = l10n.t('Use It Anyway')
    const answer = await window.showErrorMessage(messageOf(error), retry, useAnyway)
    if (answer === retry) return tryAndSave(services, candidate, model)
    if (answer !== useAnyway) return
  }
  await models.setEndpoint(url, model, key)
  void window.showInformationMessage(l10n.t('The Fovea chat now uses {0}.', model))
}
