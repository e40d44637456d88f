/** What an empty thread shows: a short introduction and example questions. */
import * as l10n from '@vscode/l10n'
import type { ChatState } from '../../protocol/messages.ts'
import { Icon } from '../icon.tsx'
import { unready } from './notices.tsx'

export function Welcome({ state, onAsk }: { state: ChatState; onAsk: (question: string) => void }) {
  const examples = state.index.phase === 'ready' ? state.examples.slice(0, 3) : []
  return (
    <main class="welcome">
      <Icon name="comment-discussion" />
      <h2>{l10n.t('Ask about this code')}</h2>
      <p class="muted">{l10n.t('Answers cite their lines. Type # to mention a file, a symbol or the selection.')}</p>
      {examples.length > 0 && (
        <ul class="examples" aria-label={l10n.t('Example questions')}>
          {examples.map((question) => (
            <li key={question}>
              <button
                type="button"
                class="button secondary example"
                disabled={unready(state) !== null}
                onClick={() => onAsk(question)}
              >
                {question}
              </button>
            </li>
          ))}
        </ul>
      )}
    </main>
  )
}
