/** Notices about the server, the index and workspace trust, where something needs attention. */
import * as l10n from '@vscode/l10n'
import type { ChatState } from '../../protocol/messages.ts'
import type { IndexState } from '../../protocol/requests.ts'
import { Notice } from '../icon.tsx'
import { send } from './wire.ts'

/** Why no question can be sent now; null when one can. */
export function unready({ server, index }: ChatState): string | null {
  if (server === 'stopped') return l10n.t('Fovea’s server has stopped.')
  // A question asked while the server starts or the first files are indexed waits on the server.
  if (index.phase === 'no folder') return l10n.t('No folder is open.')
  if ((index.phase === 'paused' || index.phase === 'failed') && index.files === 0)
    return l10n.t('Nothing is indexed yet.')
  return null
}

export function Notices({ state }: { state: ChatState }) {
  const { server, index, untrusted } = state
  if (server !== 'running') return <Server state={server} />
  return (
    <>
      <Index index={index} />
      {untrusted && (
        <Notice icon="shield" action={[l10n.t('Trust'), () => send({ type: 'trust' })]}>
          {l10n.t('This workspace is not trusted: Fovea reads its files, but not its git history or settings.')}
        </Notice>
      )}
      {index.fallback && (
        <Notice icon="info">
          {l10n.t('The fallback store is in use; answers may be slower: {0}', index.fallback)}
        </Notice>
      )}
    </>
  )
}

function Server({ state }: { state: ChatState['server'] }) {
  if (state === 'stopped')
    return (
      <Notice icon="error" action={[l10n.t('Restart'), () => send({ type: 'restart' })]}>
        {l10n.t('Fovea’s server has stopped.')}
      </Notice>
    )
  return (
    <Notice icon="loading" spin>
      {state === 'starting' ? l10n.t('Starting…') : l10n.t('Fovea’s server stopped unexpectedly and is restarting…')}
    </Notice>
  )
}

function Index({ index }: { index: IndexState }) {
  if (index.phase === 'failed')
    return (
      <Notice icon="error" action={[l10n.t('Restart'), () => send({ type: 'restart' })]}>
        {index.error || l10n.t('Indexing failed.')}
      </Notice>
    )
  const percent = Math.round(index.percent)
  if (index.phase === 'paused')
    return (
      <Notice icon="debug-pause" action={[l10n.t('Resume'), () => send({ type: 'resume' })]}>
        {l10n.t('Indexing is paused at {0}%.', percent)} {askableText(index.files)}
      </Notice>
    )
  if (index.phase !== 'indexing') return null
  return (
    <Notice icon="loading" spin>
      <span>
        {l10n.t('Indexing, {0}: {1}%.', stageText(index.stage), percent)} {askableText(index.files)}
      </span>
      <progress value={percent} max={100} aria-label={l10n.t('Indexing')} />
    </Notice>
  )
}

function askableText(files: number): string {
  if (files === 0) return l10n.t('Your question waits until enough files are indexed.')
  if (files === 1) return l10n.t('You can already ask about 1 file.')
  return l10n.t('You can already ask about {0} files.', files.toLocaleString())
}

function stageText(stage: IndexState['stage']): string {
  switch (stage) {
    case 'walk':
      return l10n.t('finding files')
    case 'share':
      return l10n.t('reading the shared index')
    case 'parse':
      return l10n.t('reading symbols')
    case 'link':
      return l10n.t('following references')
    case 'embed':
      return l10n.t('comparing meanings')
    case 'cluster':
      return l10n.t('grouping')
    case 'store':
      return l10n.t('saving')
    default:
      return l10n.t('waiting for its turn')
  }
}
