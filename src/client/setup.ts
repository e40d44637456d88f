/** Picking a model, and setting one up: what a server on this machine offers, or any OpenAI-compatible address. */

import type { QuickPickItem } from 'vscode'
import { CancellationTokenSource, l10n, lm, ProgressLocation, QuickPickItemKind, window } from 'vscode'
import { type Connection, messageOf } from './connection.ts'
import type { ModelSettings } from './models.ts'

/** A server on this machine answers at once, or something else listens there. */
const PROBE_MS = 2000
const LIST_MS = 15_000
/** Ports on which local model servers listen unless told otherwise. */
const LOCAL: readonly (readonly [name: string, url: string])[] = [
  ['Ollama', 'http://127.0.0.1:11434/v1'],
  ['LM Studio', 'http://127.0.0.1:1234/v1'],
  ['llama.cpp', 'http://127.0.0.1:8080/v1'],
  ['vLLM', 'http://127.0.0.1:8000/v1'],
]

interface Choice extends QuickPickItem {
  readonly run?: () => Promise<unknown>
}

export async function pickModel(connection: Connection, models: ModelSettings): Promise<void> {
  const endpoint = await models.endpoint()
  const offered = (await lm.selectChatModels()).filter(({ vendor }) => vendor !== 'fovea')
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
    ...(offered.length ? [{ label: l10n.t('Models of the editor'), kind: QuickPickItemKind.Separator }] : []),
    ...offered.map(({ id, name, vendor, maxInputTokens }) => ({
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
  const found = await window.withProgress(
    { location: ProgressLocation.Notification, title: l10n.t('Looking for model servers on this machine…') },
    () =>
      Promise.all(
        LOCAL.map(async ([name, url]) => ({
          name,
          url,
          ids: await offeredBy(connection, models, url, '', PROBE_MS).catch(() => []),
        })),
      ),
  )
  const items: Choice[] = found.flatMap(({ name, url, ids }) => [
    ...(ids.length ? [{ label: name, kind: QuickPickItemKind.Separator }] : []),
    ...ids.map((id) => ({
      label: `$(server) ${id}`,
      description: url,
      run: () => tryAndKeep(connection, models, url, id, ''),
    })),
  ])
  const nothing =
    items.length === 0 ? l10n.t('No model server answers on this machine (Ollama, LM Studio, llama.cpp, vLLM).') : ''
  const other: Choice = {
    label: `$(link) ${l10n.t('OpenAI-compatible endpoint…')}`,
    detail: nothing,
    run: () => askForEndpoint(connection, models),
  }
  const chosen = await window.showQuickPick([...items, { label: '', kind: QuickPickItemKind.Separator }, other], {
    title: l10n.t('Set Up Model'),
    placeHolder: l10n.t('Questions and the code chosen for them will be sent to it.'),
  })
  await chosen?.run?.()
}

async function offeredBy(connection: Connection, models: ModelSettings, url: string, key: string, limit: number) {
  const stop = new CancellationTokenSource()
  const timer = setTimeout(() => stop.cancel(), limit)
  try {
    return await connection.request('fovea/models', { url, key, headers: models.headersFor(url) }, stop.token)
  } finally {
    clearTimeout(timer)
  }
}

async function askForEndpoint(connection: Connection, models: ModelSettings): Promise<void> {
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
    prompt: l10n.t('Kept in the secret storage of the editor. Leave it empty when the endpoint needs none.'),
    value: await models.key(address),
    password: true,
    ignoreFocusOut: true,
  })
  if (key === undefined) return
  const model = await chooseModel(connection, models, address, key, previous?.model ?? '')
  if (model) await tryAndKeep(connection, models, address, model, key)
}

async function chooseModel(
  connection: Connection,
  models: ModelSettings,
  url: string,
  key: string,
  previous: string,
): Promise<string | undefined> {
  const title = l10n.t('Model (3 of 3)')
  try {
    const ids = await offeredBy(connection, models, url, key, LIST_MS)
    if (ids.length) return await window.showQuickPick([...ids], { title, ignoreFocusOut: true })
  } catch (error) {
    // An endpoint need not list its models; a wrong address or key shows in the trial, too.
    void window.showWarningMessage(messageOf(error))
  }
  return window.showInputBox({ title, prompt: l10n.t('Name of the model'), value: previous, ignoreFocusOut: true })
}

async function tryAndKeep(
  connection: Connection,
  models: ModelSettings,
  url: string,
  model: string,
  key: string,
): Promise<void> {
  try {
    await window.withProgress(
      { location: ProgressLocation.Notification, title: l10n.t('Trying {0}…', model), cancellable: true },
      (_, token) =>
        connection.request('fovea/tryModel', { url, model, key, headers: models.headersFor(url), window: 0 }, token),
    )
  } catch (error) {
    const again = l10n.t('Try Again')
    const keep = l10n.t('Use It Anyway')
    const answer = await window.showErrorMessage(messageOf(error), again, keep)
    if (answer === again) return tryAndKeep(connection, models, url, model, key)
    if (answer !== keep) return
  }
  await models.setEndpoint(url, model, key)
  void window.showInformationMessage(l10n.t('{0} now answers in the Fovea chat.', model))
}
