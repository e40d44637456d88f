/** Text that cites: a model's Markdown, what its citations were found to be, and rows read off the index. */
import * as l10n from '@vscode/l10n'
import { createContext } from 'preact'
import { useContext, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Citation, Statement, Usage } from '../engine/types/answer.ts'
import { announce } from './host.ts'
import { Icon, tick } from './icon.tsx'
import { renderMarkdown, update, VERDICTS, verdictWord } from './markdown.ts'
import { type Place, placeOf } from './place.ts'

/** What the view does when something in a text is pressed; what it cannot do is not offered. */
export interface Acts {
  readonly open: (place: Place) => void
  readonly link?: (url: string) => void
  readonly code?: (act: 'copy' | 'insert', text: string) => void
}

export const Acting = createContext<Acts>({ open: () => {} })

/** What is longer is data that was made to be, not a name or a sentence: its beginning says enough. */
const LONGEST = 200
const LONGEST_PROSE = 2000

const cut = (text: string, longest: number) => (text.length > longest ? `${text.slice(0, longest)}…` : text)

/** Path and lines, to be opened. */
function PlaceLink({ at }: { at: Place }) {
  const { open } = useContext(Acting)
  const { path, firstLine, lastLine } = at
  const place = placeOf(at)
  // Of a path beyond all measure its end says more.
  const short = place.length > LONGEST ? `…${place.slice(-LONGEST)}` : place
  return (
    <button type="button" class="link place" title={place} onClick={() => open({ path, firstLine, lastLine })}>
      {short}
    </button>
  )
}

/** A sentence in which names stand between backticks. */
export function Prose({ text }: { text: string }) {
  return (
    <>
      {text.split(/`([^`]+)`/).map((part, i) =>
        i % 2 ? (
          <code key={i} class="name-code">
            {cut(part, LONGEST)}
          </code>
        ) : (
          <bdi key={i}>{cut(part, LONGEST_PROSE)}</bdi>
        ),
      )}
    </>
  )
}

const ROWS_AT_FIRST = 20

/** Rows in their order; of a long list the first, until the rest is asked for. */
export function Statements({ statements }: { statements: readonly Statement[] }) {
  const [all, setAll] = useState(false)
  const list = useRef<HTMLOListElement>(null)
  const shown = all ? statements : statements.slice(0, ROWS_AT_FIRST)
  // The button that had the focus is gone: it goes to the first row that is new.
  useLayoutEffect(() => {
    if (all) list.current?.children[ROWS_AT_FIRST]?.querySelector('button')?.focus()
  }, [all])
  if (statements.length === 0) return null
  return (
    <>
      <ol class="statements" ref={list}>
        {shown.map((said, i) => (
          <li key={i}>
            <Said statement={said} />
          </li>
        ))}
      </ol>
      {shown.length < statements.length && (
        <button type="button" class="button secondary" onClick={() => setAll(true)}>
          {l10n.t('Show all {0}', statements.length.toLocaleString())}
        </button>
      )}
    </>
  )
}

/** What is said, where it stands, and the lines that say it. */
export function Said({ statement }: { statement: Statement }) {
  return (
    <>
      <div class="said">
        <Prose text={statement.text} />
      </div>
      <PlaceLink at={statement} />
      {statement.quote.length > 0 && <pre class="quote">{statement.quote.join('\n')}</pre>}
    </>
  )
}

/** How many citations hold what they are cited for. */
export function Checked({ citations }: { citations: readonly Citation[] }) {
  const verified = citations.filter(({ verdict }) => verdict === 'verified').length
  return (
    <p class="checked">
      <Icon name={verified === citations.length ? 'pass' : 'warning'} />
      {l10n.t('{0} of {1} citations verified', verified, citations.length)}
    </p>
  )
}

/** The same, with each of them. */
export function Citations({ citations }: { citations: readonly Citation[] }) {
  return (
    <>
      <Checked citations={citations} />
      <ol class="citations" aria-label={l10n.t('Citations')}>
        {citations.map((citation) => (
          <li key={citation.mark}>
            <span class="muted">{citation.n}</span>
            <div>
              <PlaceLink at={citation} /> <bdi class="muted">{citation.symbols.join(', ')}</bdi>
              {citation.verdict !== 'verified' && (
                <div class={`verdict ${citation.verdict}`}>
                  <Icon name={VERDICTS[citation.verdict]} />
                  <span>{verdictWord(citation)}</span>
                </div>
              )}
              {citation.quote.length > 0 && (
                <details>
                  <summary class="muted">{l10n.t('Lines')}</summary>
                  <pre class="quote">{citation.quote.join('\n')}</pre>
                </details>
              )}
            </div>
          </li>
        ))}
      </ol>
    </>
  )
}

/** Who wrote, and what it took as far as the endpoint said so. */
export function byWord(model: string, usage: Usage | null): string {
  if (!usage) return model
  const [input, output] = [usage.input.toLocaleString(), usage.output.toLocaleString()]
  return usage.cached === null
    ? l10n.t('{0} · {1} tokens in, {2} out', model, input, output)
    : l10n.t('{0} · {1} tokens in ({2} cached), {3} out', model, input, usage.cached.toLocaleString(), output)
}

interface MarkdownProps {
  readonly text: string
  readonly citations: readonly Citation[]
  /** Text is still being added: drawn at most once a frame, and more seldom the longer drawing takes. */
  readonly streaming?: boolean
}

export function Markdown({ text, citations, streaming = false }: MarkdownProps) {
  const acts = useContext(Acting)
  const box = useRef<HTMLDivElement>(null)
  const job = useRef({ frame: 0, notBefore: 0, text })
  job.current.text = text
  const draw = () => {
    const start = performance.now()
    const offered = { links: acts.link !== undefined, code: acts.code !== undefined }
    if (box.current) update(box.current, renderMarkdown(job.current.text, citations, offered))
    const end = performance.now()
    job.current.notBefore = end + 4 * (end - start)
  }
  const tryToDraw = (now: number) => {
    job.current.frame = 0
    if (now < job.current.notBefore) job.current.frame = requestAnimationFrame(tryToDraw)
    else draw()
  }
  // States come anew with each message and are no reason to draw again: only other words, or other verdicts, are.
  const checked = citations.map(({ mark, verdict }) => `${mark} ${verdict}`).join()
  useLayoutEffect(() => {
    if (!streaming) draw()
    else if (!job.current.frame) job.current.frame = requestAnimationFrame(tryToDraw)
  }, [text, streaming, checked])
  useLayoutEffect(() => () => cancelAnimationFrame(job.current.frame), [])
  const act = (event: Event) => {
    const target =
      event.target instanceof Element ? event.target.closest<HTMLElement>('[data-act], [data-mark], [data-url]') : null
    if (target) actOn(target, citations, acts)
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

function actOn(target: HTMLElement, citations: readonly Citation[], acts: Acts): void {
  const { act, mark, url } = target.dataset
  if (url) acts.link?.(url)
  const citation = citations.find((one) => one.mark === mark)
  if (citation) acts.open({ path: citation.path, firstLine: citation.firstLine, lastLine: citation.lastLine })
  if ((act !== 'copy' && act !== 'insert') || !acts.code) return
  acts.code(act, target.closest('.code')?.querySelector('code')?.textContent ?? '')
  tick(target)
  announce(act === 'copy' ? l10n.t('Copied.') : l10n.t('Inserted.'))
}
