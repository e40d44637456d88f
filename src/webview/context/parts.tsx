/** Small components that several parts of the view share. */
import { t } from '@vscode/l10n'
import type { ComponentChildren } from 'preact'
import type { ContextMessage } from '../../protocol/messages.ts'
import type { Place } from './overrides.ts'
import { fileOf, linesWord } from './words.ts'

export type Send = (message: ContextMessage) => void

interface ActionProps {
  readonly icon: string
  /** Read by screen readers and shown on hover. */
  readonly label: string
  readonly onClick: () => void
  readonly disabled?: boolean
  readonly pressed?: boolean
  readonly children?: ComponentChildren
}

export function Action({ icon, label, onClick, disabled, pressed, children }: ActionProps) {
  return (
    <button
      type="button"
      class="icon-button"
      // Visible text is the accessible name; without it the label is.
      aria-label={children ? undefined : label}
      {...{ title: label, disabled, 'aria-pressed': pressed, onClick }}
    >
      <span class={`codicon codicon-${icon}`} aria-hidden="true" />
      {children}
    </button>
  )
}

/** A heading that toggles the section below it. */
export function Fold(props: {
  readonly open: boolean
  readonly toggle: () => void
  readonly label?: string
  readonly class?: string
  readonly children: ComponentChildren
}) {
  return (
    <button
      type="button"
      class={`fold ${props.class ?? ''}`}
      aria-expanded={props.open}
      aria-label={props.label}
      onClick={props.toggle}
    >
      <span class={`codicon codicon-chevron-${props.open ? 'down' : 'right'}`} aria-hidden="true" />
      {props.children}
    </button>
  )
}

/** The name of a place; opens it in the editor. */
export function Open(props: { readonly place: Place; readonly send: Send; readonly children: ComponentChildren }) {
  const { path, firstLine, lastLine } = props.place
  const title = t('Open {0}', [path, linesWord(firstLine, lastLine)].filter(Boolean).join(' '))
  const open = () => props.send({ type: 'open', path, firstLine, lastLine })
  return (
    <button type="button" class="name" title={title} onClick={open}>
      {props.children}
    </button>
  )
}

/** `blueprints.py l.1–9` */
export function PlaceName({ place, send }: { readonly place: Place; readonly send: Send }) {
  return (
    <Open place={place} send={send}>
      {fileOf(place.path)} <span class="muted">{linesWord(place.firstLine, place.lastLine)}</span>
    </Open>
  )
}

export function Notice(props: { readonly kind: 'info' | 'warning' | 'error'; readonly children: ComponentChildren }) {
  return (
    <div class="notice" role={props.kind === 'error' ? 'alert' : undefined}>
      <span class={`codicon codicon-${props.kind}`} aria-hidden="true" />
      {props.children}
    </div>
  )
}
