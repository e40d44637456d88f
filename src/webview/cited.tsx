/** Text with citations: a model's Markdown, the verdicts on its citations, and statements from the index. */
import * as l10n from '@vscode/l10n'
import { createContext } from 'preact'
import { useContext, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Citation, Statement, Usage } from '../engine/types/answer.ts'
import { announce } from './connection.ts'
import { Icon, showCheck } from './icon.tsx'
import { renderMarkdown, update, VERDICTS, verdictWord } from './markdown.ts'
import { type Place, placeOf } from './place.ts'

/** What the view does when something in a text is activated; an absent action is not offered. */
export interface Actions {
  readonly open: (place: Place) => void
  readonly link?: (url: string) => void
  readonly code?: (act: 'copy' | 'insert', text: string) => void
}

export const ActionsContext = createContext<Actions>({ open: () => {} })

/** Longer text is generated data rather than a name or a sentence, and is cut. */
const MAX_NAME_CHARS = 200
const MAX_PROSE_CHARS = 2000

const cut = (text: string, maxChars: number) => (text.length > maxChars ? `${text.slice(0, maxChars)}…` : text)

/** Path and lines, as a button that opens them. */
function PlaceLink({ at }: { at: Place }) {
  const { open } = useContext(ActionsContext)
  const { path, firstLine, lastLine } = at
  const place = placeOf(at)
  // The end of a very long path says more than its beginning.
  const short = place.length > MAX_NAME_CHARS ? `…${place.slice(-MAX_NAME_CHARS)}` : place
  return (
    <button type="button" class="link place" title={place} onClick={() => open({ path, firstLine, lastLine })}>
      {short}
    </button>
  )
}

/** A sentence with names in backticks. */
export function Prose({ text }: { text: string }) {
  return (
    <>
      {text.split(/`([^`]+)`/).map((part, i) =>
        i % 2 ? (
          <code key={i} class="name-code">
            {cut(part, MAX_NAME_CHARS)}
          </code>
        ) : (
          <bdi key={i}>{cut(part, MAX_PROSE_CHARS)}</bdi>
        ),
      )}
    </>
  )
}

const INITIAL_ROWS = 20

/** Statements in order; of a long list only the first, until the reader asks for the rest. */
export function Statements({ statements }: { statements: readonly Statement[] }) {
  const [all, setAll] = useState(false)
  const list = useRef<HTMLOListElement>(null)
  const shown = all ? statements : statements.slice(0, INITIAL_ROWS)
  // The focused button is gone, so the first new row gets the focus.
  useLayoutEffect(() => {
    if (all) list.current?.children[INITIAL_ROWS]?.querySelector('button')?.focus()
  }, [all])
  if (statements.length === 0) return null
  return (
    <>
      <ol class="statements" ref={list}>
        {shown.map((statement, i) => (
          <li key={i}>
            <StatementRow statement={statement} />
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

/** A statement, its place and the quoted lines. */
export function StatementRow({ statement }: { statement: Statement }) {
  return (
    <>
      <div class="statement">
        <Prose text={statement.text} />
      </div>
      <PlaceLink at={statement} />
      {statement.quote.length > 0 && <pre class="quote">{statement.quote.join('\n')}</pre>}
    </>
  )
}

/** How many citations are verified. */
export function VerifiedCount({ citations }: { citations: readonly Citation[] }) {
  const verified = citations.filter(({ verdict }) => verdict === 'verified').length
  return (
    <p class="checked">
      <Icon name={verified === citations.length ? 'pass' : 'warning'} />
      {l10n.t('{0} of {1} citations verified', verified, citations.length)}
    </p>
  )
}

/** The number of verified citations, and the list of all. */
export function Citations({ citations }: { citations: readonly Citation[] }) {
  return (
    <>
      <VerifiedCount citations={citations} />
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

/** The model, and the tokens it took where the endpoint reports them. */
export function bylineText(model: string, usage: Usage | null): string {
  if (!usage) return model
  const [input, output] = [usage.input.toLocaleString(), usage.output.toLocaleString()]
  return usage.cached === null
    ? l10n.t('{0} · {1} tokens in, {2} out', model, input, output)
    : l10n.t('{0} · {1} tokens in ({2} cached), {3} out', model, input, usage.cached.toLocaleString(), output)
}

interface MarkdownProps {
  readonly text: string
  readonly citations: readonly Citation[]
  /** Text is still arriving: it is drawn at most once a frame, and less often the longer drawing takes. */
  readonly streaming?: boolean
}

export function Markdown({ text, citations, streaming = false }: MarkdownProps) {
  const actions = useContext(ActionsContext)
  const box = useRef<HTMLDivElement>(null)
  const job = useRef({ frame: 0, notBefore: 0, text })
  job.current.text = text
  const draw = () => {
    const start = performance.now()
    const features = { links: actions.link !== undefined, code: actions.code !== undefined }
    if (box.current) update(box.current, renderMarkdown(job.current.text, citations, features))
    const end = performance.now()
    job.current.notBefore = end + 4 * (end - start)
  }
  const tryToDraw = (now: number) => {
    job.current.frame = 0
    if (now < job.current.notBefore) job.current.frame = requestAnimationFrame(tryToDraw)
    else draw()
  }
  // Every message brings new objects; only another text or other verdicts need drawing.
  const verdicts = citations.map(({ mark, verdict }) => `${mark} ${verdict}`).join()
  useLayoutEffect(() => {
    if (!streaming) draw()
    else if (!job.current.frame) job.current.frame = requestAnimationFrame(tryToDraw)
  }, [text, streaming, verdicts])
  useLayoutEffect(() => () => cancelAnimationFrame(job.current.frame), [])
  const act = (event: Event) => {
    const target =
      event.target instanceof Element ? event.target.closest<HTMLElement>('[data-act], [data-mark], [data-url]') : null
    if (target) actOn(target, citations, actions)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: handles the links and buttons of the Markdown inside
    <div
      class="markdown"
      ref={box}
      onClick={act}
      onKeyDown={(event) => event.key === 'Enter' && event.target instanceof HTMLAnchorElement && act(event)}
    />
  )
}

function actOn(target: HTMLElement, citations: readonly Citation[], actions: Actions): void {
  const { act, mark, url } = target.dataset
  if (url) actions.link?.(url)
  const citation = citations.find((one) => one.mark === mark)
  if (citation) actions.open({ path: citation.path, firstLine: citation.firstLine, lastLine: citation.lastLine })
  if ((act !== 'copy' && act !== 'insert') || !actions.code) return
  actions.code(act, target.closest('.code')?.querySelector('code')?.textContent ?? '')
  showCheck(target)
  announce(act === 'copy' ? l10n.t('Copied.') : l10n.t('Inserted.'))
}
