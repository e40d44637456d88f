/** The header: the question, the token budget and how it is used, the mode, and actions on the whole context. */
import { t } from '@vscode/l10n'
import { type Pack, RESOLUTIONS } from '../../engine/types/pack.ts'
import { MODES, type Mode } from '../../engine/types/query.ts'
import type { ContextState } from '../../protocol/messages.ts'
import { Action, type Send } from './parts.tsx'
import { modeDescription, modeWord, resolutionWord, routeReason, segmentClass, short } from './words.ts'

const TOKEN_BUDGETS = [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000]

export function Header({ state, send }: { readonly state: ContextState; readonly send: Send }) {
  const { question, pack, packing } = state
  return (
    <header>
      {question && (
        <h1 class="question" title={question}>
          {question}
        </h1>
      )}
      {pack && <Meter pack={pack} />}
      <div class="toolbar">
        <BudgetSelect budget={state.budget} send={send} />
        <ModeSelect mode={state.mode} send={send} />
        {question && (
          <span class="buttons">
            <Action
              icon="refresh"
              label={t('Search and pack again, from the current files')}
              disabled={packing}
              onClick={() => send({ type: 'repack' })}
            >
              <span class="word">{t('Re-pack')}</span>
            </Action>
            <Action
              icon="copy"
              label={t('Copy the context as Markdown')}
              disabled={!pack}
              onClick={() => send({ type: 'copy' })}
            >
              <span class="word">{t('Copy')}</span>
            </Action>
            <Action
              icon="open-preview"
              label={t('Show the context as sent to the model')}
              disabled={!pack}
              onClick={() => send({ type: 'as sent' })}
            >
              <span class="word">{t('As sent')}</span>
            </Action>
          </span>
        )}
      </div>
    </header>
  )
}

function BudgetSelect({ budget, send }: { readonly budget: number; readonly send: Send }) {
  const choices = [...new Set([...TOKEN_BUDGETS, budget])].sort((a, b) => a - b)
  return (
    <label class="budget">
      <span>{t('Budget')}</span>
      <select
        value={String(budget)}
        title={t('Maximum tokens of context')}
        onChange={({ currentTarget }) => send({ type: 'budget', budget: Number(currentTarget.value) })}
      >
        {choices.map((choice) => (
          <option key={choice} value={String(choice)}>
            {short(choice)}
          </option>
        ))}
      </select>
    </label>
  )
}

const CHOICES: readonly (Mode | 'auto')[] = ['auto', ...MODES]

function ModeSelect({ mode, send }: { readonly mode: ContextState['mode']; readonly send: Send }) {
  return (
    <label class="budget mode-choice">
      <span>{t('Mode')}</span>
      <select
        value={mode}
        title={t('How the context is assembled')}
        onChange={({ currentTarget }) => {
          const chosen = CHOICES.find((one) => one === currentTarget.value)
          if (chosen) send({ type: 'mode', mode: chosen })
        }}
      >
        {CHOICES.map((choice) => (
          <option key={choice} value={choice}>
            {modeWord(choice)}
          </option>
        ))}
      </select>
    </label>
  )
}

/** How the shown pack was assembled, and why that way. */
export function UsedMode({ pack: { mode, trace } }: { readonly pack: Pack }) {
  const reason = routeReason(trace)
  const description = modeDescription(mode)
  return (
    <p class="mode muted">
      {reason
        ? t('Packed as {0}: {1}. Why: {2}', modeWord(mode), description, reason)
        : t('Packed as {0}: {1}', modeWord(mode), description)}
    </p>
  )
}

/** How the budget is used: a segment for each level of detail, with its own pattern. */
function Meter({ pack: { tokens, budget, blocks } }: { readonly pack: Pack }) {
  const usage = t('{0} of {1} tokens', short(tokens), short(budget))
  const shares = RESOLUTIONS.map((resolution) => {
    const atLevel = blocks.filter((block) => block.resolution === resolution)
    const sum = atLevel.reduce((total, block) => total + block.tokens, 0)
    return { resolution, sum, label: `${resolutionWord(resolution)} ${short(sum)}`, count: atLevel.length }
  }).filter(({ count }) => count > 0)
  return (
    <div class="meter-box">
      {/* biome-ignore lint/a11y/useSemanticElements: a <meter> has one bar, not a segment for each level of detail. */}
      <div
        class="meter"
        role="meter"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the legend in words is shown on focus, too.
        tabIndex={0}
        aria-label={t('Budget used')}
        aria-valuemin={0}
        aria-valuemax={budget}
        aria-valuenow={tokens}
        aria-valuetext={`${usage}: ${shares.map(({ label }) => label).join(', ')}`}
      >
        {shares.map(({ resolution, sum }) => (
          <span key={resolution} class={segmentClass(resolution)} style={{ flexGrow: sum }} />
        ))}
        <span style={{ flexGrow: Math.max(0, budget - tokens) }} />
      </div>
      <span class="tokens">{usage}</span>
      <ul class="legend" aria-hidden="true">
        {shares.map(({ resolution, sum, count }) => (
          <li key={resolution}>
            <span class={segmentClass(resolution)} />
            <span>{resolutionWord(resolution)}</span>
            <span class="sum">{short(sum)}</span>
            <span class="sum muted">{count === 1 ? t('1 block') : t('{0} blocks', count)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
