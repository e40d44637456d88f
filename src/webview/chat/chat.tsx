/** Entry of the chat view: holds the client's latest state, the streaming text and the unsent question. */
import * as l10n from '@vscode/l10n'
import { render } from 'preact'
import { useEffect, useReducer, useRef, useState } from 'preact/hooks'
import type { ChatState, ToChat } from '../../protocol/messages.ts'
import './chat.css'
import { type Actions, ActionsContext } from '../cited.tsx'
import { announce } from '../connection.ts'
import { useEscape } from '../escape.ts'
import { Composer } from './composer.tsx'
import { Header } from './header.tsx'
import { Notices, unready } from './notices.tsx'
import { Thread } from './thread.tsx'
import { Welcome } from './welcome.tsx'
import { ask, EMPTY, listen, restore, save, send, type UnsentQuestion } from './wire.ts'

const ACTIONS: Actions = {
  open: (place) => send({ type: 'open', ...place }),
  link: (url) => send({ type: 'link', url }),
  code: (type, text) => send({ type, text }),
}

interface Shown {
  readonly state: ChatState | null
  /** The answer in progress, as far as it has arrived. */
  readonly text: string
  /** Why the answer was restarted; null when it was not. */
  readonly again: string | null
  /** Number of threads opened: each has its own log region, so that opening one is not announced as new messages. */
  readonly opened: number
}

function reduce(before: Shown, message: ToChat): Shown {
  if (message.type === 'text') {
    if (message.again !== undefined) return { ...before, text: message.text, again: message.again }
    return { ...before, text: before.text + message.text }
  }
  if (message.type !== 'state') return before
  const { asking, thread } = message.state
  const previous = before.state?.asking
  const isSame = previous && asking && previous.question === asking.question && previous.replaces === asking.replaces
  const isSwitched = !previous && before.state?.thread?.id !== thread?.id
  return {
    state: message.state,
    text: isSame ? before.text : '',
    again: isSame ? before.again : null,
    opened: before.opened + (isSwitched ? 1 : 0),
  }
}

/** Announces that a question is being answered, and the outcome. */
function useAnnouncements(state: ChatState | null): void {
  const wasAsking = useRef(false)
  useEffect(() => {
    const isAsking = state?.asking != null
    if (isAsking && !wasAsking.current) announce(l10n.t('Answering…'))
    if (!isAsking && wasAsking.current) {
      const turn = state?.thread?.turns.at(-1)
      const stopped = turn?.answer?.mode === 'model' && turn.answer.end === 'stopped'
      announce(turn?.error || (stopped ? l10n.t('Stopped.') : l10n.t('The answer is complete.')))
    }
    wasAsking.current = isAsking
  }, [state])
}

function Chat() {
  const [{ state, text, again, opened }, dispatch] = useReducer(reduce, {
    state: null,
    text: '',
    again: null,
    opened: 0,
  })
  const [question, setQuestion] = useState<UnsentQuestion>(() => restore() ?? EMPTY)
  const [focus, setFocus] = useState(0)
  const updateQuestion = (next: UnsentQuestion) => {
    setQuestion(next)
    save(next)
  }
  const focusComposer = () => setFocus((n) => n + 1)
  useEffect(() => {
    const stop = listen((message) => {
      dispatch(message)
      if (message.type !== 'prefill') return
      updateQuestion({ text: message.question, mentions: message.mentions })
      focusComposer()
    })
    send({ type: 'ready' })
    return stop
  }, [])
  useAnnouncements(state)
  useEscape(state?.asking != null, () => send({ type: 'stop' }))
  if (!state) return null
  if (state.index.phase === 'no folder') return <NoFolder />
  const isEmpty = !state.asking && !state.thread?.turns.length
  const resend = (question: UnsentQuestion, replaces: string | null) => {
    ask(question, replaces)
    focusComposer()
  }
  return (
    <>
      <Header thread={state.thread} threads={state.threads} />
      {isEmpty ? (
        <Welcome state={state} onAsk={(question) => resend({ text: question, mentions: [] }, null)} />
      ) : (
        <Thread key={opened} state={state} text={text} again={again} onAsk={resend} />
      )}
      <footer class="foot">
        <Notices state={state} />
        <Composer
          label={l10n.t('Question')}
          question={question}
          focus={focus}
          unready={unready(state)}
          asking={state.asking !== null}
          model={state.model}
          budget={state.budget}
          onChange={updateQuestion}
          onSend={(question) => {
            ask(question, null)
            updateQuestion(EMPTY)
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
    <ActionsContext.Provider value={ACTIONS}>
      <Chat />
      <div id="status" class="visually-hidden" role="status" />
    </ActionsContext.Provider>
  )
}

const root = document.getElementById('root')
if (root) render(<Page />, root)
