/** Entry of the Explain view: shows an explanation as it arrives. */
import { t } from '@vscode/l10n'
import { render } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Explanation } from '../../engine/types/explanation.ts'
import type { ExplainState } from '../../protocol/messages.ts'
import { type Actions, ActionsContext } from '../cited.tsx'
import { announce, useShown } from '../connection.ts'
import { useEscape } from '../escape.ts'
import { Aspects } from './aspects.tsx'
import { Diagram } from './diagram.tsx'
import './explain.css'
import './diagram.css'
import { NotCovered } from './facts.tsx'
import { Head, Notices, Summary } from './head.tsx'
import { listen, restore, type SavedView, save, send, ViewContext } from './wire.ts'

const ACTIONS: Actions = { open: ({ path, firstLine, lastLine }) => send({ type: 'open', path, firstLine, lastLine }) }
const INITIAL_VIEW: SavedView = { tab: 'flow', flipped: [] }

function App() {
  const state = useShown<ExplainState>({ send, listen })
  const [view, setView] = useState<SavedView>(() => restore() ?? INITIAL_VIEW)
  useAnnouncements(state)
  useEscape(state?.working ?? false, () => send({ type: 'stop' }))
  const update = (next: SavedView) => {
    setView(next)
    save(next)
  }
  return (
    <ViewContext.Provider value={{ view, save: update }}>
      <ActionsContext.Provider value={ACTIONS}>
        {state && <View state={state} />}
        <div id="status" class="visually-hidden" role="status" />
      </ActionsContext.Provider>
    </ViewContext.Provider>
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
        {explanation ? <Parts explanation={explanation} state={state} /> : <Placeholder state={state} />}
      </main>
    </>
  )
}

/** Shown before the first facts arrive. */
function Placeholder({ state: { working, error, server } }: { readonly state: ExplainState }) {
  if (error || server === 'stopped') return null
  return (
    <p class="muted empty">
      {working || server !== 'running'
        ? t('Facts from the index come first; if a model is chosen, it then writes the text.')
        : t('Stopped before anything was found.')}
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

/** Announces that an explanation is being created, and the outcome. */
function useAnnouncements(state: ExplainState | null): void {
  const wasWorking = useRef(false)
  useEffect(() => {
    if (!state) return
    if (state.working && !wasWorking.current) announce(t('Explaining'))
    if (!state.working && wasWorking.current)
      announce(
        state.error || (state.explanation?.end === 'finished' ? t('The explanation is complete.') : t('Stopped.')),
      )
    wasWorking.current = state.working
  }, [state])
}

render(<App />, document.getElementById('root') ?? document.body)
