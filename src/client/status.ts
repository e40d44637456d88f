/** The status bar item: shows what the index is doing and its progress; its menu pauses, resumes and shows details. */
import { commands, l10n, MarkdownString, StatusBarAlignment, ThemeColor, window } from 'vscode'
import type { IndexState } from '../protocol/requests.ts'
import type { Connection } from './connection.ts'

export function showStatus(connection: Connection): { dispose(): void } {
  const item = window.createStatusBarItem('fovea.status', StatusBarAlignment.Right, 90)
  item.name = 'Fovea'
  item.command = 'fovea.statusMenu'
  const draw = () => {
    const { text, tooltip, warn } = describe(connection)
    item.text = text
    item.tooltip = new MarkdownString().appendText(tooltip)
    item.accessibilityInformation = { label: `Fovea: ${tooltip}`, role: 'button' }
    item.backgroundColor = warn ? new ThemeColor('statusBarItem.warningBackground') : undefined
    item.show()
  }
  draw()
  const listener = connection.onState(draw)
  return {
    dispose() {
      listener.dispose()
      item.dispose()
    },
  }
}

function describe({ server, index }: Connection): { text: string; tooltip: string; warn: boolean } {
  if (server === 'stopped')
    return {
      text: `$(error) ${l10n.t('Fovea stopped')}`,
      tooltip: l10n.t('The server crashed three times and is stopped. Select to restart it.'),
      warn: true,
    }
  if (server === 'restarting')
    return {
      text: `$(sync~spin) ${l10n.t('Fovea restarting')}`,
      tooltip: l10n.t('The server stopped and is restarting.'),
      warn: true,
    }
  if (server === 'starting')
    return { text: `$(sync~spin) ${l10n.t('Fovea starting')}`, tooltip: l10n.t('The server is starting.'), warn: false }
  return describeIndex(index)
}

function describeIndex(index: IndexState): { text: string; tooltip: string; warn: boolean } {
  const { phase, stage, percent, files, error, fallback, restricted } = index
  const notes = [
    ...(fallback ? [l10n.t('The fallback store is in use: {0}', fallback)] : []),
    ...(restricted ? [l10n.t('Restricted mode: files are parsed, git is not run.')] : []),
  ]
  const describeAs = (text: string, first: string, warn = false) => ({
    text,
    tooltip: [first, ...notes].join('\n\n'),
    warn,
  })
  if (phase === 'no folder') return describeAs('$(eye-closed) Fovea', l10n.t('Open a folder to ask about it.'))
  if (phase === 'failed') return describeAs(`$(warning) ${l10n.t('Fovea')}`, error ?? l10n.t('Indexing failed.'), true)
  if (phase === 'paused')
    return describeAs(
      `$(debug-pause) ${l10n.t('Fovea paused')}`,
      l10n.t('Indexing is paused; you can ask about {0} files.', files),
    )
  if (phase === 'indexing') {
    const what = stage ? `${STAGES[stage]()} ${percent}%` : l10n.t('scanning')
    return describeAs(
      `$(sync~spin) Fovea: ${what}`,
      l10n.t('Indexing ({0}); you can ask about {1} files now.', what, files),
    )
  }
  return describeAs('$(eye) Fovea', l10n.t('{0} files are indexed.', files))
}

const STAGES: Readonly<Record<NonNullable<IndexState['stage']>, () => string>> = {
  walk: () => l10n.t('scanning'),
  share: () => l10n.t('reading the shared index'),
  parse: () => l10n.t('parsing'),
  link: () => l10n.t('linking'),
  embed: () => l10n.t('embedding'),
  cluster: () => l10n.t('clustering'),
  store: () => l10n.t('storing'),
  wait: () => l10n.t('waiting for another window'),
}

/** The menu that opens when the item is selected. */
export async function statusMenu({ server, index }: Connection): Promise<void> {
  const items = [
    ...(server === 'stopped'
      ? [{ label: `$(debug-restart) ${l10n.t('Restart Server')}`, command: 'fovea.restartServer' }]
      : []),
    index.phase === 'paused'
      ? { label: `$(play) ${l10n.t('Resume Indexing')}`, command: 'fovea.resume' }
      : { label: `$(debug-pause) ${l10n.t('Pause Indexing')}`, command: 'fovea.pause' },
    { label: `$(info) ${l10n.t('Index Details')}`, command: 'fovea.details' },
    { label: `$(comment-discussion) ${l10n.t('Ask')}`, command: 'fovea.ask' },
    { label: `$(refresh) ${l10n.t('Rebuild Index')}`, command: 'fovea.rebuild' },
    { label: `$(output) ${l10n.t('Open Log')}`, command: 'fovea.openLog' },
  ]
  const chosen = await window.showQuickPick(items, { title: 'Fovea', placeHolder: l10n.t('Choose an action') })
  if (chosen) await commands.executeCommand(chosen.command)
}
