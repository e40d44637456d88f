/** The turns of a thread and the answer in progress; stays scrolled to the bottom while the reader is there. */
import * as l10n from '@vscode/l10n'
import { useEffect, useRef } from 'preact/hooks'
import type { Turn as TurnType } from '../../engine/types/thread.ts'
import type { ChatState } from '../../protocol/messages.ts'
import { Markdown } from '../cited.tsx'
import { Icon, Notice } from '../icon.tsx'
import { unready } from './notices.tsx'
import { Bubble, Turn } from './turn.tsx'
import type { UnsentQuestion } from './wire.ts'

interface ThreadProps {
  readonly state: ChatState
  readonly text: string
  readonly again: string | null
  readonly onAsk: (question: UnsentQuestion, replaces: string | null) => void
}

export function Thread({ state, text, again, onAsk }: ThreadProps) {
  const { asking } = state
  const turns = standingTurns(state)
  const { scroller, content, onScroll } = useStickyBottom(asking !== null, text !== '')
  return (
    <main class="scroller" ref={scroller} onScroll={onScroll}>
      <div class="turns" ref={content}>
        <div role="log" aria-live="polite" aria-label={l10n.t('Conversation')}>
          {turns.map((turn) => (
            <Turn key={turn.id} turn={turn} busy={asking !== null} unready={unready(state)} onAsk={onAsk} />
          ))}
        </div>
        {!asking && (
          <NextQuestions
            questions={turns.at(-1)?.nextQuestions ?? []}
            unready={unready(state) !== null}
            onAsk={onAsk}
          />
        )}
        {asking && (
          <article class="turn" aria-busy="true" aria-label={l10n.t('Answer in progress')}>
            <div class="question">
              <Bubble question={asking.question} mentions={asking.mentions} />
            </div>
            {again && <Notice icon="info">{l10n.t('Restarted: {0}', again)}</Notice>}
            {text && <Markdown text={text} citations={[]} streaming />}
            <p class="muted working">
              <Icon name="loading" spin />
              {text ? l10n.t('Answering…') : l10n.t('Looking through the code…')}
            </p>
          </article>
        )}
      </div>
    </main>
  )
}

interface NextQuestionsProps {
  readonly questions: readonly string[]
  readonly unready: boolean
  readonly onAsk: ThreadProps['onAsk']
}

/** Suggested questions after the last answer. */
function NextQuestions({ questions, unready, onAsk }: NextQuestionsProps) {
  if (questions.length === 0) return null
  return (
    <ul class="next" aria-label={l10n.t('Next questions')}>
      {questions.map((text) => (
        <li key={text}>
          <button type="button" class="link" disabled={unready} onClick={() => onAsk({ text, mentions: [] }, null)}>
            <Icon name="arrow-right" />
            {text}
          </button>
        </li>
      ))}
    </ul>
  )
}

/** The turns that stay: neither those about to be replaced nor the one being answered. */
function standingTurns({ thread, asking }: ChatState): readonly TurnType[] {
  const turns = thread?.turns ?? []
  if (!asking) return turns
  const cut = turns.findIndex(({ id }) => id === asking.replaces)
  if (cut >= 0) return turns.slice(0, cut)
  const last = turns.at(-1)
  return last && !last.answer && !last.error ? turns.slice(0, -1) : turns
}

/** Follows arriving text unless the reader scrolled up; an answer that arrives whole is shown from its start. */
function useStickyBottom(asking: boolean, writing: boolean) {
  const scroller = useRef<HTMLElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const at = useRef({ bottom: true, top: 0 })
  const isStreamed = useRef(false)
  if (writing) isStreamed.current = true
  useEffect(() => {
    if (!scroller.current || !content.current) return
    const box = scroller.current
    const observer = new ResizeObserver(() => {
      if (!at.current.bottom) return
      const last = content.current?.querySelector<HTMLElement>('article:last-of-type')
      const showStart = !isStreamed.current && last && last.offsetHeight > box.clientHeight
      box.scrollTop = showStart ? last.offsetTop - box.offsetTop : box.scrollHeight
    })
    observer.observe(content.current)
    observer.observe(box)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    if (!asking || !scroller.current) return
    at.current.bottom = true
    isStreamed.current = false
    scroller.current.scrollTop = scroller.current.scrollHeight
  }, [asking])
  const onScroll = () => {
    if (!scroller.current) return
    const { scrollTop, scrollHeight, clientHeight } = scroller.current
    // Content that grew meanwhile is not scrolling by the reader: only scrolling up leaves the bottom.
    const isNear = scrollHeight - scrollTop - clientHeight < 24
    at.current = { bottom: isNear || (at.current.bottom && scrollTop >= at.current.top), top: scrollTop }
  }
  return { scroller, content, onScroll }
}
