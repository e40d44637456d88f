/** An answer: a model's Markdown with its citations, or the offline brief. */
import * as l10n from '@vscode/l10n'
import type { Answer as AnswerType, Findings, ModelAnswer, OfflineAnswer } from '../../engine/types/answer.ts'
import { bylineText, Citations, Markdown, Prose, Statements } from '../cited.tsx'
import { Icon, Notice } from '../icon.tsx'
import { placeOf } from '../place.ts'
import { send } from './wire.ts'

export function Answer({ answer }: { answer: AnswerType }) {
  return answer.mode === 'model' ? <Model answer={answer} /> : <Offline answer={answer} />
}

/** The answer as text, for the clipboard. */
export function textOf(answer: AnswerType): string {
  if (answer.mode === 'offline') return findingsText(answer)
  const cited = answer.citations.map((citation) => `[${citation.mark}] ${placeOf(citation)}`)
  const found = answer.findings ? `${exactLabel()}\n\n${findingsText(answer.findings)}` : ''
  return [answer.text, found, cited.join('\n')].filter(Boolean).join('\n\n')
}

function findingsText({ summary, statements }: Findings): string {
  const rows = statements.map((statement) =>
    [`- ${statement.text} (${placeOf(statement)})`, ...statement.quote.map((line) => `      ${line}`)].join('\n'),
  )
  return [summary, rows.join('\n')].filter(Boolean).join('\n\n')
}

function exactLabel(): string {
  return l10n.t('Exact answer, read off the index')
}

function Model({ answer }: { answer: ModelAnswer }) {
  const { text, citations, model, end, usage, context, findings } = answer
  return (
    <>
      <Markdown text={text} citations={citations} />
      {end === 'stopped' && <Notice icon="debug-stop">{l10n.t('Stopped: you ended this answer early.')}</Notice>}
      {end === 'cut' && (
        <Notice icon="warning">{l10n.t('Cut short: the model stopped early or reached its length limit.')}</Notice>
      )}
      {findings && (
        <section class="brief exact" aria-label={exactLabel()}>
          <p class="brief-label">
            <Icon name="checklist" />
            <strong>{exactLabel()}</strong>
          </p>
          <FindingsList findings={findings} />
        </section>
      )}
      {context.notes.map((note) => (
        <Notice key={note} icon="info">
          {note}
        </Notice>
      ))}
      {citations.length > 0 && <Citations citations={citations} />}
      <p class="muted by">{bylineText(model, usage)}</p>
    </>
  )
}

function FindingsList({ findings: { summary, statements } }: { findings: Findings }) {
  return (
    <>
      {summary && (
        <p>
          <Prose text={summary} />
        </p>
      )}
      <Statements statements={statements} />
    </>
  )
}

function Offline({ answer }: { answer: OfflineAnswer }) {
  return (
    <div class="brief">
      <p class="brief-label">
        <Icon name="search" />
        <strong>{l10n.t('Offline brief — no model was asked')}</strong>
      </p>
      <FindingsList findings={answer} />
      <button type="button" class="button secondary" onClick={() => send({ type: 'set up model' })}>
        {l10n.t('Set up a model')}
      </button>
    </div>
  )
}
