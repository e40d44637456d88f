/** A box of the diagram: opens its place, or explains its symbol. */
import { t } from '@vscode/l10n'
import { placeOf } from '../place.ts'
import { Outline } from './ink.tsx'
import type { Box } from './layout.ts'
import { send } from './wire.ts'
import { boxTexts, roleWord, shortened } from './words.ts'

const NAME_LETTER_PX = 6.6
const PLACE_LETTER_PX = 5.4
const PADDING_PX = 20
const ASK_PX = 16
/** Longest name in a label or tooltip. */
const MAX_LABEL_CHARS = 300
/** Longest label the client accepts. */
const MAX_TARGET_CHARS = 4096

interface NodeProps {
  readonly box: Box
  /** What calls it and what it calls. */
  readonly neighbours: readonly string[]
  readonly tabIndex: number
  /** Handles an arrow key; false when there is nowhere to go. */
  readonly onMove: (key: string) => boolean
  readonly onFocus: () => void
  /** The pointer or the focus enters or leaves. */
  readonly onLit: (on: boolean) => void
}

export function NodeShape({ box, neighbours, tabIndex, onMove, onFocus, onLit }: NodeProps) {
  const { node, x, y, width, height } = box
  const { id, role, label, path, firstLine, lastLine } = node
  const open = () => send({ type: 'open', path, firstLine, lastLine })
  const explain = () => send({ type: 'explain', path, firstLine, lastLine, label: label.slice(0, MAX_TARGET_CHARS) })
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event
    const action = key === 'Enter' && event.shiftKey ? explain : key === 'Enter' || key === ' ' ? open : null
    if (action) action()
    else if (event.ctrlKey || event.metaKey || event.altKey || !onMove(key)) return
    event.preventDefault()
  }
  const [name, place] = boxTexts(node)
  const description = [
    `${roleWord(role)}: ${label.slice(0, MAX_LABEL_CHARS)}`,
    placeOf({ path, firstLine, lastLine: firstLine }),
    ...neighbours,
  ]
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hovering only highlights what the keyboard can reach.
    <g class={`spot ${role}`} onMouseEnter={() => onLit(true)} onMouseLeave={() => onLit(false)}>
      {/* biome-ignore lint/a11y/useSemanticElements: SVG has no button element. */}
      <g
        class={`node ${role}`}
        data-id={id}
        role="button"
        // In lower case: attributes of SVG elements are case-sensitive.
        tabindex={tabIndex}
        aria-label={description.join(', ')}
        aria-keyshortcuts="Shift+Enter"
        onClick={open}
        onKeyDown={onKeyDown}
        onFocus={() => {
          onFocus()
          onLit(true)
        }}
        onBlur={() => onLit(false)}
      >
        <title>{description.join('\n')}</title>
        <Outline role={role} x={x + 0.5} y={y + 0.5} width={width - 1} height={height - 1} />
      </g>
      {/* Visible text; the label says more. A nested SVG clips it to the box. */}
      <svg class="words" x={x} y={y} width={width} height={height} aria-hidden="true">
        <text class="name" x={width / 2} y={16}>
          {shortened(name, Math.floor((width - PADDING_PX) / NAME_LETTER_PX))}
        </text>
        <text class="where" x={width / 2} y={30}>
          {shortened(place, Math.floor((width - PADDING_PX) / PLACE_LETTER_PX))}
        </text>
      </svg>
      {role !== 'focus' && (
        <ExplainButton x={x + width - ASK_PX / 2 - 2} y={y - ASK_PX / 2 + 3} name={label} explain={explain} />
      )}
    </g>
  )
}

/** Explains the symbol, for the pointer; on the keyboard it is Shift+Enter on the box. */
function ExplainButton(props: {
  readonly x: number
  readonly y: number
  readonly name: string
  readonly explain: () => void
}) {
  const { x, y, name, explain } = props
  const label = t('Explain {0}', name.slice(0, MAX_LABEL_CHARS))
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no button element.
    <g class="ask" role="button" tabindex={-1} aria-label={label} onClick={explain}>
      <title>{label}</title>
      <circle cx={x} cy={y + ASK_PX / 2} r={ASK_PX / 2} />
      <text x={x} y={y + ASK_PX / 2 + 4}>
        ?
      </text>
    </g>
  )
}
