/** The diagram: what leads to the explained symbol and what it calls, as boxes and arrows. */
import { t } from '@vscode/l10n'
import { useMemo, useRef, useState } from 'preact/hooks'
import type { DiagramNode, Diagram as DiagramType, NodeRole } from '../../engine/types/explanation.ts'
import { IconButton } from '../icon.tsx'
import { Fold } from './fold.tsx'
import { ArrowHeads, LineShape, Outline } from './ink.tsx'
import { type Box, type Layout, layOut } from './layout.ts'
import { NodeShape } from './node.tsx'
import { useFold } from './wire.ts'
import { boxTexts, lettersOf, roleDescription, roleWord } from './words.ts'
import { useZoom } from './zoom.ts'

const ROLES: readonly NodeRole[] = ['entry', 'caller', 'focus', 'step', 'kin']
/** Approximate widths of a letter in a name and in the line below it. */
const NAME_LETTER_PX = 7
const PLACE_LETTER_PX = 6
const MIN_BOX_PX = 92
const MAX_BOX_PX = 216

export function Diagram({ diagram, title }: { readonly diagram: DiagramType; readonly title: string }) {
  const [open, toggle] = useFold('diagram', true)
  const { nodes, edges } = diagram
  if (nodes.length < 2) return null
  const counts = t('{0} symbols, {1} calls', nodes.length, edges.filter(({ kind }) => kind === 'calls').length)
  return (
    <section class="diagram" aria-label={t('Diagram')}>
      <h2>
        <Fold open={open} toggle={toggle}>
          {t('Diagram')} <span class="muted count">{counts}</span>
        </Fold>
      </h2>
      {open && <Canvas key={title} diagram={diagram} title={title} />}
    </section>
  )
}

function Canvas({ diagram, title }: { readonly diagram: DiagramType; readonly title: string }) {
  const layout = useStableLayout(diagram)
  const { box, scale, zoom, fit } = useZoom(layout)
  const percent = Math.round(scale * 100)
  return (
    <>
      <div class="zoom" role="toolbar" aria-label={t('Zoom')}>
        <IconButton icon="zoom-out" label={t('Zoom out')} disabled={percent <= 20} onClick={() => zoom(1 / 1.25)} />
        <span class="percent muted">{t('{0}%', percent)}</span>
        <IconButton icon="zoom-in" label={t('Zoom in')} disabled={percent >= 200} onClick={() => zoom(1.25)} />
        <IconButton icon="screen-normal" label={t('Fit to view')} onClick={fit} />
      </div>
      <div class="canvas" ref={box}>
        {/* biome-ignore lint/a11y/useSemanticElements: SVG has no equivalent element. */}
        <svg
          width={Math.ceil(layout.width * scale)}
          height={Math.ceil(layout.height * scale)}
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          role="group"
          aria-label={t('What leads to {0}, and what it calls', title.slice(0, 200))}
        >
          <ArrowHeads />
          <Shapes layout={layout} diagram={diagram} />
        </svg>
      </div>
      <Legend diagram={diagram} />
    </>
  )
}

/** Keeps the layout while the diagram is equal: each state is a new copy. */
function useStableLayout(diagram: DiagramType): Layout {
  const previous = useRef(diagram)
  if (previous.current !== diagram && JSON.stringify(previous.current) !== JSON.stringify(diagram))
    previous.current = diagram
  return useMemo(() => layOut(previous.current, widthOf), [previous.current])
}

function widthOf(node: DiagramNode): number {
  const [name, place] = boxTexts(node)
  const width =
    Math.max(lettersOf(name.slice(0, 60)) * NAME_LETTER_PX, lettersOf(place.slice(0, 60)) * PLACE_LETTER_PX) + 22
  return Math.min(MAX_BOX_PX, Math.max(MIN_BOX_PX, width))
}

/** Roving tab index: one box is in the tab order, and the arrow keys move to the others. */
function Shapes({ layout: { boxes, lines }, diagram }: { readonly layout: Layout; readonly diagram: DiagramType }) {
  const first = boxes.find(({ node }) => node.role === 'focus') ?? boxes[0]!
  const [current, setCurrent] = useState(first.node.id)
  const [lit, setLit] = useState<string | null>(null)
  const group = useRef<SVGGElement>(null)
  const at = boxes.some(({ node }) => node.id === current) ? current : first.node.id
  const names = useMemo(() => new Map(diagram.nodes.map(({ id, label }) => [id, label])), [diagram])
  const roles = new Map(diagram.nodes.map(({ id, role }) => [id, role]))
  const move = (key: string): boolean => {
    const to = key === 'Home' ? first : neighbour(boxes, at, key)
    if (!to) return false
    setCurrent(to.node.id)
    group.current?.querySelector<SVGGElement>(`[data-id="${CSS.escape(to.node.id)}"]`)?.focus()
    return true
  }
  return (
    <g ref={group} class={lit ? 'some-lit' : undefined}>
      {lines.map(({ edge, path }) => (
        <LineShape
          key={`${edge.from} ${edge.to}`}
          edge={edge}
          path={path}
          lit={lit !== null && (edge.from === lit || edge.to === lit)}
          main={isMain(roles.get(edge.from), roles.get(edge.to))}
        />
      ))}
      {boxes.map((box) => (
        <NodeShape
          key={box.node.id}
          box={box}
          neighbours={neighbourTexts(diagram, box.node.id, names)}
          tabIndex={box.node.id === at ? 0 : -1}
          onMove={move}
          onFocus={() => setCurrent(box.node.id)}
          onLit={(on) => setLit((before) => (on ? box.node.id : before === box.node.id ? null : before))}
        />
      ))}
    </g>
  )
}

