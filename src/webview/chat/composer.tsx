/** The input of a question: text, chips of its mentions, the completion list of `#`, the model, send and stop. */
import * as l10n from '@vscode/l10n'
import type { RefObject } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks'
import type { Mention } from '../../engine/types/thread.ts'
import { Icon, IconButton } from '../icon.tsx'
import { placeOf } from '../place.ts'
import { type Offer, useCompletion } from './completion.ts'
import { Mentions } from './mentions.tsx'
import { send, type UnsentQuestion } from './wire.ts'

interface ComposerProps {
  readonly label: string
  readonly question: UnsentQuestion
  /** Takes the focus whenever this changes; 0 leaves it. */
  readonly focus: number
  /** Why nothing can be sent now; null when it can. */
  readonly unready: string | null
  readonly asking: boolean
  /** Model and budget of the next question; absent where an earlier one is edited. */
  readonly model?: string | null
  readonly budget?: number
  readonly onChange: (question: UnsentQuestion) => void
  readonly onSend: (question: UnsentQuestion) => void
  readonly onCancel?: () => void
}

export function Composer(props: ComposerProps) {
  const { label, question, focus, unready, asking, model, budget, onChange, onSend, onCancel } = props
  const box = useRef<HTMLTextAreaElement>(null)
  const id = useId()
  // Several changes may happen before the next render; each builds on the previous one.
  const latest = useRef(question)
  latest.current = question
  const change = (part: Partial<UnsentQuestion>) => {
    latest.current = { ...latest.current, ...part }
    onChange(latest.current)
  }
  const completion = useCompletion(box, (mention) =>
    change({ mentions: withMention(latest.current.mentions, mention) }),
  )
  const { offers, waiting, active } = completion
  useLayoutEffect(() => {
    if (!focus || !box.current) return
    box.current.focus()
    box.current.setSelectionRange(box.current.value.length, box.current.value.length)
  }, [focus])
  const canSend = !asking && unready === null && question.text.trim() !== ''
  const submit = () => {
    if (!canSend) return
    completion.close()
    box.current?.focus()
    onSend(question)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const isHandled = offers && !isComposing(event) && handleListKey(event, offers, completion)
    if (!isHandled) handleBoxKey(event, submit, onCancel)
    else event.preventDefault()
  }
  return (
    <div class="composer">
      {offers && <Offers id={id} offers={offers} waiting={waiting} active={active} onAccept={completion.accept} />}
      <Mentions
        mentions={question.mentions}
        onRemove={(removed) => {
          change({ mentions: question.mentions.filter((mention) => mention !== removed) })
          box.current?.focus()
        }}
      />
      <textarea
        ref={box}
        rows={1}
        value={question.text}
        aria-label={label}
        placeholder={l10n.t('Ask about this code (# adds context)')}
        {...(offers?.length ? comboboxProps(id, active) : {})}
        onInput={(event) => {
          change({ text: event.currentTarget.value })
          completion.look()
        }}
        onKeyDown={onKeyDown}
        onKeyUp={(event) => /^(Arrow(Left|Right)|Home|End)$/.test(event.key) && completion.look()}
        onClick={completion.look}
        onBlur={completion.close}
      />
      <div class="composer-bar">
        <IconButton
          icon="symbol-numeric"
          label={l10n.t('Add context (#)')}
          onClick={() => box.current && startMention(box.current)}
        />
        {model !== undefined && <ModelButton model={model} budget={budget ?? 0} />}
        <span class="space" />
        {onCancel && <IconButton icon="close" label={l10n.t('Cancel (Escape)')} onClick={onCancel} />}
        <SendOrStop asking={asking} unready={unready} disabled={!canSend} onSend={submit} />
      </div>
    </div>
  )
}

/** Enter sends; Escape cancels an edit. */
function handleBoxKey(event: KeyboardEvent, submit: () => void, cancel: (() => void) | undefined): void {
  // Enter and Escape belong to the input method while it composes.
  if (isComposing(event)) return
  const act = event.key === 'Enter' && !event.shiftKey ? submit : event.key === 'Escape' ? cancel : undefined
  if (!act) return
  event.preventDefault()
  act()
}

const isComposing = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === 229

interface SendOrStopProps {
  readonly asking: boolean
  readonly unready: string | null
  readonly disabled: boolean
  readonly onSend: () => void
}

