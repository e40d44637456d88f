/** The outlines and arrows of the diagram: a shape for each role, a stroke for each kind of edge. */
import type { DiagramEdge, NodeRole } from '../../engine/types/explanation.ts'

interface OutlineProps {
  readonly role: NodeRole
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Entry: rounded ends · caller: sharp corners · focus: double outline · step: rounded corners · kin: hexagon. */
export function Outline({ role, x, y, width, height }: OutlineProps) {
  const size = { x, y, width, height }
  if (role === 'kin') {
    const [right, bottom, half] = [x + width, y + height, y + height / 2]
    const inset = Math.min(9, height / 3)
    const corners = [
      [x, half],
      [x + inset, y],
      [right - inset, y],
      [right, half],
      [right - inset, bottom],
      [x + inset, bottom],
    ]
    return <polygon class="outline" points={corners.map((corner) => corner.join()).join(' ')} />
  }
  if (role === 'focus') {
    const inner = { x: x + 2.5, y: y + 2.5, width: width - 5, height: height - 5 }
    return (
      <>
        <rect class="outline" {...size} rx={3} />
        <rect class="outline inner" {...inner} rx={1} />
      </>
    )
  }
  return <rect class="outline" {...size} rx={role === 'entry' ? height / 2 : role === 'step' ? 5 : 0} />
}

interface LineProps {
  readonly edge: DiagramEdge
  readonly path: string
  readonly lit: boolean
  readonly main: boolean
}

/** Solid: calls · dashed: may call · dotted with a hollow head: extends. */
export function LineShape({ edge: { kind, certain }, path, lit, main }: LineProps) {
  const look = kind === 'extends' ? 'extends' : certain ? 'calls' : 'unsure'
  const name = ['line', look, main ? 'main' : '', lit ? 'lit' : ''].filter(Boolean).join(' ')
  return <path class={name} d={path} fill="none" marker-end={`url(#${kind === 'extends' ? 'hollow' : 'head'})`} />
}

/** Arrowheads, in the colour of their line. */
export function ArrowHeads() {
  const size = { viewBox: '0 0 10 10', refX: 9, refY: 5, markerUnits: 'userSpaceOnUse', orient: 'auto' }
  return (
    <defs>
      <marker id="head" {...size} markerWidth={8} markerHeight={8}>
        <path d="M1 1L9 5L1 9z" fill="context-stroke" />
      </marker>
      <marker id="hollow" {...size} markerWidth={11} markerHeight={11}>
        <path class="hollow" d="M1 1L9 5L1 9z" stroke="context-stroke" />
      </marker>
    </defs>
  )
}
