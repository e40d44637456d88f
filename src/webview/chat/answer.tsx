/** An answer: a model's Markdown with its citations, or the brief made without one. */
import * as l10n from '@vscode/l10n'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Answer as AnswerType, Citation, ModelAnswer, OfflineAnswer } from '../../engine/model/answer.ts'
import { Icon, Notice, tick } from './icon.tsx'
import { renderMarkdown, update, VERDICTS, verdictWord } from './markdown.ts'
import { announce, placeOf, send } from './wire.ts'

export function Answer({ answer }: { answer: AnswerType }) {
  return answer.mode === 'model' ? <Model answer={answer} /> : <Offline answer={answer} />
}

/** The same as text, for the clipboard. */
export function textOf(answer: AnswerType): string {
  if (answer.mode === 'model') {
    const cited = answer.citations.map((citation) => `[${citation.n}] ${placeOf(citation)}`)
    return [answer.text, cited.join('\n')].filter(Boolean).join('\n\n')
  }
  const statements = answer.statements.map((said) =>
    [`- ${said.text} (${placeOf(said)})`, ...said.quote.map((line) => `      ${line}`)].join('\n'),
  )
  return [answer.summary, statements.join('\n')].filter(Boolean).join('\n\n')
}

function Model({ answer }: { answer: ModelAnswer }) {
  const { text, citations, model, end, usage, context } = answer
  return (
    <>
      <Markdown text={text} citations={citations} />
      {end === 'stopped' && <Notice icon="debug-stop">{l10n.t('Stopped: you ended this answer early.')}</Notice>}
      {end === 'cut' && (
        <Notice icon="warning">{l10n.t('Cut short: the model broke off or reached its limit.')}</Notice>
      )}
      {context.notes.map((note) => (
        <Notice key={note} icon="info">
          {note}
        </Notice>
      ))}
      {citations.length > 0 && <Citations citations={citations} />}
      <p class="muted by">
        {usage
          ? l10n.t('{0} · {1} tokens in, {2} out', model, usage.input.toLocaleString(), usage.output.toLocaleString())
          : model}
      </p>
    </>
  )
}

function Citations({ citations }: { citations: readonly Citation[] }) {
  const verified = citations.filter(({ verdict }) => verdict === 'verified').length
  return (
    <>
      <p class="checked">
        <Icon name={verified === citations.length ? 'pass' : 'warning'} />
        {l10n.t('{0} of {1} citations verified', verified, citations.length)}
      </p>
      <ol class="citations" aria-label={l10n.t('Citations')}>
        {citations.map((citation) => (
          <li key={citation.n}>
            <span class="muted">{citation.n}</span>
            <div>
              <Place at={citation} /> <span class="muted">{citation.symbol}</span>
              {citation.verdict !== 'verified' && (
                <div class={`verdict ${citation.verdict}`}>
                  <Icon name={VERDICTS[citation.verdict]} />
                  {verdictWord(citation)}
                </div>
              )}
            </div>
          </li>
        ))}
      </ol>
    </>
  )
}

/** Path and lines, to be opened. */
function Place({ at }: { at: { readonly path: string; readonly start: number; readonly end: number } }) {
  const { path, start, end } = at
  const place = placeOf(at)
  return (
    <button type="button" class="link place" title={place} onClick={() => send({ type: 'open', path, start, end })}>
      {place}
    </button>
  )
}

function Offline({ answer }: { answer: OfflineAnswer }) {
  return (
    <div class="brief">
      <p class="brief-label">
        <Icon name="search" />
        <strong>{l10n.t('Offline brief — no model was asked')}</strong>
      </p>
      <p>{answer.summary}</p>
      {answer.statements.length > 0 && (
        <ol class="statements">
          {answer.statements.map((said, i) => (
            <li key={i}>
              <div class="said">{said.text}</div>
              <Place at={said} />
              {said.quote.length > 0 && <pre class="quote">{said.quote.join('\n')}</pre>}
            </li>
          ))}
        </ol>
      )}
      <button type="button" class="button secondary" onClick={() => send({ type: 'set up model' })}>
        {l10n.t('Set up a model')}
      </button>
    </div>
  )
}

interface MarkdownProps {
  readonly text: string
  readonly citations: readonly Citation[]
  /** Text is still being added: drawn at most once a frame, and more seldom the longer drawing takes. */
  readonly streaming?: boolean
}

export function Markdown({ text, citations, streaming = false }: MarkdownProps) {
  const box = useRef<HTMLDivElement>(null)
  const job = useRef({ frame: 0, notBefore: 0, text })
  job.current.text = text
  const draw = () => {
    const start = performance.now()
    if (box.current) update(box.current, renderMarkdown(job.current.text, citations))
    const end = performance.now()
    job.current.notBefore = end + 4 * (end - start)
  }
  const tryToDraw = (now: number) => {
    job.current.frame = 0
    if (now < job.current.notBefore) job.current.frame = requestAnimationFrame(tryToDraw)
    else draw()
  }
  // A finished text has always the same citations: states come anew with each message and are no reason to draw again.
  useLayoutEffect(() => {
    if (!streaming) draw()
    else if (!job.current.frame) job.current.frame = requestAnimationFrame(tryToDraw)
  }, [text, streaming])
  useLayoutEffect(() => () => cancelAnimationFrame(job.current.frame), [])
  const act = (event: Event) => {
    const target =
      event.target instanceof Element ? event.target.closest<HTMLElement>('[data-act], [data-n], [data-url]') : null
    if (target) actOn(target, citations)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links and buttons inside, which no component made
    <div
      class="markdown"
      ref={box}
      onClick={act}
      onKeyDown={(event) => event.key === 'Enter' && event.target instanceof HTMLAnchorElement && act(event)}
    />
  )
}

function actOn(target: HTMLElement, citations: readonly Citation[]): void {
  const { act, n, url } = target.dataset
  if (url) send({ type: 'link', url })
  const citation = citations.find((one) => String(one.n) === n)
  if (citation) send({ type: 'open', path: citation.path, start: citation.start, end: citation.end })
  if (act !== 'copy' && act !== 'insert') return
  const text = target.closest('.code')?.querySelector('code')?.textContent ?? ''
  send({ type: act, text })
  tick(target)
  announce(act === 'copy' ? l10n.t('Copied.') : l10n.t('Inserted.'))
}
