/** The repository as a treemap by lines of code: the more relevant a cell, the darker and denser its hatching. */
import { t } from '@vscode/l10n'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Area } from '../../protocol/requests.ts'
import { type AreaNode, type Cell, HEADING, layout, ranksOf, stepOf, treeOf } from './areas.ts'
import { Action, type Send } from './parts.tsx'

/** Approximate width of a letter. */
const LETTER_PX = 6.5

interface TreemapProps {
  readonly areas: readonly Area[]
  readonly files: readonly (readonly [path: string, score: number])[]
  /** Paths of the files in the context, and of their folders. */
  readonly packed: ReadonlySet<string>
  readonly send: Send
}

type Appearance = Pick<TreemapProps, 'packed'> & { readonly ranks: ReadonlyMap<string, number> }

export function Treemap({ areas, files, packed, send }: TreemapProps) {
  const [box, { width, height }] = useSize()
  const root = useMemo(() => treeOf(areas), [areas])
  const ranks = useMemo(() => ranksOf(files), [files])
  const [trail, setTrail] = useState<readonly AreaNode[]>([])
  const svg = useRef<SVGSVGElement>(null)
  useEffect(() => setTrail([]), [root])
  const node = trail.at(-1) ?? root
  const cells = useMemo(() => (width > 20 && height > 20 ? layout(node, width, height) : []), [node, width, height])
  const isNavigating = useRef(false)
  const go = (next: readonly AreaNode[]) => {
    isNavigating.current = next.length !== trail.length
    if (isNavigating.current) setTrail(next)
  }
  // The focused cell is gone after navigating, so the first cell gets the focus.
  useLayoutEffect(() => {
    if (isNavigating.current) svg.current?.querySelector<SVGGElement>('.cell')?.focus()
    isNavigating.current = false
  }, [cells])
  const enter = (cell: AreaNode) => {
    if (cell.children.length > 0) go([...trail, cell])
    else if (!cell.closed) send({ type: 'open', path: cell.path, firstLine: 1, lastLine: 1 })
  }
  return (
    <>
      <Trail root={root} trail={trail} go={go} />
      <div class="map-box" ref={box}>
        {/* biome-ignore lint/a11y/useSemanticElements: it is a drawing. */}
        <svg
          ref={svg}
          width={width}
          height={height}
          role="group"
          aria-label={t('Repository by lines and relevance: {0}', nameOf(node))}
        >
          <HatchPatterns />
          <Cells
            cells={cells}
            appearance={{ ranks, packed }}
            enter={enter}
            up={trail.length > 0 ? () => go(trail.slice(0, -1)) : undefined}
          />
        </svg>
      </div>
      <Legend />
    </>
  )
}

function Trail(props: {
  readonly root: AreaNode
  readonly trail: readonly AreaNode[]
  readonly go: (trail: readonly AreaNode[]) => void
}) {
  const all = [props.root, ...props.trail]
  return (
    <nav class="trail" aria-label={t('Folder shown')}>
      {all.map((node, i) => (
        <span key={node.path}>
          {i > 0 && <span class="codicon codicon-chevron-right muted" aria-hidden="true" />}
          <button
            type="button"
            class="name"
            aria-current={i === all.length - 1 ? 'location' : undefined}
            onClick={() => props.go(props.trail.slice(0, i))}
          >
            {nameOf(node)}
          </button>
        </span>
      ))}
      {props.trail.length > 0 && (
        <Action icon="arrow-up" label={t('Up one folder')} onClick={() => props.go(props.trail.slice(0, -1))} />
      )}
    </nav>
  )
}

/** Roving tab index: one cell is in the tab order, and the arrow keys move to the nearest in their direction. */
function Cells(props: {
  readonly cells: readonly Cell[]
  readonly appearance: Appearance
  readonly enter: (node: AreaNode) => void
  /** Absent in the top folder. */
  readonly up: (() => void) | undefined
}) {
  const { cells, appearance, enter, up } = props
  const [current, setCurrent] = useState('')
  const group = useRef<SVGGElement>(null)
  const at = Math.max(
    0,
    cells.findIndex(({ node }) => node.path === current),
  )
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event
    if (key === 'Enter' || key === ' ') cells[at] && enter(cells[at].node)
    else if (key === 'Escape' || key === 'Backspace') up?.()
    else {
      const next = neighbour(cells, at, key)
      if (next === null) return
      setCurrent(cells[next]!.node.path)
      group.current?.querySelectorAll<SVGGElement>('.cell')[next]?.focus()
    }
    event.preventDefault()
  }
  return (
    <>
      <g ref={group}>
        {cells.map((cell, i) => (
          <CellShape
            key={cell.node.path}
            cell={cell}
            appearance={appearance}
            tabIndex={i === at ? 0 : -1}
            enter={() => enter(cell.node)}
            onKeyDown={onKeyDown}
            onFocus={() => setCurrent(cell.node.path)}
          />
        ))}
      </g>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it is focusable. */}
      <g aria-hidden="true">
        {cells.map((cell) => (
          <CellName key={cell.node.path} cell={cell} ranks={appearance.ranks} />
        ))}
      </g>
    </>
  )
}

