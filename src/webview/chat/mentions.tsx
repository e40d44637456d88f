/** The mentions of a question, as removable chips. */
import * as l10n from '@vscode/l10n'
import type { Mention } from '../../engine/types/thread.ts'
import { Icon } from '../icon.tsx'
import { placeOf } from '../place.ts'

const ICONS = { file: 'file', symbol: 'symbol-method', selection: 'list-selection' } as const

export function iconOf(kind: Mention['kind']): string {
  return ICONS[kind]
}

export function nameOf({ kind, label, path, firstLine, lastLine }: Mention): string {
  return kind === 'selection' ? placeOf({ path, firstLine, lastLine }) : label.replace(/^(file|symbol):/, '')
}

interface MentionsProps {
  readonly mentions: readonly Mention[]
  readonly onRemove: (mention: Mention) => void
}

export function Mentions({ mentions, onRemove }: MentionsProps) {
  if (mentions.length === 0) return null
  return (
    <ul class="chips" aria-label={l10n.t('Added context')}>
      {mentions.map((mention) => (
        <li key={`${mention.kind} ${mention.label} ${placeOf(mention)}`}>
          <button
            type="button"
            class="chip"
            aria-label={l10n.t('Remove {0}', nameOf(mention))}
            title={placeOf(mention)}
            onClick={() => onRemove(mention)}
            onKeyDown={(event) => {
              if (event.key !== 'Delete' && event.key !== 'Backspace') return
              event.preventDefault()
              onRemove(mention)
            }}
          >
            <Icon name={iconOf(mention.kind)} />
            <span class="ellipsis">{nameOf(mention)}</span>
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  )
}
