/** Entry of the chat view: holds the client's last state, the text that streams, and the question being written. */
import * as l10n from '@vscode/l10n'
import { render } from 'preact'
import { useEffect, useReducer, useRef, useState } from 'preact/hooks'
import type { ChatState, ToChat } from '../../protocol/messages.ts'
import './chat.css'
import { Acting, type Acts } from '../cited.tsx'
import { useEscape } from '../escape.ts'
import { announce } from '../host.ts'
import { Composer } from './composer.tsx'
import { Header } from './header.tsx'
import { Notices, unready } from './notices.tsx'
import { Thread } from './thread.tsx'
import { Welcome } from './welcome.tsx'
import { ask, type Draft, EMPTY, keep, kept, listen, send } from './wire.ts'

const ACTS: Acts = {
  open: (place) => send({ type: 'open', ...place }),
  link: (url) => send({ type: 'link', url }),
  code: (type, text) => send({ type, text }),
}

interface Shown {
  readonly state: ChatState | null
  /** What was said so far of the answer being written. */
  readonly text: string
  /** Why it began again, or ''. */
  readonly again: string
  /** Threads opened so far: each is a log of its own, so that an opened one is not read out as news. */
  readonly opened: number
}

function hear(before: Shown, message: ToChat): Shown {
  if (message.type === 'text') {
    if (message.again !== undefined) return { ...before, text: message.text, again: message.again }
    return { ...before, text: before.text + message.text }
  }
  if (message.type !== 'state') return before
  const { asking, thread } = message.state
  const was = before.state?.asking
  const same = was && asking && was.question === asking.question && was.replaces === asking.replaces
  const switched = !was && before.state?.thread?.id !== thread?.id
  return {
    state: message.state,
    text: same ? before.text : '',
    again: same ? before.again : '',
    opened: before.opened + (switched ? 1 : 0),
  }
}

/** Says what became of a question. */
function useAnnounced(state: ChatState | null): void {
  const asking = useRef(false)
  useEffect(() => {
    const now = state?.asking != null
    if (now && !asking.current) announce(l10n.t('Answering…'))
    if (!now && asking.current) {
      const turn = state?.thread?.turns.at(-1)
      const stopped = turn?.answer?.mode === 'model' && turn.answer.end === 'stopped'
      announce(turn?.error || (stopped ? l10n.t('Stopped.') : l10n.t('The answer is complete.')))
    }
    asking.current = now
  }, [state])
}

function Chat() {
  const [{ state, text, again, opened }, dispatch] = useReducer(hear, { state: null, text: '', again: '', opened: 0 })
  const [draft, setDraft] = useState<Draft>(() => kept() ?? EMPTY)
  const [focus, setFocus] = useState(0)
  const write = (next: Draft) => {
    setDraft(next)
    keep(next)
  }
  const toComposer = () => setFocus((n) => n + 1)
  useEffect(() => {
    const stop = listen((message) => {
      dispatch(message)
      if (message.type !== 'draft') return
      write({ text: message.question, mentions: message.mentions })
      toComposer()
    })
    send({ type: 'ready' })
    return stop
  }, [])
  useAnnounced(state)
  useEscape(state?.asking != null, () => send({ type: 'stop' }))
  if (!state) return null
  if (state.index.phase === 'no folder') return <NoFolder />
  const empty = !state.asking && !state.thread?.turns.length
  const resend = (question: Draft, replaces: string) => {
    ask(question, replaces)
    toComposer()
  }
  return (
    <>
      <Header thread={state.thread} threads={state.threads} />
      {empty ? (
        <Welcome state={state} onAsk={(question) => resend({ text: question, mentions: [] }, '')} />
      ) : (
        <Thread key={opened} state={state} text={text} again={again} onAsk={resend} />
      )}
      <footer class="foot">
        <Notices state={state} />
        <Composer
          label={l10n.t('Question')}
          draft={draft}
          focus={focus}
          unready={unready(state)}
          asking={state.asking !== null}
          model={state.model}
          budget={state.budget}
          onDraft={write}
          onSend={(question) => {
            ask(question, '')
            write(EMPTY)
          }}
        />
      </footer>
    </>
  )
}

function NoFolder() {
  return (
    <main class="welcome">
      <p>{l10n.t('No folder is open. Open one to ask about its code.')}</p>
      <button type="button" class="button wide" onClick={() => send({ type: 'open folder' })}>
        {l10n.t('Open Folder')}
      </button>
    </main>
  )
}

function Page() {
  return (
    <Acting.Provider value={ACTS}>
      <Chat />
      <div id="status" class="visually-hidden" role="status" />
    </Acting.Provider>
  )
}

const root = document.getElementById('root')
if (root) render(<Page />, root)
