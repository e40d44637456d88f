/** Texts that several parts of the view share. */
import { t } from '@vscode/l10n'
import type { Usage } from '../../engine/types/answer.ts'
import type { CheckOutcome, CheckResult } from '../../engine/types/generation.ts'
import { costOf, type Price } from '../../engine/types/price.ts'

/** Tokens and cost so far; empty before anything was spent. */
export function usageText(usage: Usage | null, price: Price | null): string {
  if (!usage) return ''
  const tokens = t('{0} tokens in, {1} out', usage.input.toLocaleString(), usage.output.toLocaleString())
  return price ? `${tokens} (${costOf(usage, price)})` : tokens
}

export const checksText = (checks: readonly CheckResult[]): string =>
  checks.map(({ name, outcome }) => `${name}: ${outcomeText(outcome)}`).join(' · ')

function outcomeText(outcome: CheckOutcome): string {
  return { pass: t('passed'), fail: t('failed'), timeout: t('took too long'), none: t('nothing to check') }[outcome]
}
