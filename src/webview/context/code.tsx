/** A block's text as it was handed over: lines under their numbers, marks where lines are left out. */
import { t } from '@vscode/l10n'
import type { Block } from '../../engine/types/pack.ts'

interface Line {
  /** 0 for what is no line of the file. */
  readonly number: number
  readonly text: string
}

/** Which lines are the file's is known from the ranges alone: a file may hold lines that look like marks. */
export function linesOf({ text, shown }: Pick<Block, 'text' | 'shown'>): Line[] {
  const rest = text.split('\n')
  const result: Line[] = []
  let next = shown[0]?.[0] ?? 0
  for (const [first, last] of shown) {
    if (first > next) result.push({ number: 0, text: rest.shift() ?? '' })
    for (const [i, line] of rest.splice(0, last - first + 1).entries()) result.push({ number: first + i, text: line })
    next = last + 1
  }
  return [...result, ...rest.map((line) => ({ number: 0, text: line }))]
}

function lineClass({ resolution, shown }: Block, number: number, text: string): string {
  // Commits: their heads stand out, what they say is set in from them.
  if (resolution === 'log') return /^\s/.test(text) ? 'line said' : 'line commit'
  return number || shown.length === 0 ? 'line' : 'line gap'
}

export function Code({ block }: { readonly block: Block }) {
  const numbered = block.shown.length > 0
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="code mono" tabIndex={0} aria-label={t('Text of [{0}]', block.id.slice(1))}>
      {block.text ? (
        linesOf(block).map(({ number, text }, i) => (
          <div key={i} class={lineClass(block, number, text)}>
            {numbered && <span class="line-number">{number || ''}</span>}
            <span class="line-text">{text || ' '}</span>
          </div>
        ))
      ) : (
        <div class="line muted">{t('Its path alone.')}</div>
      )}
    </section>
  )
}
