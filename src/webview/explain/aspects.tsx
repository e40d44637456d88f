/** The aspects of an explanation as tabs: a model's text, and the facts it is based on. */
import { t } from '@vscode/l10n'
import { useContext, useRef } from 'preact/hooks'
import type { Aspect, AspectName } from '../../engine/types/explanation.ts'
import { Citations, Markdown } from '../cited.tsx'
import { Icon } from '../icon.tsx'
import { Facts, Flow } from './facts.tsx'
import { Fold } from './fold.tsx'
import { useFold, ViewContext } from './wire.ts'
import { aspectTitle, noFactsText } from './words.ts'

interface AspectsProps {
  readonly aspects: readonly Aspect[]
  readonly writing: readonly AspectName[]
}

export function Aspects({ aspects, writing }: AspectsProps) {
  const { view, save } = useContext(ViewContext)
  const list = useRef<HTMLDivElement>(null)
  const chosen = aspects.find(({ name }) => name === view.tab) ?? aspects[0]
  if (!chosen) return null
  const choose = (name: AspectName) => save({ ...view, tab: name })
  const onKeyDown = (event: KeyboardEvent) => {
    const at = aspects.indexOf(chosen)
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -at, End: aspects.length - 1 - at }[event.key]
    const next = step === undefined ? undefined : aspects[(at + step + aspects.length) % aspects.length]
    if (!next) return
    event.preventDefault()
    choose(next.name)
    list.current?.querySelector<HTMLElement>(`#tab-${next.name}`)?.focus()
  }
  return (
    <section class="aspects">
      <div class="tabs" role="tablist" aria-label={t('Aspects')} ref={list} onKeyDown={onKeyDown}>
        {aspects.map((aspect) => (
          <Tab
            key={aspect.name}
            aspect={aspect}
            selected={aspect === chosen}
            writing={writing.includes(aspect.name)}
            onChoose={() => choose(aspect.name)}
          />
        ))}
      </div>
      <div
        key={chosen.name}
        id={`panel-${chosen.name}`}
        class="panel"
        role="tabpanel"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a panel may contain nothing focusable.
        tabIndex={0}
        aria-labelledby={`tab-${chosen.name}`}
      >
        <Panel aspect={chosen} writing={writing.includes(chosen.name)} />
      </div>
    </section>
  )
}

function Tab(props: {
  readonly aspect: Aspect
  readonly selected: boolean
  readonly writing: boolean
  readonly onChoose: () => void
}) {
  const { aspect, selected, writing, onChoose } = props
  const { name, facts } = aspect
  const count = facts.length === 1 ? t('1 fact') : t('{0} facts', facts.length.toLocaleString())
  return (
    <button
      type="button"
      class={facts.length || aspect.text ? 'tab' : 'tab bare'}
      role="tab"
      id={`tab-${name}`}
      aria-selected={selected}
      aria-controls={selected ? `panel-${name}` : undefined}
      tabIndex={selected ? 0 : -1}
      title={writing ? t('{0}: being written', aspectTitle(name)) : undefined}
      onClick={onChoose}
    >
      {aspectTitle(name)}
      <span class="badge" aria-hidden="true">
        {facts.length.toLocaleString()}
      </span>
      <span class="visually-hidden">{count}</span>
      {writing && (
        <>
          <Icon name="loading" spin />
          <span class="visually-hidden">{t('being written')}</span>
        </>
      )}
    </button>
  )
}

function Panel({ aspect, writing }: { readonly aspect: Aspect; readonly writing: boolean }) {
  const { name, text, facts, citations } = aspect
  const [open, toggle] = useFold(`facts ${name}`, false)
  if (!text)
    return (
      <>
        {writing && (
          <p class="muted working">
            <Icon name="loading" spin />
            {t('Writing from these facts:')}
          </p>
        )}
        <FactList aspect={aspect} />
      </>
    )
  return (
    <>
      <Markdown text={text} citations={citations} />
      {citations.length > 0 && <Citations citations={citations} />}
      {facts.length > 0 && (
        <div class="beneath">
          <h3>
            <Fold open={open} toggle={toggle}>
              {t('Facts read off the index')} <span class="muted count">{facts.length.toLocaleString()}</span>
            </Fold>
          </h3>
          {open && <FactList aspect={aspect} />}
        </div>
      )}
    </>
  )
}

function FactList({ aspect: { name, facts } }: { readonly aspect: Aspect }) {
  if (facts.length === 0) return <p class="muted nothing">{noFactsText(name)}</p>
  return name === 'flow' ? <Flow facts={facts} /> : <Facts facts={facts} />
}
