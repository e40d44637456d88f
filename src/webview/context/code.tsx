/** A block's text as it was sent: numbered lines, and markers where lines are left out. */
import { t } from '@vscode/l10n'
import type { Block } from '../../engine/types/pack.ts'

interface Line {
  /** 0 for a line that is not one of the file. */
  readonly number: number
  readonly text: string
}

/** Splits a block into lines. Only the ranges tell which are the file's, which may contain lines like markers. */
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
  // The message of a commit is indented below its heading.
  if (resolution === 'log') return /^\s/.test(text) ? 'line message' : 'line commit'
  return number || shown.length === 0 ? 'line' : 'line gap'
}

export function Code({ block }: { readonly block: Block }) {
  const numbered = block.shown.length > 0
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
    <section class="code mono" tabIndex={0} aria-label={t('Text of [{0}]', block.id.slice(1))}>
      {block.text ? (
        linesOf(block).map(({ number, text }, i) => (
          <div key={i} class={lineClass(block, number, text)}>
            {numbered && <span class="line-number">{number || ''}</span>}
            <span class="line-text">{text || ' '}</span>
          </div>
        ))
      ) : (
        <div class="line muted">{t('Only its path is included.')}</div>
      )}
    </section>
  )
}
