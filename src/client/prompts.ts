/** What a model is sent, to be read: a document of its own language that cannot be changed. */
import { EventEmitter, type ExtensionContext, l10n, languages, Uri, window, workspace } from 'vscode'
import type { Message } from '../engine/model/answer.ts'

const SCHEME = 'fovea-prompt'
const LANGUAGE = 'fovea-context'

export class Prompts {
  private readonly changes = new EventEmitter<Uri>()
  private text = ''

  constructor(context: ExtensionContext) {
    context.subscriptions.push(
      workspace.registerTextDocumentContentProvider(SCHEME, {
        onDidChange: this.changes.event,
        provideTextDocumentContent: () => this.text,
      }),
    )
  }

  async show(messages: readonly Message[]): Promise<void> {
    this.text = messages.length
      ? messages.map(({ role, content }) => `=== ${role}\n${content}\n`).join('\n')
      : l10n.t('Nothing was asked yet: ask in the Fovea chat first.')
    const uri = Uri.from({ scheme: SCHEME, path: '/as-sent.fovea' })
    this.changes.fire(uri)
    const document = await workspace.openTextDocument(uri)
    await languages.setTextDocumentLanguage(document, LANGUAGE)
    await window.showTextDocument(document, { preview: true })
  }
}
