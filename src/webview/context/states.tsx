/** Messages beside the list: server and index state, errors, stale files, and what to show when there is no context. */
import { t } from '@vscode/l10n'
import type { ContextState } from '../../protocol/messages.ts'
import { Notice, type Send } from './parts.tsx'
import { fileOf } from './words.ts'

export function Messages({ state, send }: { readonly state: ContextState; readonly send: Send }) {
  const { index, notes, error } = state
  const server = serverText(state.server)
  const indexing = indexText(state)
  return (
    <div class="messages">
      {server && (
        <Notice kind={state.server === 'stopped' ? 'error' : 'info'}>
          <span>{server}</span>
          {state.server === 'stopped' && <Link label={t('Restart')} type="restart" send={send} />}
        </Notice>
      )}
      {error && (
        <Notice kind="error">
          <span>{error}</span>
          <Link label={t('Try again')} type="repack" send={send} />
        </Notice>
      )}
      {index.phase === 'failed' && <Notice kind="error">{t('Indexing failed: {0}', index.error ?? '')}</Notice>}
      {indexing && (
        <Notice kind="info">
          <span>{indexing}</span>
          {index.phase === 'paused' && <Link label={t('Resume')} type="resume" send={send} />}
        </Notice>
      )}
      {index.fallback && <Notice kind="info">{t('The fallback store is in use: {0}', index.fallback)}</Notice>}
      {notes.map((note) => (
        <Notice key={note} kind="info">
          <span>{note}</span>
        </Notice>
      ))}
      <Stale state={state} send={send} />
    </div>
  )
}

/** A line for each file that has changed since its blocks were packed. */
function Stale({ state: { pack, stale }, send }: { readonly state: ContextState; readonly send: Send }) {
  const changed = (pack?.blocks ?? []).filter(({ id }) => stale.includes(id))
  if (changed.length === 0) return null
  const files = [...Map.groupBy(changed, ({ path }) => path)]
  return (
    <Notice kind="warning">
      <span>
        {files.map(([path, blocks]) => (
          <div key={path} title={path}>
            {t('{0} changed since: {1} stale', fileOf(path), blocks.map(({ id }) => `[${id.slice(1)}]`).join(' '))}
          </div>
        ))}
      </span>
      <Link label={t('Refresh')} type="repack" send={send} />
    </Notice>
  )
}

interface LinkProps {
  readonly label: string
  readonly type: 'repack' | 'restart' | 'resume' | 'open folder'
  readonly send: Send
}

function Link({ label, type, send }: LinkProps) {
  return (
    <button type="button" class="link" onClick={() => send({ type })}>
      {label}
    </button>
  )
}

/** Shown in place of an empty list. */
export function Empty({ state, send }: { readonly state: ContextState; readonly send: Send }) {
  const { question, pack, packing, error, index, server } = state
  if (packing && !pack) return <p class="empty muted">{t('Searching for context…')}</p>
  if (pack) return <NoResults indexed={index.files} />
  if (error || server === 'stopped' || server === 'restarting') return null
  if (index.phase === 'no folder')
    return (
      <div class="empty">
        <p>{t('No folder is open. Open one, then ask about it in the chat.')}</p>
        <Link label={t('Open Folder')} type="open folder" send={send} />
      </div>
    )
  if (question) return null
  return (
    <div class="empty">
      <p>{t('Nothing has been asked yet.')}</p>
      <p class="muted">
        {t('Ask in the chat to see which parts of the repository are used, in how much detail, why, and at what cost.')}
      </p>
    </div>
  )
}

function NoResults({ indexed }: { readonly indexed: number }) {
  return (
    <div class="empty">
      <p>{t('Nothing was found for this question.')}</p>
      <p class="muted">
        {t(
          '{0} files were searched. Name a symbol, a file or a word from the code, or raise the token budget.',
          indexed,
        )}
      </p>
    </div>
  )
}

function serverText(server: ContextState['server']): string | null {
  if (server === 'starting') return t('Fovea is starting.')
  if (server === 'restarting') return t('Fovea stopped and is restarting; this view shows the previous state.')
  if (server === 'stopped') return t('Fovea has stopped.')
  return null
}

function indexText({ index }: ContextState): string | null {
  const { phase, percent, files } = index
  if (phase === 'indexing')
    return files > 0
      ? t('Indexing, {0}%: you can already ask about {1} files.', percent, files)
      : t('Indexing, {0}%: no file is ready for questions yet.', percent)
  if (phase === 'paused') return t('Indexing is paused: you can ask about {0} files.', files)
  return null
}
