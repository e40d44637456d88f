/** The settings of a run: how steps are checked, whether tests may change, and the limits. */
import { t } from '@vscode/l10n'
import { mostOf } from '../../engine/types/price.ts'
import type { GenerateState } from '../../protocol/messages.ts'
import { send, useDraft } from './wire.ts'

export function Settings({ state: { settings, trusted, price } }: { readonly state: GenerateState }) {
  const change = (some: Partial<typeof settings>) => send({ type: 'settings', ...some })
  const [check, setCheck] = useDraft(settings.check ?? '')
  return (
    <fieldset class="settings">
      <legend>{t('Settings for this run')}</legend>
      <label>
        {t('Check after each step')}
        <input
          type="text"
          class="mono"
          value={check}
          onInput={({ currentTarget: { value } }) => setCheck(value)}
          disabled={!trusted}
          placeholder={t('a command, for example npm test')}
          onChange={({ currentTarget: { value } }) =>
            change({ check: value.trim() || null, unchecked: value.trim() === '' })
          }
        />
      </label>
      <p class="muted">
        {trusted
          ? t('It runs on a copy of the workspace with the changes. A step is done only when it passes.')
          : t('A check runs a program, so it needs a trusted workspace.')}
        {!trusted && (
          <button type="button" class="link" onClick={() => send({ type: 'trust' })}>
            {t('Manage trust')}
          </button>
        )}
      </p>
      <Checkbox
        label={t('Count a step as done when only its syntax was checked')}
        checked={settings.unchecked}
        onChecked={(unchecked) => change({ unchecked })}
      />
      <Checkbox
        label={t('Existing tests may be changed')}
        checked={settings.tests}
        onChecked={(tests) => change({ tests })}
      />
      <NumberInput
        label={t('Maximum steps')}
        value={settings.steps}
        bounds={[1, 100]}
        onValue={(steps) => change({ steps })}
      />
      <NumberInput
        label={t('Maximum tokens')}
        value={settings.tokens}
        bounds={[1000, 100_000_000]}
        onValue={(tokens) => change({ tokens })}
      />
      {price && <p class="muted">{t('These tokens cost at most {0}.', mostOf(settings.tokens, price))}</p>}
    </fieldset>
  )
}

interface CheckboxProps {
  readonly label: string
  readonly checked: boolean
  readonly onChecked: (checked: boolean) => void
}

function Checkbox({ label, checked, onChecked }: CheckboxProps) {
  return (
    <label class="box">
      <input type="checkbox" checked={checked} onChange={({ currentTarget }) => onChecked(currentTarget.checked)} />
      {label}
    </label>
  )
}

interface NumberInputProps {
  readonly label: string
  readonly value: number
  readonly bounds: readonly [number, number]
  readonly onValue: (value: number) => void
}

/** A number within its bounds; invalid input is reset. */
function NumberInput({ label, value, bounds: [min, max], onValue }: NumberInputProps) {
  const [text, setText] = useDraft(String(value))
  return (
    <label class="number">
      {label}
      <input
        type="number"
        min={min}
        max={max}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onChange={({ currentTarget }) => {
          const number = Math.round(Number(currentTarget.value))
          if (number >= min && number <= max) onValue(number)
          else setText(String(value))
        }}
      />
    </label>
  )
}
