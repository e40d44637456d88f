/** Facts from the index: the steps of a flow as a numbered list, the rest as plain lists. */
import { t } from '@vscode/l10n'
import type { Statement } from '../../engine/types/answer.ts'
import type { Fact } from '../../engine/types/explanation.ts'
import { StatementRow } from '../cited.tsx'
import { Fold } from './fold.tsx'
import { type FactRow, rowsOf, type Step, stepsOf } from './steps.ts'
import { useFold } from './wire.ts'

/** "Not covered" starts folded when it has more rows than this. */
const MAX_OPEN_ROWS = 5

/** What leads to the symbol, then what happens step by step. */
export function Flow({ facts }: { readonly facts: readonly Fact[] }) {
  const { reached, steps } = stepsOf(facts)
  return (
    <>
      {reached.length > 0 && (
        <ul class="facts reached">
          {reached.map((fact, i) => (
            <li key={i}>
              <StatementRow statement={fact} />
            </li>
          ))}
        </ul>
      )}
      <Steps steps={steps} />
    </>
  )
}

function Steps({ steps }: { readonly steps: readonly Step[] }) {
  if (steps.length === 0) return null
  return (
    <ul class="facts steps">
      {steps.map(({ number, fact, steps: inner }) => (
        <li key={number}>
          <span class="number">{number}</span>
          <div class="row">
            <StatementRow statement={fact} />
          </div>
          <Steps steps={inner} />
        </li>
      ))}
    </ul>
  )
}

export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return <Rows rows={rowsOf(facts)} />
}

function Rows({ rows }: { readonly rows: readonly FactRow[] }) {
  return (
    <ul class="facts">
      {rows.map(({ fact, rows: inner }, i) => (
        <li key={i}>
          <StatementRow statement={fact} />
          {inner.length > 0 && <Rows rows={inner} />}
        </li>
      ))}
    </ul>
  )
}

/** What belongs to the mechanism but is not explained; always listed, but folded when it is long. */
export function NotCovered({ rows }: { readonly rows: readonly Statement[] }) {
  const [open, toggle] = useFold('not covered', rows.length <= MAX_OPEN_ROWS)
  if (rows.length === 0) return null
  return (
    <section class="not-covered" aria-label={t('Not covered')}>
      <h2>
        <Fold open={open} toggle={toggle}>
          {t('Not covered')} <span class="muted count">{rows.length.toLocaleString()}</span>
        </Fold>
      </h2>
      {open && (
        <ul class="facts">
          {rows.map((row, i) => (
            <li key={i}>
              <StatementRow statement={row} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