function SendOrStop({ asking, unready, disabled, onSend }: SendOrStopProps) {
  return asking ? (
    <IconButton icon="stop-circle" label={l10n.t('Stop (Escape)')} onClick={() => send({ type: 'stop' })} />
  ) : (
    <IconButton icon="send" label={unready ?? l10n.t('Send (Enter)')} disabled={disabled} onClick={onSend} />
  )
}

/** Inserts a `#`, for those who do not type it. */
function startMention(box: HTMLTextAreaElement): void {
  box.focus()
  const before = box.value.slice(0, box.selectionEnd)
  box.setRangeText(before && !/\s$/.test(before) ? ' #' : '#', box.selectionEnd, box.selectionEnd, 'end')
  box.dispatchEvent(new Event('input', { bubbles: true }))
}

/** ARIA attributes of the text box while its list is open; otherwise it is an ordinary multi-line text box. */
function comboboxProps(list: string, active: number) {
  return {
    role: 'combobox',
    'aria-autocomplete': 'list',
    'aria-expanded': true,
    'aria-controls': list,
    'aria-activedescendant': `${list}-${active}`,
  } as const
}

function withMention(mentions: readonly Mention[], added: Mention): readonly Mention[] {
  const same = (one: Mention) => one.kind === added.kind && one.label === added.label && placeOf(one) === placeOf(added)
  return mentions.some(same) ? mentions : [...mentions, added]
}

/** Handles a key in the completion list; false when the list does not use it. */
function handleListKey(
  { key, shiftKey }: KeyboardEvent,
  offers: readonly Offer[],
  { active, setActive, accept, dismiss }: ReturnType<typeof useCompletion>,
): boolean {
  const step = key === 'ArrowDown' ? 1 : key === 'ArrowUp' ? -1 : 0
  const offer = offers[active]
  if (key === 'Escape') dismiss()
  else if (!offer) return false
  else if (step) setActive((active + step + offers.length) % offers.length)
  else if ((key === 'Enter' || key === 'Tab') && !shiftKey) accept(offer)
  else return false
  return true
}

interface OffersProps {
  readonly id: string
  readonly offers: readonly Offer[]
  readonly waiting: boolean
  readonly active: number
  readonly onAccept: (offer: Offer) => void
}

function Offers({ id, offers, waiting, active, onAccept }: OffersProps) {
  const list = useRef<HTMLDivElement>(null)
  useActiveInView(list, active)
  if (offers.length === 0) return <div class="offers muted">{waiting ? l10n.t('Searching…') : l10n.t('No match.')}</div>
  return (
    <div class="offers" role="listbox" id={id} aria-label={l10n.t('Context to add')} ref={list} onMouseDown={keepFocus}>
      {offers.map((offer, i) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the text box keeps the focus and names the active option
        // biome-ignore lint/a11y/useKeyWithClickEvents: its keys are the text box's
        <div
          key={offer.key}
          id={`${id}-${i}`}
          role="option"
          aria-selected={i === active}
          onClick={() => onAccept(offer)}
        >
          <Icon name={offer.icon} />
          <span class="ellipsis">{offer.label}</span>
          <span class="muted ellipsis detail">{offer.detail}</span>
        </div>
      ))}
    </div>
  )
}

/** Keeps the focus in the text box when the list or its scrollbar is pressed; losing it would close the list. */
function keepFocus(event: Event): void {
  event.preventDefault()
}

function useActiveInView(list: RefObject<HTMLElement>, active: number): void {
  useEffect(() => list.current?.children[active]?.scrollIntoView({ block: 'nearest' }), [active])
}

function ModelButton({ model, budget }: { model: string | null; budget: number }) {
  const tokens =
    budget < 1000 ? String(budget) : `${(budget / 1000).toLocaleString(undefined, { maximumFractionDigits: 1 })}k`
  const name = model ?? l10n.t('No model: offline brief')
  return (
    <>
      <button
        type="button"
        class="icon-button model"
        title={l10n.t('Pick a model')}
        aria-label={l10n.t('Model: {0}', name)}
        onClick={() => send({ type: 'pick model' })}
      >
        <span class="ellipsis">{name}</span>
        <Icon name="chevron-down" />
      </button>
      <span class="muted budget" title={l10n.t('Token budget for the next question')}>
        {l10n.t('~{0} tokens', tokens)}
      </span>
    </>
  )
}
