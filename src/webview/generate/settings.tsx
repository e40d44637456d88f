/** What is agreed for a run: how steps are checked, what may be changed, what may be spent. */
import { t } from '@vscode/l10n'
import { mostOf } from '../../engine/model/price.ts'
import type { GenerateState } from '../../protocol/messages.ts'
import { send } from './wire.ts'

export function Settings({ state: { settings, trusted, price } }: { readonly state: GenerateState }) {
  const change = (some: Partial<typeof settings>) => send({ type: 'settings', ...settings, ...some })
  const numbers = (name: 'steps' | 'tokens', least: number, most: number) => ({
    type: 'number',
    min: least,
    max: most,
    value: settings[name],
    onChange: ({ currentTarget: { value } }: { readonly currentTarget: HTMLInputElement }) => {
      const read = Math.round(Number(value))
      if (read >= least && read <= most) change({ [name]: read })
    },
  })
  return (
    <fieldset class="settings">
      <legend>{t('Agreed for this run')}</legend>
      <label>
        {t('Check after each step')}
        <input
          type="text"
          class="mono"
          value={settings.check}
          disabled={!trusted}
          placeholder={t('a command, for example npm test')}
          onChange={({ currentTarget: { value } }) => change({ check: value, unchecked: value.trim() === '' })}
        />
      </label>
      <p class="muted">
        {trusted
          ? t('It runs on a copy of the workspace with the changes. Only a step that passes is done.')
          : t('A check is a program: it runs only in a workspace that you trust.')}
        {!trusted && (
          <button type="button" class="link" onClick={() => send({ type: 'trust' })}>
            {t('Manage trust')}
          </button>
        )}
      </p>
      <label class="box">
        <input
          type="checkbox"
          checked={settings.unchecked}
          onChange={({ currentTarget: { checked } }) => change({ unchecked: checked })}
        />
        {t('A step of which only the syntax was checked is done')}
      </label>
      <label class="box">
        <input
          type="checkbox"
          checked={settings.tests}
          onChange={({ currentTarget: { checked } }) => change({ tests: checked })}
        />
        {t('Existing tests may be changed')}
      </label>
      <label class="number">
        {t('Steps at most')} <input {...numbers('steps', 1, 100)} />
      </label>
      <label class="number">
        {t('Tokens at most')} <input step={1000} {...numbers('tokens', 1000, 100_000_000)} />
      </label>
      {price && <p class="muted">{t('They cost {0} at most.', mostOf(settings.tokens, price))}</p>}
    </fieldset>
  )
}
