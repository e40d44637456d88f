/** Entry of the Context view: what was assembled for the question, at which level of detail, why and at what cost. */
import { t } from '@vscode/l10n'
import { render } from 'preact'
import { useMemo, useRef, useState } from 'preact/hooks'
import type { ContextMessage, ContextState, ToContext } from '../../protocol/messages.ts'
import { connect, useShown } from '../connection.ts'
import './context.css'
import './blocks.css'
import './treemap.css'
import { withFolders } from './areas.ts'
import { Blocks } from './blocks.tsx'
import { Header, UsedMode } from './budget.tsx'
import { LeftOut, Overrides } from './dropped.tsx'
import { Folds, useFold } from './folds.ts'
import { Fold } from './parts.tsx'
import { Empty, Messages } from './states.tsx'
import { Treemap } from './treemap.tsx'

const { send, listen, restore, save } = connect<ContextMessage, ToContext, readonly string[]>()

function App() {
  const state = useShown<ContextState>({ send, listen })
  const [flipped, setFlipped] = useState<ReadonlySet<string>>(new Set(restore() ?? []))
  const flip = (key: string) => {
    const next = new Set(flipped)
    if (!next.delete(key)) next.add(key)
    save([...next])
    setFlipped(next)
  }
  if (!state) return null
  return (
    <Folds.Provider value={{ flipped, flip }}>
      <View state={state} />
    </Folds.Provider>
  )
}

function View({ state }: { readonly state: ContextState }) {
  const { pack, overrides, stale, packing } = state
  return (
    <>
      {packing && <div class="progress" role="progressbar" aria-label={t('Packing')} />}
      <Header state={state} send={send} />
      <div class="columns">
        <main aria-busy={packing}>
          {pack && <UsedMode pack={pack} />}
          <Messages state={state} send={send} />
          <Overrides overrides={overrides} send={send} />
          {pack && pack.blocks.length > 0 ? (
            <Blocks blocks={pack.blocks} {...{ overrides, stale, send }} />
          ) : (
            <Empty state={state} send={send} />
          )}
          {pack && <LeftOut pack={pack} overrides={overrides} send={send} />}
        </main>
        <MapSection state={state} />
      </div>
    </>
  )
}

function MapSection({ state }: { readonly state: ContextState }) {
  const [open, toggle] = useFold('map', true)
  const areas = useStable(state.areas, (a, b) => a.path === b.path && a.lines === b.lines)
  const files = useStable(state.files, (a, b) => a[0] === b[0])
  const packed = useMemo(() => new Set(state.pack?.blocks.flatMap(({ path }) => withFolders(path))), [state.pack])
  if (areas.length === 0) return null
  const topics = state.clusters.map((label) => label.slice(0, 3).join(' ')).join(' · ')
  return (
    <section class={open ? 'map' : 'map closed'} aria-label={t('Map')}>
      <h2>
        <Fold open={open} toggle={toggle}>
          <span class="label">{t('Map')}</span>
        </Fold>
      </h2>
      {open && <Treemap {...{ areas, files, packed, send }} />}
      {open && topics && (
        <p class="topics muted" title={topics}>
          {t('Topics: {0}', topics)}
        </p>
      )}
    </section>
  )
}

/** Returns the previous list while the new one is equal: each state is a copy, and memoised values should last. */
function useStable<T>(list: readonly T[], same: (a: T, b: T) => boolean): readonly T[] {
  const previous = useRef(list)
  const isEqual = previous.current.length === list.length && previous.current.every((one, i) => same(one, list[i]!))
  if (!isEqual) previous.current = list
  return previous.current
}

render(<App />, document.getElementById('root') ?? document.body)
