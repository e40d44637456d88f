/** The steps of the plan: editable until it is approved, then with their progress. */
import { t } from '@vscode/l10n'
import type { Plan, PlanStep, StepResult } from '../../engine/types/generation.ts'
import type { GenerateState } from '../../protocol/messages.ts'
import { Icon, IconButton } from '../icon.tsx'
import { Settings } from './settings.tsx'
import { send, useDraft } from './wire.ts'
import { checksText } from './words.ts'

export function Steps({ state, plan: { steps } }: { readonly state: GenerateState; readonly plan: Plan }) {
  const editing = state.phase === 'plan'
  const failed = state.results.some(({ outcome }) => outcome !== 'done')
  return (
    <section class="steps" aria-label={t('Steps')}>
      <h2>{t('Steps')}</h2>
      <ol>
        {steps.map((step, at) => (
          <Step key={step.id} step={step} at={at} steps={steps} state={state} editing={editing} />
        ))}
      </ol>
      {editing && (
        <>
          <Settings state={state} />
          <div class="actions">
            <button
              type="button"
              class="button"
              disabled={steps.length === 0}
              onClick={() => send({ type: 'approve' })}
            >
              {state.results.length ? t('Resume') : t('Approve and run')}
            </button>
            <button type="button" class="button secondary" onClick={() => send({ type: 'discard' })}>
              {t('Discard')}
            </button>
          </div>
        </>
      )}
      {state.phase === 'review' && failed && (
        <div class="actions">
          <button type="button" class="button secondary" onClick={() => send({ type: 'resume' })}>
            {t('Continue after the completed steps')}
          </button>
        </div>
      )}
    </section>
  )
}

interface StepProps {
  readonly step: PlanStep
  readonly at: number
  readonly steps: readonly PlanStep[]
  readonly state: GenerateState
  readonly editing: boolean
}

function Step({ step, at, steps, state, editing }: StepProps) {
  const { id, goal, files, deps, requirements } = step
  const result = state.results.find((one) => one.id === id)
  return (
    <li class={result?.outcome ?? (state.step === id ? 'running' : 'waiting')}>
      <StepIcon result={result} running={state.step === id} />
      <div class="what">
        {editing && !result ? <Goal id={id} goal={goal} /> : <p>{goal}</p>}
        <ul class="files">
          {files.map(({ path, action }) => (
            <li key={path}>
              <span class="muted">{actionText(action)}</span> <span class="mono">{path}</span>
            </li>
          ))}
        </ul>
        <p class="muted">
          {[
            `${id}: ${requirements.join(', ')}`,
            deps.length ? t('after {0}', deps.join(', ')) : '',
            result ? checksText(result.checks) : '',
            result?.restarts ? t('{0} context restarts', result.restarts) : '',
          ]
            .filter(Boolean)
            .join(' · ')}
        </p>
        {result && <p class="note">{result.note}</p>}
        {result?.checks.some(({ detail }) => detail) && (
          <details>
            <summary>{t('Check output')}</summary>
            <pre>{result.checks.map(({ detail }) => detail).join('\n')}</pre>
          </details>
        )}
      </div>
      {editing && !result && <Tools step={step} at={at} steps={steps} />}
    </li>
  )
}

function Goal({ id, goal }: { readonly id: string; readonly goal: string }) {
  const [text, setText] = useDraft(goal)
  return (
    <textarea
      aria-label={t('Goal of step {0}', id)}
      rows={2}
      value={text}
      onInput={({ currentTarget: { value } }) => setText(value)}
      onChange={({ currentTarget: { value } }) => send({ type: 'goal', id, goal: value })}
    />
  )
}

interface ToolsProps {
  readonly step: PlanStep
  readonly at: number
  readonly steps: readonly PlanStep[]
}

/** Moves or drops a step; a step cannot move before one it depends on. */
function Tools({ step, at, steps }: ToolsProps) {
  const [above, below] = [steps[at - 1], steps[at + 1]]
  return (
    <div class="tools" role="toolbar" aria-label={t('Step {0}', step.id)}>
      <IconButton
        icon="arrow-up"
        label={t('Move step {0} up', step.id)}
        disabled={!above || step.deps.includes(above.id)}
        onClick={() => above && send({ type: 'down', id: above.id })}
      />
      <IconButton
        icon="arrow-down"
        label={t('Move step {0} down', step.id)}
        disabled={!below || below.deps.includes(step.id)}
        onClick={() => send({ type: 'down', id: step.id })}
      />
      <IconButton
        icon="trash"
        label={t('Drop step {0}', step.id)}
        onClick={() => send({ type: 'drop', id: step.id })}
      />
    </div>
  )
}

function StepIcon({ result, running }: { readonly result: StepResult | undefined; readonly running: boolean }) {
  const [icon, label] = result
    ? result.outcome === 'done'
      ? ['pass', t('done')]
      : ['error', t('not done')]
    : running
      ? ['loading', t('running')]
      : ['circle-large-outline', t('waiting')]
  return (
    <span class="mark" title={label}>
      <Icon name={icon!} spin={running && !result} />
      <span class="visually-hidden">{label}</span>
    </span>
  )
}

function actionText(action: PlanStep['files'][number]['action']): string {
  return { create: t('create'), edit: t('edit'), rename: t('rename'), delete: t('delete') }[action]
}
