/** The Index Details page: what is indexed, what was skipped and why, and where the index is stored. */
import { commands, EventEmitter, type ExtensionContext, l10n, Uri, workspace } from 'vscode'
import type { IndexDetails } from '../protocol/requests.ts'
import { type Connection, messageOf } from './connection.ts'

const SCHEME = 'fovea-details'
const PAGE = Uri.from({ scheme: SCHEME, path: '/Index Details.md' })
/** Paths listed for each reason. */
const MAX_SKIPPED_LISTED = 200

export class IndexDetailsDocument {
  private readonly changes = new EventEmitter<Uri>()
  private readonly connection: Connection

  constructor(context: ExtensionContext, connection: Connection) {
    this.connection = connection
    context.subscriptions.push(
      workspace.registerTextDocumentContentProvider(SCHEME, {
        onDidChange: this.changes.event,
        provideTextDocumentContent: () => this.text(),
      }),
      connection.onContent(() => this.changes.fire(PAGE)),
    )
  }

  async show(): Promise<void> {
    this.changes.fire(PAGE)
    await commands.executeCommand('markdown.showPreview', PAGE)
  }

  private async text(): Promise<string> {
    try {
      return pageOf(await this.connection.request('fovea/details', {}))
    } catch (error) {
      return `# ${l10n.t('Index Details')}\n\n${messageOf(error)}\n`
    }
  }
}

function pageOf(details: IndexDetails): string {
  const { roots, folder, store, storeReason, embedder, files, symbols, chunks, clusters, bytes, at, complete } = details
  const row = (name: string, value: string | number) => `| ${name} | ${value} |`
  const counts = [
    row(l10n.t('Files'), files),
    row(l10n.t('Symbols'), symbols),
    row(l10n.t('Chunks'), chunks),
    row(l10n.t('Clusters'), clusters),
    row(l10n.t('Size on disk'), `${(bytes / 1e6).toFixed(1)} MB`),
    row(l10n.t('Last update'), at === null ? l10n.t('never') : minuteOf(at)),
    row(l10n.t('State'), complete ? l10n.t('complete') : l10n.t('incomplete: still indexing')),
    row(l10n.t('Store'), store === 'lancedb' ? 'LanceDB' : l10n.t('plain files ({0})', storeReason)),
    row(l10n.t('Embedder'), code(embedder || '-')),
    row(l10n.t('Location'), code(folder)),
    ...roots.map((root) => row(l10n.t('Folder'), code(root))),
  ]
  const languages = details.languages.map(([language, n]) => row(language, n))
  const skipped = [...Map.groupBy(details.skipped, ({ reason }) => reason)].flatMap(([reason, all]) => [
    `\n### ${reason} (${all.length})\n`,
    ...all.slice(0, MAX_SKIPPED_LISTED).map(({ path }) => `- ${code(path)}`),
    ...(all.length > MAX_SKIPPED_LISTED ? [`- … ${all.length - MAX_SKIPPED_LISTED}`] : []),
  ])
  const head = '| | |\n|---|---|'
  return [
    `# ${l10n.t('Index Details')}\n`,
    head,
    ...counts,
    `\n## ${l10n.t('Languages')}\n`,
    head,
    ...languages,
    `\n## ${l10n.t('Skipped')} (${details.skipped.length})`,
    ...(skipped.length ? skipped : [`\n${l10n.t('Nothing was skipped.')}`]),
    '',
  ].join('\n')
}

/** A path as inline code. Control characters are replaced: a line break would end the code and start Markdown. */
function code(text: string): string {
  const plain = text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u00b7')
    .replaceAll('`', "'")
    .replaceAll('|', '\\|')
  return `\`\` ${plain} \`\``
}

/** Local time to the minute. Formatting it for a locale would block the editor's thread while locale data loads. */
function minuteOf(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16).replace('T', ' ')
}
