/**
 * Layered graph layout: boxes in columns by layer, left to right, and the lines between them. Within a column boxes are
 * ordered by the barycentre of their neighbours, and a line that crosses a column has a bend point in it, after
 * Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures", IEEE SMC 1981. Sizes
 * are in pixels.
 */
import type { Diagram, DiagramEdge, DiagramNode } from '../../engine/types/explanation.ts'
import { type Item, order } from './order.ts'

/** Lengths are in pixels. */
const BOX_HEIGHT = 38
const ROW_GAP = 12
/** Between columns; arcs within a column are drawn in it. */
const COLUMN_GAP = 60
const BEND_HEIGHT = 4
/** Limits the cost of the layout; edges beyond it are drawn without bends. */
const MAX_BENDS = 3000
const PLACEMENT_ROUNDS = 8
/** Space for what protrudes from a box. */
const MARGIN = 8
const ARC_WIDTH = 30
/** Vertical offset of lines that come in from the right. */
const BACK_OFFSET = 10

export interface Box {
  readonly node: DiagramNode
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Line {
  readonly edge: DiagramEdge
  /** The `d` attribute of an SVG path. */
  readonly path: string
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly boxes: readonly Box[]
  readonly lines: readonly Line[]
}

/** An edge with its ends and the bends between them, from the lower column to the higher. */
interface Chain {
  readonly edge: DiagramEdge
  readonly items: readonly Item[]
  /** The edge points to the lower column. */
  readonly isBackward: boolean
}

/** Lays out a diagram. Edges with an unknown end and those from a node to itself are left out. */
export function layOut({ nodes, edges }: Diagram, widthOf: (node: DiagramNode) => number): Layout {
  const layers = [...new Set(nodes.map(({ layer }) => layer))].sort((a, b) => a - b)
  const columnOf = new Map(layers.map((layer, i) => [layer, i]))
  const items = new Map<string, Item>()
  for (const node of nodes)
    if (!items.has(node.id)) items.set(node.id, itemOf(node, columnOf.get(node.layer)!, BOX_HEIGHT))
  const columns: Item[][] = layers.map(() => [])
  for (const item of items.values()) columns[item.column]!.push(item)
  const chains = chainsOf(edges, items, columns)
  order(columns)
  place(columns)
  const widths = columns.map((column) => Math.max(0, ...column.map(({ node }) => (node ? widthOf(node) : 0))))
  const lefts = widths.map((_, i) => MARGIN + widths.slice(0, i).reduce((sum, width) => sum + width + COLUMN_GAP, 0))
  const boxes = [...items.values()].map(({ node, column, y }) => ({
    ...{ node: node!, x: lefts[column]!, y, width: widths[column]!, height: BOX_HEIGHT },
  }))
  const sides = lefts.map((left, i) => [left, left + widths[i]!] as const)
  // Arcs within the last column protrude from it.
  const arcSpace = chains.some(({ items: [a, b] }) => a!.column === b!.column && a!.column === columns.length - 1)
    ? ARC_WIDTH
    : 0
  return {
    width: (sides.at(-1)?.[1] ?? 0) + MARGIN + arcSpace,
    height: Math.max(0, ...columns.flat().map(({ y, height }) => y + height)) + MARGIN,
    boxes,
    lines: chains.map((chain) => ({ edge: chain.edge, path: pathOf(chain, sides) })),
  }
}

function itemOf(node: DiagramNode | null, column: number, height: number): Item {
  return { node, column, height, before: [], after: [], at: 0, y: 0 }
}

function chainsOf(edges: readonly DiagramEdge[], items: ReadonlyMap<string, Item>, columns: Item[][]): Chain[] {
  let bends = 0
  return edges.flatMap((edge): Chain[] => {
    const [from, to] = [items.get(edge.from), items.get(edge.to)]
    if (!from || !to || from === to) return []
    if (from.column === to.column) return [{ edge, items: [from, to], isBackward: false }]
    const isBackward = from.column > to.column
    const [low, high] = isBackward ? [to, from] : [from, to]
    bends += high.column - low.column - 1
    const chain = [low]
    for (let column = low.column + 1; column < high.column && bends <= MAX_BENDS; column++) {
      const bend = itemOf(null, column, BEND_HEIGHT)
      columns[column]!.push(bend)
      chain.push(bend)
    }
    chain.push(high)
    for (const [i, item] of chain.slice(1).entries()) {
      item.before.push(chain[i]!)
      chain[i]!.after.push(item)
    }
    return [{ edge, items: chain, isBackward }]
  })
}

/** Sets the heights: each item as close as possible to the mean of its neighbours, in the column's order. */
function place(columns: readonly Item[][]): void {
  for (const column of columns) {
    let y = 0
    for (const item of column) {
      item.y = y
      y += item.height + ROW_GAP
    }
    for (const item of column) item.y -= y / 2
  }
  for (let round = 0; round < PLACEMENT_ROUNDS; round++)
    for (const column of round % 2 ? columns.toReversed() : columns) settle(column)
  const top = Math.min(0, ...columns.flat().map(({ y }) => y))
  for (const item of columns.flat()) item.y += MARGIN - top
}

const middle = ({ y, height }: Item) => y + height / 2

/** Least squares in a fixed order: items that would overlap move together (pool adjacent violators). */
function settle(column: readonly Item[]): void {
  const offsets: number[] = []
  const pools: { sum: number; count: number }[] = []
  let offset = 0
  for (const item of column) {
    offsets.push(offset)
    const neighbours = [...item.before, ...item.after]
    const target = neighbours.length
      ? neighbours.reduce((sum, one) => sum + middle(one), 0) / neighbours.length - item.height / 2
      : item.y
    let pool = { sum: target - offset, count: 1 }
    for (let last = pools.at(-1); last && last.sum / last.count >= pool.sum / pool.count; last = pools.at(-1)) {
      pools.pop()
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count }
    }
    pools.push(pool)
    offset += item.height + ROW_GAP
  }
  let i = 0
  for (const { sum, count } of pools) for (let end = i + count; i < end; i++) column[i]!.y = sum / count + offsets[i]!
}

const round = (n: number) => Math.round(n * 10) / 10

function pathOf({ items, isBackward }: Chain, sides: readonly (readonly [left: number, right: number])[]): string {
  const [first, second] = items as [Item, Item]
  if (first.column === second.column) {
    const right = sides[first.column]![1]
    const [a, b] = [middle(first), middle(second)].map(round)
    const out = right + Math.min(ARC_WIDTH + 8, 18 + Math.abs(middle(first) - middle(second)) / 10)
    return `M${right} ${a}C${round(out)} ${a} ${round(out)} ${b} ${right} ${b}`
  }
  const points = items.flatMap((item, i): [number, number][] => {
    const [left, right] = sides[item.column]!
    // Arrows that come in from the right end below those that leave there.
    const y = middle(item) + (isBackward && item.node ? BACK_OFFSET : 0)
    return [
      ...(i > 0 ? [[left, y] as [number, number]] : []),
      ...(i < items.length - 1 ? [[right, y] as [number, number]] : []),
    ]
  })
  if (isBackward) points.reverse()
  const [start, ...rest] = points.map(([x, y]) => [round(x), round(y)] as const)
  let [x, y] = start!
  let path = `M${x} ${y}`
  for (const [toX, toY] of rest) {
    const half = round((x + toX) / 2)
    path += y === toY ? `L${toX} ${toY}` : `C${half} ${y} ${half} ${toY} ${toX} ${toY}`
    ;[x, y] = [toX, toY]
  }
  return path
}