function CellShape(props: {
  readonly cell: Cell
  readonly appearance: Appearance
  readonly tabIndex: number
  readonly enter: () => void
  readonly onKeyDown: (event: KeyboardEvent) => void
  readonly onFocus: () => void
}) {
  const { node, rect, open } = props.cell
  const { x, y, width, height } = rect
  const { ranks, packed } = props.appearance
  const rank = rankOf(node, ranks)
  const step = stepOf(rank)
  const inPack = packed.has(node.path) || (node.merged > 0 && node.children.some(({ path }) => packed.has(path)))
  const description = describe(node, rank, inPack)
  const size = { x: x + 0.5, y: y + 0.5, width: Math.max(1, width - 1), height: Math.max(1, height - 1) }
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no button element.
    <g
      class={`cell ${open ? 'open' : `step${step}`}`}
      data-path={node.path}
      role="button"
      // In lower case: attributes of SVG elements are case-sensitive.
      tabindex={props.tabIndex}
      aria-label={description.replaceAll('\n', ', ')}
      onClick={props.enter}
      onKeyDown={props.onKeyDown}
      onFocus={props.onFocus}
    >
      <title>{description}</title>
      <rect class="area" {...size} />
      {!open && step > 0 && <rect class="hatch" {...size} fill={`url(#hatch${step})`} />}
      {inPack && !open && width > 12 && height > 12 && <circle class="mark" cx={x + width - 6.5} cy={y + 6.5} r={3} />}
    </g>
  )
}

/** The visible name of a cell, drawn above all cells; screen readers read the cell's label instead. */
function CellName({ cell: { node, rect, open }, ranks }: { readonly cell: Cell; readonly ranks: Appearance['ranks'] }) {
  const { x, y, width, height } = rect
  const rank = open ? undefined : rankOf(node, ranks)
  const name = nameOf(node)
  const text = fitName(rank === undefined ? name : `${name} #${rank}`, name, width - 8)
  if (!text || height < HEADING - 2) return null
  return (
    <text class={open ? 'heading' : undefined} x={x + 4} y={y + 12}>
      {text}
    </text>
  )
}

/** Hatch patterns, denser for more relevant cells. */
function HatchPatterns() {
  return (
    <defs>
      {[16, 11, 8, 6, 4].map((gap, i) => (
        <pattern
          key={gap}
          id={`hatch${i + 1}`}
          width={gap}
          height={gap}
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <line x1={0} y1={0} x2={0} y2={gap} />
        </pattern>
      ))}
    </defs>
  )
}

function Legend() {
  return (
    <p class="key muted">
      <span>{t('near')}</span>
      <svg width={70} height={12} aria-hidden="true">
        {[5, 4, 3, 2, 1].map((step, i) => (
          <g key={step} class={`step${step}`}>
            <rect class="area" x={i * 14 + 0.5} y={0.5} width={13} height={11} />
            <rect class="hatch" x={i * 14 + 0.5} y={0.5} width={13} height={11} fill={`url(#hatch${step})`} />
          </g>
        ))}
      </svg>
      <span>{t('far')}</span>
      <span class="key-mark">
        <svg width={8} height={8} aria-hidden="true">
          <circle class="mark" cx={4} cy={4} r={3} />
        </svg>{' '}
        {t('in the context')}
      </span>
      <span>{t('#3 third nearest file')}</span>
    </p>
  )
}

/** Tracks the size of an element. */
function useSize() {
  const box = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect
      setSize({ width: Math.floor(width), height: Math.floor(height) })
    })
    observer.observe(box.current!)
    return () => observer.disconnect()
  }, [])
  return [box, size] as const
}

/** The nearest cell in the direction of a key, preferring straight ahead. Of an open folder the heading counts. */
function neighbour(cells: readonly Cell[], at: number, key: string): number | null {
  if (key === 'Home') return 0
  if (key === 'End') return cells.length - 1
  const axis = { ArrowLeft: 'x', ArrowRight: 'x', ArrowUp: 'y', ArrowDown: 'y' }[key]
  if (!axis || !cells[at]) return null
  const spans = ({ rect: { x, y, width, height }, open }: Cell) => {
    const [across, down] = [[x, x + width] as const, [y, y + (open ? HEADING : height)] as const]
    return axis === 'x' ? ([across, down] as const) : ([down, across] as const)
  }
  const isBackward = key === 'ArrowLeft' || key === 'ArrowUp'
  const [from, side] = spans(cells[at])
  let best: number | null = null
  let shortest = Number.POSITIVE_INFINITY
  for (const [i, cell] of cells.entries()) {
    const [to, aside] = spans(cell)
    const ahead = isBackward ? from[0] - to[1] : to[0] - from[1]
    const apart = Math.max(0, aside[0] - side[1], side[0] - aside[1])
    const distance = ahead + 2 * apart + Math.abs(aside[0] - side[0]) / 100
    if (i === at || ahead < -1 || distance >= shortest) continue
    shortest = distance
    best = i
  }
  return best
}

function nameOf({ name, merged }: AreaNode): string {
  return merged ? t('… {0} more', merged) : name || t('repository')
}

function rankOf(node: AreaNode, ranks: ReadonlyMap<string, number>): number | undefined {
  if (!node.merged) return ranks.get(node.path)
  const known = node.children.map(({ path }) => ranks.get(path)).filter((rank) => rank !== undefined)
  return known.length ? Math.min(...known) : undefined
}

function describe(node: AreaNode, rank: number | undefined, inPack: boolean): string {
  const isFile = node.children.length === 0 && !node.closed
  return [
    [node.merged ? nameOf(node) : node.path || nameOf(node), ...(rank === undefined ? [] : [`#${rank}`])].join(' '),
    node.lines === 1 ? t('1 line') : t('{0} lines', node.lines),
    rank === undefined
      ? t('not near the question')
      : isFile
        ? t('rank {0} for the question', rank)
        : t('best file: rank {0}', rank),
    ...(inPack ? [isFile ? t('in the context') : t('partly in the context')] : []),
  ].join('\n')
}

/** The longest form of a name that fits: with its rank, without it, cut, or nothing. */
function fitName(long: string, name: string, width: number): string {
  const letters = Math.floor(width / LETTER_PX)
  if (long.length <= letters) return long
  if (name.length <= letters) return name
  return letters >= 4 ? `${name.slice(0, letters - 1)}…` : ''
}
