/** The treemap's data: areas as a tree of folders, how near each is to the question, and which cells are drawn where. */
import type { Area } from '../../protocol/requests.ts'
import { type Rect, squarify } from './squarify.ts'

export interface AreaNode {
  /** '' for the root, unless all files stand in one folder. */
  readonly path: string
  readonly name: string
  readonly lines: number
  /** By size; none for a file. */
  readonly children: readonly AreaNode[]
  /** A folder of which only the size is known, in a tree with too many files. */
  readonly closed: boolean
  /** So many small ones in one cell. */
  readonly merged: number
}

export interface Cell {
  readonly node: AreaNode
  readonly rect: Rect
  /** A folder of which the children are drawn inside, below its heading. */
  readonly open: boolean
}

export const HEADING = 16
const GAP = 2
const SMALLEST_SIDE = 7
const SMALLEST_AREA = 80
/** Of a group of smaller ones, where there are several. */
const MERGED_AREA = 600
const OUTER_CELLS = 80
const INNER_CELLS = 260
/** A folder smaller than this is drawn closed. */
const OPEN_WIDTH = 48
const OPEN_HEIGHT = 44

interface Growing {
  lines: number
  closed: boolean
  readonly children: Map<string, Growing>
}

export function treeOf(areas: readonly Area[]): AreaNode {
  const root: Growing = { lines: 0, closed: false, children: new Map() }
  for (const { path, lines, folder } of areas) {
    let at = root
    at.lines += Math.max(1, lines)
    for (const name of path.split('/').filter(Boolean)) {
      const next = at.children.get(name) ?? { lines: 0, closed: false, children: new Map() }
      at.children.set(name, next)
      next.lines += Math.max(1, lines)
      at = next
    }
    at.closed = folder
  }
  return settle(root, '', '')
}

/** A folder that holds nothing but one folder is one with it. */
function settle({ lines, closed, children }: Growing, path: string, name: string): AreaNode {
  const below = (from: string, key: string) => (from ? `${from}/${key}` : key)
  const [only] = children
  if (only && children.size === 1 && only[1].children.size)
    return settle(only[1], below(path, only[0]), below(name, only[0]))
  const nodes = [...children].map(([key, child]) => settle(child, below(path, key), key))
  return { path, name, lines, children: nodes.sort((a, b) => b.lines - a.lines), closed, merged: 0 }
}

/** A path and those of the folders around it. */
export function withFolders(path: string): string[] {
  return path.split('/').map((_, i, names) => names.slice(0, names.length - i).join('/'))
}

/** Path → place of the best file at or below it, from 1. */
export function ranksOf(files: readonly (readonly [path: string, score: number])[]): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>()
  for (const [i, [path]] of files.entries())
    for (const at of withFolders(path)) if (!ranks.has(at)) ranks.set(at, i + 1)
  return ranks
}

/** 5 for the best files … 1 for any that matches, 0 for the rest: ranks tell near from far where raw scores do not. */
export function stepOf(rank: number | undefined): number {
  if (rank === undefined) return 0
  return 5 - [3, 10, 30, 100].filter((last) => rank > last).length
}

/** The children of a folder and, where there is room, theirs. */
export function layout(root: AreaNode, width: number, height: number): Cell[] {
  const whole = width * height
  return cellsOf(root, { x: 0, y: 0, width, height }, OUTER_CELLS).flatMap(({ node, rect }): Cell[] => {
    const room = inside(rect)
    const limit = Math.floor((INNER_CELLS * rect.width * rect.height) / whole)
    const opens = !node.merged && node.children.length > 0 && rect.width >= OPEN_WIDTH && rect.height >= OPEN_HEIGHT
    if (!opens || limit < 2) return [{ node, rect, open: false }]
    return [{ node, rect, open: true }, ...cellsOf(node, room, limit).map((cell) => ({ ...cell, open: false }))]
  })
}

function inside({ x, y, width, height }: Rect): Rect {
  return { x: x + GAP, y: y + HEADING, width: width - 2 * GAP, height: height - HEADING - GAP }
}

/** At most `limit` cells; those too small to see or to hit become one, or several where they are most of the folder. */
function cellsOf(parent: AreaNode, rect: Rect, limit: number): { readonly node: AreaNode; readonly rect: Rect }[] {
  const { children, lines } = parent
  const pixels = (rect.width * rect.height) / lines
  const small = children.findIndex((child, i) => i >= limit - 1 || child.lines * pixels < SMALLEST_AREA)
  let shown = small < 0 || children.length <= small + 1 ? children.length : small
  for (;;) {
    const rest = merge(parent, children.slice(shown), limit - shown, MERGED_AREA / pixels)
    const nodes = [...children.slice(0, shown), ...rest].sort((a, b) => b.lines - a.lines)
    const rects = squarify(
      nodes.map((node) => node.lines),
      rect,
    )
    const fits = rects.every(({ width, height }) => Math.min(width, height) >= SMALLEST_SIDE)
    if (fits || shown <= 1) return nodes.map((node, i) => ({ node, rect: rects[i]! }))
    shown = Math.floor(shown * 0.85)
  }
}

/** Groups of about equal lines. */
function merge({ path }: AreaNode, children: readonly AreaNode[], limit: number, least: number): AreaNode[] {
  const total = children.reduce((sum, { lines }) => sum + lines, 0)
  const count = Math.max(1, Math.min(limit, Math.floor(total / least)))
  let before = 0
  const groups = Map.groupBy(children, ({ lines }) => {
    before += lines
    return Math.floor(((before - lines) * count) / total)
  })
  return [...groups].map(([i, group]) => {
    const lines = group.reduce((sum, child) => sum + child.lines, 0)
    return { path: `${path}/…${i || ''}`, name: '…', lines, children: group, closed: false, merged: group.length }
  })
}
