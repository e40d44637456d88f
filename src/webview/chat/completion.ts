/** Completion of `#` in a question: first the kinds, then the files or symbols the client finds, or the selection. */
import * as l10n from '@vscode/l10n'
import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Mention } from '../../engine/types/thread.ts'
import type { NameSuggestion } from '../../protocol/requests.ts'
import { announce } from '../connection.ts'
import { listen, nextSeq, send } from './wire.ts'

/** Debounce of requests while the user types. */
const DEBOUNCE_MS = 120

export interface Offer {
  readonly key: string
  readonly icon: string
  readonly label: string
  readonly detail: string
  /** Replaces what was typed. */
  readonly text: string
  readonly mention?: Mention
  readonly selection?: boolean
}

interface Token {
  readonly start: number
  readonly end: number
  /** What follows the `#`. */
  readonly word: string
}

function tokenAt({ value, selectionStart, selectionEnd }: HTMLTextAreaElement): Token | null {
  const found = selectionStart === selectionEnd && /(?:^|\s)#(\S*)$/.exec(value.slice(0, selectionEnd))
  if (!found) return null
  const word = found[1] ?? ''
  return { start: selectionEnd - word.length - 1, end: selectionEnd, word }
}

function kinds(word: string): readonly Offer[] {
  const all: readonly Offer[] = [
    { key: 'file', icon: 'file', label: 'file:', detail: l10n.t('A file'), text: '#file:' },
    { key: 'symbol', icon: 'symbol-method', label: 'symbol:', detail: l10n.t('A symbol'), text: '#symbol:' },
    {
      key: 'selection',
      icon: 'list-selection',
      label: 'selection',
      detail: l10n.t('What is selected in the editor'),
      text: '',
      selection: true,
    },
  ]
  return all.filter(({ label }) => label.startsWith(word.toLowerCase()))
}

function offerOf({ kind, label, detail, path, firstLine, lastLine }: NameSuggestion): Offer {
  const mention: Mention = { kind, label: `${kind}:${label}`, path, firstLine, lastLine }
  const icon = kind === 'file' ? 'file' : 'symbol-method'
  return { key: `${kind} ${label} ${path} ${firstLine}`, icon, label, detail, text: '', mention }
}

/** `offers` is null when the list is closed, and empty when nothing was found. */
export function useCompletion(box: RefObject<HTMLTextAreaElement>, onMention: (mention: Mention) => void) {
  const [offers, setOffers] = useState<readonly Offer[] | null>(null)
  const [waiting, setWaiting] = useState(false)
  const [active, setActive] = useState(0)
  const asked = useRef({ seq: 0, selection: 0, timer: 0, dismissed: -1, kind: '' })
  const onMentionNow = useRef(onMention)
  onMentionNow.current = onMention
  useEffect(
    () =>
      listen((message) => {
        if (message.type === 'completions' && message.seq === asked.current.seq) {
          setOffers(message.items.map(offerOf))
          setWaiting(false)
          setActive(0)
          announce(message.items.length ? l10n.t('{0} suggestions', message.items.length) : l10n.t('No match.'))
        }
        if (message.type !== 'selection' || message.seq !== asked.current.selection) return
        if (message.mention) onMentionNow.current(message.mention)
        else announce(l10n.t('Nothing is selected in the editor.'))
      }),
    [],
  )
  useEffect(() => () => clearTimeout(asked.current.timer), [])
  const show = (next: readonly Offer[] | null) => {
    clearTimeout(asked.current.timer)
    // A late reply to an earlier request must not reopen the list.
    asked.current.seq = 0
    asked.current.kind = ''
    setOffers(next)
    setWaiting(false)
    setActive(0)
  }
  const look = () => {
    const token = box.current && tokenAt(box.current)
    if (!token) asked.current.dismissed = -1
    if (!token || token.start === asked.current.dismissed) return show(null)
    const [, kind, prefix] = /^(file|symbol):(.*)$/.exec(token.word) ?? []
    if (kind !== 'file' && kind !== 'symbol') {
      const found = kinds(token.word)
      return show(found.length ? found : null)
    }
    if (asked.current.kind !== kind) show([])
    asked.current.kind = kind
    setWaiting(true)
    clearTimeout(asked.current.timer)
    const seq = nextSeq()
    asked.current.seq = seq
    asked.current.timer = window.setTimeout(
      () => send({ type: 'complete', seq, kind, prefix: prefix ?? '' }),
      DEBOUNCE_MS,
    )
  }
  const accept = (offer: Offer) => {
    const token = box.current && tokenAt(box.current)
    if (!box.current || !token) return
    box.current.setRangeText(offer.text, token.start, token.end, 'end')
    box.current.dispatchEvent(new Event('input', { bubbles: true }))
    if (offer.mention) onMention(offer.mention)
    if (!offer.selection) return
    asked.current.selection = nextSeq()
    send({ type: 'selection', seq: asked.current.selection })
  }
  const dismiss = () => {
    asked.current.dismissed = (box.current && tokenAt(box.current)?.start) ?? -1
    show(null)
  }
  return { offers, waiting, active, setActive, look, accept, dismiss, close: () => show(null) }
}
