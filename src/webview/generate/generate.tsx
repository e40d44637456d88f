/** Entry of the Generate view: a task, its plan, its running steps, and the review of their changes. */
import { t } from '@vscode/l10n'
import { render } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { GeneratePhase, GenerateState } from '../../protocol/messages.ts'
import { announce, useShown } from '../connection.ts'
import { useEscape } from '../escape.ts'
import { Icon, Notice } from '../icon.tsx'
import './generate.css'
import { Steps } from './plan.tsx'
import { Requirements } from './requirements.tsx'
import { Applied, Review } from './review.tsx'
import { Task } from './task.tsx'
import { listen, send } from './wire.ts'
import { usageText } from './words.ts'

function App() {
  const state = useShown<GenerateState>({ send, listen })
  useAnnouncements(state)
  const busy = state?.phase === 'planning' || state?.phase === 'running'
  useEscape(busy, () => send({ type: 'stop' }))
  return (
    <>
      {busy && <div class="progress" role="progressbar" aria-label={phaseText(state.phase)} />}
      {state && <View state={state} busy={busy} />}
      <div id="status" class="visually-hidden" role="status" />
    </>
  )
}

function View({ state, busy }: { readonly state: GenerateState; readonly busy: boolean }) {
  const { phase, plan, task } = state
  return (
    <main aria-busy={busy}>
      <header>
        <h1>{t('Generate Across Files')}</h1>
        {phase !== 'task' && <p class="task">{task}</p>}
        <p class="by muted">
          {busy && <Icon name="loading" spin />}
          <span>{[phaseText(phase), usageText(state.usage, state.price)].filter(Boolean).join(' · ')}</span>
          {busy && (
            <button type="button" class="button secondary" onClick={() => send({ type: 'stop' })}>
              {t('Stop')}
            </button>
          )}
        </p>
      </header>
      <Notices state={state} />
      {phase === 'task' && <Task state={state} />}
      {phase === 'review' && <Review state={state} />}
      {phase === 'applied' && <Applied state={state} />}
      {plan && phase !== 'task' && (
        <div class="columns">
          <Requirements state={state} plan={plan} />
          <Steps state={state} plan={plan} />
        </div>
      )}
    </main>
  )
}

function Notices({ state: { server, error, model, phase } }: { readonly state: GenerateState }) {
  const pickModel = (): void => send({ type: 'pick model' })
  return (
    <div class="notices">
      {server !== 'running' && (
        <Notice icon={server === 'stopped' ? 'error' : 'loading'} spin={server !== 'stopped'}>
          {server === 'stopped'
            ? t('The Fovea server has stopped: restart it with the command Fovea: Restart Server.')
            : t('Fovea is starting.')}
        </Notice>
      )}
      {phase === 'task' && !model && (
        <Notice icon="info" action={[t('Pick a model'), pickModel]}>
          {t('Generating needs a model: pick an editor model, or set up an OpenAI-compatible endpoint.')}
        </Notice>
      )}
      {error && <Notice icon="error">{error}</Notice>}
    </div>
  )
}

function phaseText(phase: GeneratePhase): string {
  const texts: Record<GeneratePhase, string> = {
    task: t('Nothing is written until you accept it.'),
    planning: t('Making a plan…'),
    plan: t('Edit the plan and approve it; nothing has been changed yet.'),
    running: t('Running the plan in a draft…'),
    review: t('The draft is finished; nothing has been written yet.'),
    applied: t('Applied.'),
  }
  return texts[phase]
}

function useAnnouncements(state: GenerateState | null): void {
  const previous = useRef('')
  useEffect(() => {
    if (!state) return
    const status = state.error || `${phaseText(state.phase)} ${state.step}`
    if (previous.current && status !== previous.current) announce(status)
    previous.current = status
  }, [state])
}

render(<App />, document.getElementById('root') ?? document.body)
