/** A box of the diagram: opens its place, and lets it be explained in its turn. */
import { t } from '@vscode/l10n'
import { placeOf } from '../place.ts'
import { Outline } from './ink.tsx'
import type { Box } from './layout.ts'
import { send } from './wire.ts'
import { boxWords, roleWord, shortened } from './words.ts'

const NAME_LETTER = 6.6
const PLACE_LETTER = 5.4
const PADDING = 20
const ASK = 16
/** Of a name, what a screen reader reads and a tooltip shows. */
const SAID = 300

interface NodeProps {
  readonly box: Box
  /** What calls it and what it calls. */
  readonly joined: readonly string[]
  readonly tabIndex: number
  /** Takes an arrow key; false when there is nowhere to go. */
  readonly onMove: (key: string) => boolean
  readonly onFocus: () => void
  /** The pointer or the focus comes, or goes. */
  readonly onLit: (on: boolean) => void
}

export function NodeShape({ box, joined, tabIndex, onMove, onFocus, onLit }: NodeProps) {
  const { node, x, y, width, height } = box
  const { id, role, label, path, firstLine, lastLine } = node
  const open = () => send({ type: 'open', path, firstLine, lastLine })
  const explain = () => send({ type: 'explain', path, firstLine, lastLine, label: label.slice(0, 4096) })
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event
    const acted = key === 'Enter' && event.shiftKey ? explain : key === 'Enter' || key === ' ' ? open : null
    if (acted) acted()
    else if (event.ctrlKey || event.metaKey || event.altKey || !onMove(key)) return
    event.preventDefault()
  }
  const [name, place] = boxWords(node)
  const words = [
    `${roleWord(role)}: ${label.slice(0, SAID)}`,
    placeOf({ path, firstLine, lastLine: firstLine }),
    ...joined,
  ]
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the pointer only lights what can be had by keyboard.
    <g class={`spot ${role}`} onMouseEnter={() => onLit(true)} onMouseLeave={() => onLit(false)}>
      {/* biome-ignore lint/a11y/useSemanticElements: there are no buttons in a drawing. */}
      <g
        class={`node ${role}`}
        data-id={id}
        role="button"
        // In lower case: a drawing's attributes are taken as they are written.
        tabindex={tabIndex}
        aria-label={words.join(', ')}
        aria-keyshortcuts="Shift+Enter"
        onClick={open}
        onKeyDown={onKeyDown}
        onFocus={() => {
          onFocus()
          onLit(true)
        }}
        onBlur={() => onLit(false)}
      >
        <title>{words.join('\n')}</title>
        <Outline role={role} x={x + 0.5} y={y + 0.5} width={width - 1} height={height - 1} />
      </g>
      {/* For the eye: the label says more. A drawing of its own, so that nothing is written outside of the box. */}
      <svg class="words" x={x} y={y} width={width} height={height} aria-hidden="true">
        <text class="name" x={width / 2} y={16}>
          {shortened(name, Math.floor((width - PADDING) / NAME_LETTER))}
        </text>
        <text class="where" x={width / 2} y={30}>
          {shortened(place, Math.floor((width - PADDING) / PLACE_LETTER))}
        </text>
      </svg>
      {role !== 'focus' && <Ask x={x + width - ASK / 2 - 2} y={y - ASK / 2 + 3} name={label} explain={explain} />}
    </g>
  )
}

/** For the pointer; by keyboard it is Shift+Enter on the box. */
function Ask(props: { readonly x: number; readonly y: number; readonly name: string; readonly explain: () => void }) {
  const { x, y, name, explain } = props
  const label = t('Explain {0}', name.slice(0, SAID))
  return (
    // biome-ignore lint/a11y/useSemanticElements: there are no buttons in a drawing.
    <g class="ask" role="button" tabindex={-1} aria-label={label} onClick={explain}>
      <title>{label}</title>
      <circle cx={x} cy={y + ASK / 2} r={ASK / 2} />
      <text x={x} y={y + ASK / 2 + 4}>
        ?
      </text>
    </g>
  )
}
