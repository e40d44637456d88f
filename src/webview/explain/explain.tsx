/** Entry of the Explain view: a mechanism explained across files, as far as it is known. */
import { t } from '@vscode/l10n'
import { render } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Explanation } from '../../engine/types/explanation.ts'
import type { ExplainState } from '../../protocol/messages.ts'
import { Acting, type Acts } from '../cited.tsx'
import { useEscape } from '../escape.ts'
import { announce, useShown } from '../host.ts'
import { Aspects } from './aspects.tsx'
import { Diagram } from './diagram.tsx'
import './explain.css'
import './diagram.css'
import { NotCovered } from './facts.tsx'
import { Head, Notices, Summary } from './head.tsx'
import { Keeping, type Kept, keep, kept, listen, send } from './wire.ts'

const ACTS: Acts = { open: ({ path, firstLine, lastLine }) => send({ type: 'open', path, firstLine, lastLine }) }
const AT_FIRST: Kept = { tab: 'flow', flipped: [] }

function App() {
  const state = useShown<ExplainState>({ send, listen })
  const [held, setHeld] = useState<Kept>(() => kept() ?? AT_FIRST)
  useAnnounced(state)
  useEscape(state?.working ?? false, () => send({ type: 'stop' }))
  const hold = (next: Kept) => {
    setHeld(next)
    keep(next)
  }
  return (
    <Keeping.Provider value={{ kept: held, keep: hold }}>
      <Acting.Provider value={ACTS}>
        {state && <View state={state} />}
        <div id="status" class="visually-hidden" role="status" />
      </Acting.Provider>
    </Keeping.Provider>
  )
}

function View({ state }: { readonly state: ExplainState }) {
  const { explanation, working } = state
  return (
    <>
      {working && <div class="progress" role="progressbar" aria-label={t('Explaining')} />}
      <main aria-busy={working}>
        <Head state={state} />
        <Notices state={state} />
        {explanation ? <Parts explanation={explanation} state={state} /> : <Nothing state={state} />}
      </main>
    </>
  )
}

/** Before anything is known. */
function Nothing({ state: { working, error, server } }: { readonly state: ExplainState }) {
  if (error || server === 'stopped') return null
  return (
    <p class="muted empty">
      {working || server !== 'running'
        ? t('Facts from the index come first; if a model is chosen, it then writes the text.')
        : t('It was stopped before anything was found.')}
    </p>
  )
}

function Parts({ explanation, state }: { readonly explanation: Explanation; readonly state: ExplainState }) {
  const { diagram, title, aspects, notCovered } = explanation
  return (
    <>
      <Summary explanation={explanation} />
      <Diagram diagram={diagram} title={title} />
      <Aspects aspects={aspects} writing={state.writing} />
      <NotCovered rows={notCovered} />
    </>
  )
}

/** Says what became of it. */
function useAnnounced(state: ExplainState | null): void {
  const before = useRef(false)
  useEffect(() => {
    if (!state) return
    if (state.working && !before.current) announce(t('Explaining'))
    if (!state.working && before.current)
      announce(
        state.error || (state.explanation?.end === 'finished' ? t('The explanation is complete.') : t('Stopped.')),
      )
    before.current = state.working
  }, [state])
}

render(<App />, document.getElementById('root') ?? document.body)
