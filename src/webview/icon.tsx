/** Codicons, icon buttons and notices. */
import type { ComponentChildren } from 'preact'

export function Icon({ name, spin = false }: { name: string; spin?: boolean }) {
  return <span class={`codicon codicon-${name}${spin ? ' codicon-modifier-spin' : ''}`} aria-hidden="true" />
}

interface IconButtonProps {
  readonly icon: string
  readonly label: string
  readonly onClick: (event: MouseEvent) => void
  readonly pressed?: boolean
  readonly disabled?: boolean
}

export function IconButton({ icon, label, onClick, pressed, disabled }: IconButtonProps) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  )
}

interface NoticeProps {
  readonly icon: string
  readonly spin?: boolean
  readonly children: ComponentChildren
  readonly action?: readonly [label: string, run: () => void] | undefined
}

export function Notice({ icon, spin = false, children, action }: NoticeProps) {
  return (
    <div class="notice">
      <Icon name={icon} spin={spin} />
      <div>{children}</div>
      {action && (
        <button type="button" class="button secondary" onClick={action[1]}>
          {action[0]}
        </button>
      )}
    </div>
  )
}

const CHECK_MS = 1500

/** Briefly shows a check mark on a button whose work is done. */
export function showCheck(button: Element): void {
  const icon = button.querySelector('.codicon')
  const before = icon?.className
  if (!icon || before === undefined || icon.classList.contains('codicon-check')) return
  icon.className = 'codicon codicon-check'
  setTimeout(() => {
    icon.className = before
  }, CHECK_MS)
}
