/** A heading that toggles the section below it. */
import type { ComponentChildren } from 'preact'
import { Icon } from '../icon.tsx'

interface FoldProps {
  readonly open: boolean
  readonly toggle: () => void
  readonly children: ComponentChildren
}

export function Fold({ open, toggle, children }: FoldProps) {
  return (
    <button type="button" class="fold" aria-expanded={open} onClick={toggle}>
      <Icon name={open ? 'chevron-down' : 'chevron-right'} />
      <span>{children}</span>
    </button>
  )
}
