/** The form of a new task: its text, its attachments and the settings of the run. */
import { t } from '@vscode/l10n'
import { useEffect, useState } from 'preact/hooks'
import type { GenerateState } from '../../protocol/messages.ts'
import { Icon, IconButton } from '../icon.tsx'
import { Settings } from './settings.tsx'
import { restore, save, send } from './wire.ts'

export function Task({ state }: { readonly state: GenerateState }) {
  const [task, setTask] = useState(() => state.task || (restore()?.task ?? ''))
  useEffect(() => {
    if (state.task) setTask(state.task)
  }, [state.task])
  const isReady = task.trim() !== '' && state.model !== null && state.server === 'running'
  const plan = () => isReady && send({ type: 'plan', task })
  return (
    <section class="ask" aria-label={t('Task')}>
      <textarea
        aria-label={t('Task')}
        rows={8}
        value={task}
        placeholder={t('Describe the task. Each sentence or list item becomes a requirement.')}
        onInput={({ currentTarget: { value } }) => {
          setTask(value)
          save({ task: value })
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
          event.preventDefault()
          plan()
        }}
      />
      <div class="chips">
        {state.attached.map(({ label }) => (
          <span class="chip" key={label}>
            <Icon name="file" />
            {label}
            <IconButton icon="close" label={t('Remove {0}', label)} onClick={() => send({ type: 'detach', label })} />
          </span>
        ))}
        <button type="button" class="link" onClick={() => send({ type: 'attach' })}>
          {t('Attach the file or selection in the editor')}
        </button>
      </div>
      <Settings state={state} />
      <div class="actions">
        <button type="button" class="button" disabled={!isReady} onClick={plan}>
          {t('Make a plan')}
        </button>
        {state.model && <span class="muted">{t('with {0}', state.model)}</span>}
      </div>
    </section>
  )
}
