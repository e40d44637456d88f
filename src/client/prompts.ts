/** Shows the messages sent to a model as a read-only document with its own language. */
import { EventEmitter, type ExtensionContext, l10n, Uri, window, workspace } from 'vscode'
import type { Message } from '../engine/types/answer.ts'

const SCHEME = 'fovea-prompt'

export class PromptDocuments {
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

  /** `sent`: whether a model was sent exactly this; otherwise it is what one would be sent. */
  async show(messages: readonly Message[], sent: boolean): Promise<void> {
    const head = sent ? '' : `${l10n.t('Not sent: this is what a model would get if you asked now.')}\n\n`
    this.text = messages.length
      ? head + messages.map(({ role, content }) => `=== ${role}\n${content}\n`).join('\n')
      : l10n.t('No question yet: ask in the Fovea chat first.')
    const uri = Uri.from({ scheme: SCHEME, path: '/as-sent.fovea' })
    this.changes.fire(uri)
    const document = await workspace.openTextDocument(uri)
    await window.showTextDocument(document, { preview: true })
  }
}
