/** The blocks that were left out, and the reader's overrides. */
import { t } from '@vscode/l10n'
import type { Dropped, Pack } from '../../engine/types/pack.ts'
import type { Override } from '../../engine/types/query.ts'
import { useFold } from './folds.ts'
import { isPinned, togglePin, withoutOverride } from './overrides.ts'
import { Action, Fold, Open, PlaceName, type Send } from './parts.tsx'
import { fileOf, linesWord, overrideWord, short } from './words.ts'

interface LeftOutProps {
  readonly pack: Pack
  readonly overrides: readonly Override[]
  readonly send: Send
}

export function LeftOut({ pack: { dropped, leftOut }, overrides, send }: LeftOutProps) {
  const [open, toggle] = useFold('left out', false)
  const count = Math.max(leftOut, dropped.length)
  if (count === 0) return null
  const cheapest = dropped
    .filter(({ tokens }) => tokens > 0)
    .reduce<Dropped | null>((least, one) => (least && least.tokens <= one.tokens ? least : one), null)
  const label = count === 1 ? t('left out: 1 block') : t('left out: {0} blocks', count)
  return (
    <section class="left-out">
      <h2>
        <Fold open={open} toggle={toggle}>
          <span class="label">
            {label}
            {cheapest && (
              <span class="muted"> {t('(cheapest next: {0} {1})', fileOf(cheapest.path), short(cheapest.tokens))}</span>
            )}
          </span>
        </Fold>
      </h2>
      {open && (
        <ul>
          {dropped.map((one) => (
            <DroppedRow key={`${one.path} ${one.firstLine} ${one.lastLine}`} {...{ one, overrides, send }} />
          ))}
          {count > dropped.length && (
            <li class="row muted">{t('… {0} more, less relevant', count - dropped.length)}</li>
          )}
        </ul>
      )}
    </section>
  )
}

function DroppedRow(props: { readonly one: Dropped; readonly overrides: readonly Override[]; readonly send: Send }) {
  const { one, overrides, send } = props
  const pinned = isPinned(overrides, one)
  const name = one.symbol || fileOf(one.path)
  return (
    <li class="row">
      <span class="title">
        <Open place={one} send={send}>
          {name}
          {one.symbol && <span class="muted"> {fileOf(one.path)}</span>}
        </Open>
      </span>
      <span class="facts">
        <span class="lines muted">{linesWord(one.firstLine, one.lastLine)}</span>
        <span class="detail muted" title={one.reason}>
          {one.reason}
        </span>
      </span>
      <span class="sum">{one.tokens > 0 ? short(one.tokens) : ''}</span>
      <span class="actions">
        <Action
          icon={pinned ? 'pinned' : 'pin'}
          label={pinned ? t('Pinned; unpin {0}', name) : t('Pin {0}', name)}
          pressed={pinned}
          onClick={() => send({ type: 'overrides', overrides: togglePin(overrides, one) })}
        />
      </span>
    </li>
  )
}

export function Overrides({ overrides, send }: { readonly overrides: readonly Override[]; readonly send: Send }) {
  const [open, toggle] = useFold('overrides', true)
  if (overrides.length === 0) return null
  return (
    <section class="overrides">
      <h2>
        <Fold open={open} toggle={toggle}>
          <span class="label">
            {overrides.length === 1 ? t('1 adjustment') : t('{0} adjustments', overrides.length)}
          </span>
        </Fold>
        <Action
          icon="clear-all"
          label={t('Undo all adjustments')}
          onClick={() => send({ type: 'overrides', overrides: [] })}
        >
          <span class="word">{t('Reset')}</span>
        </Action>
      </h2>
      {open && (
        <ul>
          {overrides.map((one) => (
            <li class="row" key={`${one.path} ${one.firstLine} ${one.lastLine}`}>
              <span class="title">
                <PlaceName place={one} send={send} />
              </span>
              <span class="detail">{overrideWord(one.kind)}</span>
              <span class="actions">
                <Action
                  icon="discard"
                  label={t('Undo: {0} {1}', fileOf(one.path), overrideWord(one.kind))}
                  onClick={() => send({ type: 'overrides', overrides: withoutOverride(overrides, one) })}
                />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
