/** The requirements verbatim, each with the files and checks that support it; those not met are always shown. */
import { t } from '@vscode/l10n'
import type { Plan, Requirement } from '../../engine/types/generation.ts'
import type { GenerateState } from '../../protocol/messages.ts'
import { Icon } from '../icon.tsx'
import { checksText } from './words.ts'

export function Requirements({ state, plan }: { readonly state: GenerateState; readonly plan: Plan }) {
  return (
    <section class="requirements" aria-label={t('Requirements')}>
      <h2>{t('Requirements')}</h2>
      <ol>
        {plan.requirements.map((one) => (
          <Row key={one.id} requirement={one} state={state} plan={plan} />
        ))}
      </ol>
    </section>
  )
}

interface RowProps {
  readonly requirement: Requirement
  readonly state: GenerateState
  readonly plan: Plan
}

function Row({ requirement: { id, text }, state: { results, phase, unmet, files: changed }, plan }: RowProps) {
  const stepIds = plan.steps.filter((step) => step.requirements.includes(id)).map((step) => step.id)
  const done = results.filter((one) => one.outcome === 'done' && stepIds.includes(one.id))
  const spots = new Map(changed.map((one) => [one.path, one.spots]))
  const files = [...new Set(done.flatMap((one) => one.files.map((path) => spots.get(path) ?? path)))]
  const checks = done.at(-1)?.checks ?? []
  const isFinished = phase === 'review' || phase === 'applied'
  const state = isFinished ? (unmet.some((one) => one.id === id) ? 'unmet' : 'met') : stepIds.length ? 'open' : 'left'
  const outcome = {
    unmet: t('not met'),
    met: files.length ? t('met') : t('met according to the model; nothing was changed'),
    open: stepIds.join(', '),
    left: t('not covered by any step'),
  }[state]
  const icon = { unmet: 'error', met: 'pass', open: 'circle-large-outline', left: 'warning' }[state]
  return (
    <li class={state}>
      <Icon name={icon} />
      <div>
        <p>
          <span class="id">{id}</span> {text}
        </p>
        <p class="muted">{[outcome, files.join(', '), checksText(checks)].filter(Boolean).join(' · ')}</p>
      </div>
    </li>
  )
}
