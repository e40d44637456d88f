/** The proposed changes by file and hunk, each of which can be refused; then the applied files and the undo. */
import { t } from '@vscode/l10n'
import type { Hunk } from '../../engine/types/generation.ts'
import type { GenerateState } from '../../protocol/messages.ts'
import { Notice } from '../icon.tsx'
import { send } from './wire.ts'

type File = GenerateState['files'][number]

export function Review({ state: { files, refused } }: { readonly state: GenerateState }) {
  if (files.length === 0) return <p class="muted">{t('Nothing was changed in the draft.')}</p>
  const accepted = files.filter((file) => !refused.some((one) => one.path === file.path && one.hunks === null))
  return (
    <section class="review" aria-label={t('Changes')}>
      <h2>{t('Changes')}</h2>
      <div class="actions">
        <button type="button" class="button" disabled={accepted.length === 0} onClick={() => send({ type: 'apply' })}>
          {accepted.length === 1 ? t('Apply to 1 file') : t('Apply to {0} files', accepted.length)}
        </button>
        <button type="button" class="button secondary" onClick={() => send({ type: 'diff' })}>
          {t('Open side by side')}
        </button>
        <button type="button" class="button secondary" onClick={() => send({ type: 'discard' })}>
          {t('Discard')}
        </button>
      </div>
      {files.map((file) => (
        <ChangedFile key={file.path} file={file} refused={refused.find(({ path }) => path === file.path)?.hunks} />
      ))}
    </section>
  )
}

interface ChangedFileProps {
  readonly file: File
  /** Refused hunks by number; null refuses the whole file, undefined nothing. */
  readonly refused: readonly number[] | null | undefined
}

function ChangedFile({ file, refused }: ChangedFileProps) {
  const { path, from, hunks, gone } = file
  const refuse = (numbers: readonly number[] | null) => send({ type: 'refuse', path, hunks: numbers && [...numbers] })
  const isNew = from === null
  const status = gone ? t('deleted') : isNew ? t('new') : from !== path ? t('moved from {0}', from) : t('changed')
  return (
    <details class="file" open>
      <summary>
        <input
          type="checkbox"
          aria-label={t('Accept {0}', path)}
          checked={refused !== null}
          onClick={(event) => event.stopPropagation()}
          onChange={({ currentTarget: { checked } }) => refuse(checked ? [] : null)}
        />
        <bdi class="mono">{path}</bdi> <span class="muted">{status}</span>
      </summary>
      {hunks.map((hunk, n) => (
        <div class={refused === null || refused?.includes(n) ? 'hunk refused' : 'hunk'} key={hunk.before}>
          {!isNew && !gone && (
            <label class="box">
              <input
                type="checkbox"
                checked={refused !== null && !refused?.includes(n)}
                disabled={refused === null}
                onChange={({ currentTarget: { checked } }) =>
                  refuse(checked ? (refused ?? []).filter((one) => one !== n) : [...(refused ?? []), n])
                }
              />
              {t('Accept the change at line {0}', hunk.after)}
            </label>
          )}
          <Lines hunk={hunk} />
        </div>
      ))}
    </details>
  )
}

function Lines({ hunk: { lines } }: { readonly hunk: Hunk }) {
  return (
    <pre>
      {lines.map((line, i) => (
        <div key={i} class={{ '+': 'added', '-': 'removed' }[line[0] ?? '']}>
          {line.replace(/\r$/, '') || ' '}
        </div>
      ))}
    </pre>
  )
}

export function Applied({ state: { files, problems } }: { readonly state: GenerateState }) {
  return (
    <section class="review" aria-label={t('Applied')}>
      <Notice icon="pass" action={[t('Undo'), () => send({ type: 'undo' })]}>
        {t('The changes have been applied.')}
      </Notice>
      {problems.length > 0 && (
        <Notice icon="warning">
          {t('The editor finds new problems:')}
          <ul>
            {problems.map(({ path, line, message }) => (
              <li key={`${path}:${line} ${message}`}>
                <button
                  type="button"
                  class="link"
                  onClick={() => send({ type: 'open', path, firstLine: line, lastLine: line })}
                >{`${path}:${line}`}</button>{' '}
                {message}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <ul class="files">
        {files.map(({ path }) => (
          <li key={path}>
            <button
              type="button"
              class="link mono"
              onClick={() => send({ type: 'open', path, firstLine: 0, lastLine: 0 })}
            >
              {path}
            </button>
          </li>
        ))}
      </ul>
      <div class="actions">
        <button type="button" class="button secondary" onClick={() => send({ type: 'discard' })}>
          {t('New task')}
        </button>
      </div>
    </section>
  )
}