/** Whether an edge is on the main path: from an entry to the explained symbol, and on to its first steps. */
function isMain(from: NodeRole | undefined, to: NodeRole | undefined): boolean {
  const leadsIn = from === 'entry' || from === 'caller' || from === 'focus'
  return leadsIn && (to === 'caller' || to === 'focus' || (from === 'focus' && to === 'step'))
}

/** The next box in the column, or the nearest in another column. */
function neighbour(boxes: readonly Box[], current: string, key: string): Box | null {
  const from = boxes.find(({ node }) => node.id === current)
  if (!from) return null
  const down = key === 'ArrowDown' ? 1 : key === 'ArrowUp' ? -1 : 0
  const right = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0
  if (!down && !right) return null
  const ahead = boxes.filter((box) =>
    down ? box.x === from.x && (box.y - from.y) * down > 0 : (box.x - from.x) * right > 0,
  )
  const distance = (box: Box) => Math.abs(box.x - from.x) * 1e6 + Math.abs(box.y - from.y)
  return ahead.reduce<Box | null>((best, box) => (best && distance(best) <= distance(box) ? best : box), null)
}

const MAX_NAMED = 4
const MAX_NAME_CHARS = 80

function neighbourTexts({ edges }: DiagramType, id: string, names: ReadonlyMap<string, string>): string[] {
  const list = (ids: readonly string[]) =>
    [
      ...ids.slice(0, MAX_NAMED).map((one) => (names.get(one) ?? '').slice(0, MAX_NAME_CHARS)),
      ...(ids.length > MAX_NAMED ? ['…'] : []),
    ].join(', ')
  const out = edges.filter(({ from, kind }) => from === id && kind === 'calls').map(({ to }) => to)
  const into = edges.filter(({ to, kind }) => to === id && kind === 'calls').map(({ from }) => from)
  const above = edges.filter(({ from, kind }) => from === id && kind === 'extends').map(({ to }) => to)
  return [
    ...(into.length ? [t('called by {0}', list(into))] : []),
    ...(out.length ? [t('calls {0}', list(out))] : []),
    ...(above.length ? [t('extends {0}', list(above))] : []),
  ]
}

/** The legend; lists only what is drawn. */
function Legend({ diagram: { nodes, edges } }: { readonly diagram: DiagramType }) {
  const lines = [
    {
      shown: edges.some(({ certain, kind }) => !certain && kind === 'calls'),
      kind: 'calls',
      label: t('may call'),
      description: t('the name has several definitions'),
    },
    {
      shown: edges.some(({ kind }) => kind === 'extends'),
      kind: 'extends',
      label: t('extends or implements'),
      description: null,
    },
  ] as const
  return (
    <ul class="key muted" aria-label={t('Key')}>
      {ROLES.filter((role) => nodes.some((node) => node.role === role)).map((role) => (
        <li key={role}>
          <svg width={26} height={14} class={`node ${role}`} aria-hidden="true">
            <Outline role={role} x={1} y={1} width={24} height={12} />
          </svg>
          <LegendText label={roleWord(role)} description={roleDescription(role)} />
        </li>
      ))}
      {lines
        .filter(({ shown }) => shown)
        .map(({ kind, label, description }) => (
          <li key={kind}>
            <svg width={34} height={12} aria-hidden="true">
              <LineShape edge={{ from: '', to: '', kind, certain: false }} path="M1 6L32 6" lit={false} main={false} />
            </svg>
            <LegendText label={label} description={description} />
          </li>
        ))}
      <li>{t('Enter opens a symbol, Shift+Enter explains it')}</li>
    </ul>
  )
}

/** In a narrow view the style sheet hides the description. */
function LegendText({ label, description }: { readonly label: string; readonly description: string | null }) {
  return (
    <span>
      {label}
      {description && <span class="sense">: {description}</span>}
    </span>
  )
}
