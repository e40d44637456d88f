/** The header: the current thread, the list of all, and a button for a new one. */
import * as l10n from '@vscode/l10n'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ThreadSummary, Thread as ThreadType } from '../../engine/types/thread.ts'
import { Icon, IconButton } from '../icon.tsx'
import { send } from './wire.ts'

export function Header({ thread, threads }: { thread: ThreadType | null; threads: readonly ThreadSummary[] }) {
  const [open, setOpen] = useState(false)
  const header = useRef<HTMLElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  useEffect(() => {
    if (!open) return
    const onFocus = (event: Event) => {
      if (event.target instanceof Node && !header.current?.contains(event.target)) setOpen(false)
    }
    addEventListener('pointerdown', onFocus)
    addEventListener('focusin', onFocus)
    return () => {
      removeEventListener('pointerdown', onFocus)
      removeEventListener('focusin', onFocus)
    }
  }, [open])
  const title = thread?.title || l10n.t('New thread')
  return (
    <header class="head" ref={header}>
      <button
        type="button"
        class="icon-button thread-button"
        ref={button}
        aria-expanded={open}
        aria-controls="threads"
        aria-label={l10n.t('Thread: {0}', title)}
        title={title}
        onClick={() => setOpen(!open)}
      >
        <span class="ellipsis">{title}</span>
        <Icon name="chevron-down" />
      </button>
      <IconButton icon="add" label={l10n.t('New thread')} onClick={() => send({ type: 'new thread' })} />
      {open && <Threads current={thread?.id} threads={threads} onClose={close} />}
    </header>
  )
}

interface ThreadsProps {
  readonly current: string | undefined
  readonly threads: readonly ThreadSummary[]
  readonly onClose: () => void
}

function Threads({ current, threads, onClose }: ThreadsProps) {
  const list = useRef<HTMLDivElement>(null)
  const [forgetting, setForgetting] = useState<string | null>(null)
  const rows = () => [...(list.current?.querySelectorAll<HTMLElement>('.thread-open') ?? [])]
  useLayoutEffect(() => {
    if (forgetting !== null) return
    const open = rows()
    const start = open.find((row) => row.getAttribute('aria-current')) ?? open[0]
    start?.focus()
  }, [forgetting])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.preventDefault()
      if (forgetting !== null) setForgetting(null)
      else onClose()
    }
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (!step) return
    event.preventDefault()
    const all = rows()
    const at = all.findIndex((row) => row.parentElement?.contains(document.activeElement))
    all[(at + step + all.length) % all.length]?.focus()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the buttons inside, gathered in one place
    <div class="threads" id="threads" ref={list} onKeyDown={onKeyDown}>
      {threads.length === 0 && <p class="muted">{l10n.t('No saved threads yet.')}</p>}
      <ul>
        {threads.map((thread) => (
          <li key={thread.id}>
            {forgetting === thread.id ? (
              <Forget thread={thread} onDone={() => setForgetting(null)} />
            ) : (
              <>
                <button
                  type="button"
                  class="thread-open"
                  aria-current={thread.id === current ? 'true' : undefined}
                  onClick={() => {
                    send({ type: 'open thread', id: thread.id })
                    onClose()
                  }}
                >
                  <Icon name={thread.id === current ? 'check' : 'blank'} />
                  <span class="ellipsis">{thread.title}</span>
                  <span class="muted when">{ago(thread.at)}</span>
                </button>
                <IconButton
                  icon="trash"
                  label={l10n.t('Forget “{0}”', thread.title)}
                  onClick={() => setForgetting(thread.id)}
                />
              </>
            )}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Asks for confirmation: a deleted thread cannot be restored. */
function Forget({ thread, onDone }: { thread: ThreadSummary; onDone: () => void }) {
  const no = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => no.current?.focus(), [])
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring its own border and legend
    <div class="forget" role="group" aria-label={l10n.t('Forget “{0}”?', thread.title)}>
      <span class="ellipsis">{l10n.t('Forget “{0}”?', thread.title)}</span>
      <button
        type="button"
        class="button"
        onClick={() => {
          send({ type: 'forget thread', id: thread.id })
          onDone()
        }}
      >
        {l10n.t('Forget')}
      </button>
      <button type="button" class="button secondary" ref={no} onClick={onDone}>
        {l10n.t('Keep')}
      </button>
    </div>
  )
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

function ago(at: number): string {
  const format = new Intl.RelativeTimeFormat(undefined, { style: 'narrow', numeric: 'auto' })
  const since = at - Date.now()
  const [unit, size] = UNITS.find(([, ms]) => -since >= ms) ?? ['minute', 60_000]
  return format.format(Math.round(since / size), unit)
}
