/** What would change, file by file and hunk by hunk, to be taken or refused; then what was applied, and its way back. */
import { t } from '@vscode/l10n'
import type { Hunk } from '../../engine/types/generation.ts'
import type { GenerateState } from '../../protocol/messages.ts'
import { Notice } from '../icon.tsx'
import { send } from './wire.ts'

type File = GenerateState['files'][number]

export function Review({ state: { files, refused } }: { readonly state: GenerateState }) {
  if (files.length === 0) return <p class="muted">{t('Nothing was changed in the draft.')}</p>
  const taken = files.filter((file) => !refused.some((one) => one.path === file.path && one.hunks === null))
  return (
    <section class="review" aria-label={t('Changes')}>
      <h2>{t('Changes')}</h2>
      <div class="actions">
        <button type="button" class="button" disabled={taken.length === 0} onClick={() => send({ type: 'apply' })}>
          {taken.length === 1 ? t('Apply to 1 file') : t('Apply to {0} files', taken.length)}
        </button>
        <button type="button" class="button secondary" onClick={() => send({ type: 'diff' })}>
          {t('Open side by side')}
        </button>
        <button type="button" class="button secondary" onClick={() => send({ type: 'discard' })}>
          {t('Discard')}
        </button>
      </div>
      {files.map((file) => (
        <Changed key={file.path} file={file} refused={refused.find(({ path }) => path === file.path)?.hunks} />
      ))}
    </section>
  )
}

interface ChangedProps {
  readonly file: File
  /** null: all of it; undefined: nothing. */
  readonly refused: readonly number[] | null | undefined
}

function Changed({ file, refused }: ChangedProps) {
  const { path, from, hunks, gone } = file
  const refuse = (numbers: readonly number[] | null) => send({ type: 'refuse', path, hunks: numbers && [...numbers] })
  const isNew = from === ''
  const word = gone ? t('deleted') : isNew ? t('new') : from !== path ? t('moved from {0}', from) : t('changed')
  return (
    <details class="file" open>
      <summary>
        <input
          type="checkbox"
          aria-label={t('Take {0}', path)}
          checked={refused !== null}
          onClick={(event) => event.stopPropagation()}
          onChange={({ currentTarget: { checked } }) => refuse(checked ? [] : null)}
        />
        <bdi class="mono">{path}</bdi> <span class="muted">{word}</span>
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
              {t('Take the change at line {0}', hunk.after)}
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
