/** The treemap's data: the tree of folders, the relevance of each to the question, and the layout of the cells. */
import type { Area } from '../../protocol/requests.ts'
import { type Rect, squarify } from './squarify.ts'

export interface AreaNode {
  /** Empty for the root, unless all files are in one folder. */
  readonly path: string
  readonly name: string
  readonly lines: number
  /** Largest first; empty for a file. */
  readonly children: readonly AreaNode[]
  /** A folder whose content is unknown: only its size was sent, because the tree has too many files. */
  readonly closed: boolean
  /** How many small nodes this cell stands for; 0 for an ordinary node. */
  readonly merged: number
}

export interface Cell {
  readonly node: AreaNode
  readonly rect: Rect
  /** A folder whose children are drawn inside it, below its heading. */
  readonly open: boolean
}

/** Sizes are in pixels, areas in square pixels. */
export const HEADING = 16
const GAP = 2
const MIN_SIDE = 7
const MIN_AREA = 80
/** Least area of a merged cell, where there are several. */
const MIN_MERGED_AREA = 600
const MAX_OUTER_CELLS = 80
const MAX_INNER_CELLS = 260
/** A folder smaller than this is drawn closed. */
const MIN_OPEN_WIDTH = 48
const MIN_OPEN_HEIGHT = 44

interface MutableNode {
  lines: number
  closed: boolean
  readonly children: Map<string, MutableNode>
}

/** Areas as a tree; a folder whose only child is a folder is merged with it. */
export function treeOf(areas: readonly Area[]): AreaNode {
  const root: MutableNode = { lines: 0, closed: false, children: new Map() }
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
  return collapse(root, '', '')
}

/** Merges a folder whose only child is a folder with that child, and sorts children by size. */
function collapse({ lines, closed, children }: MutableNode, path: string, name: string): AreaNode {
  const below = (from: string, key: string) => (from ? `${from}/${key}` : key)
  const [only] = children
  if (only && children.size === 1 && only[1].children.size)
    return collapse(only[1], below(path, only[0]), below(name, only[0]))
  const nodes = [...children].map(([key, child]) => collapse(child, below(path, key), key))
  return { path, name, lines, children: nodes.sort((a, b) => b.lines - a.lines), closed, merged: 0 }
}

/** A path and the paths of the folders around it. */
export function withFolders(path: string): string[] {
  return path.split('/').map((_, i, names) => names.slice(0, names.length - i).join('/'))
}

/** Path → rank of the best file at or below it, from 1. */
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

/** The cells of a folder: its children and, where they are large enough, the children of those. */
export function layout(root: AreaNode, width: number, height: number): Cell[] {
  const whole = width * height
  return cellsOf(root, { x: 0, y: 0, width, height }, MAX_OUTER_CELLS).flatMap(({ node, rect }): Cell[] => {
    const content = inside(rect)
    const limit = Math.floor((MAX_INNER_CELLS * rect.width * rect.height) / whole)
    const canOpen =
      !node.merged && node.children.length > 0 && rect.width >= MIN_OPEN_WIDTH && rect.height >= MIN_OPEN_HEIGHT
    if (!canOpen || limit < 2) return [{ node, rect, open: false }]
    return [{ node, rect, open: true }, ...cellsOf(node, content, limit).map((cell) => ({ ...cell, open: false }))]
  })
}

function inside({ x, y, width, height }: Rect): Rect {
  return { x: x + GAP, y: y + HEADING, width: width - 2 * GAP, height: height - HEADING - GAP }
}

/** At most `limit` cells. Nodes too small to see or click are merged into one cell, or several if they are many. */
function cellsOf(parent: AreaNode, rect: Rect, limit: number): { readonly node: AreaNode; readonly rect: Rect }[] {
  const { children, lines } = parent
  const pixels = (rect.width * rect.height) / lines
  const small = children.findIndex((child, i) => i >= limit - 1 || child.lines * pixels < MIN_AREA)
  let shown = small < 0 || children.length <= small + 1 ? children.length : small
  for (;;) {
    const rest = merge(parent, children.slice(shown), limit - shown, MIN_MERGED_AREA / pixels)
    const nodes = [...children.slice(0, shown), ...rest].sort((a, b) => b.lines - a.lines)
    const rects = squarify(
      nodes.map((node) => node.lines),
      rect,
    )
    const fits = rects.every(({ width, height }) => Math.min(width, height) >= MIN_SIDE)
    if (fits || shown <= 1) return nodes.map((node, i) => ({ node, rect: rects[i]! }))
    shown = Math.floor(shown * 0.85)
  }
}

/** Merges nodes into at most `limit` groups of about equal size, of at least `minLines` where there are several. */
function merge({ path }: AreaNode, children: readonly AreaNode[], limit: number, minLines: number): AreaNode[] {
  const total = children.reduce((sum, { lines }) => sum + lines, 0)
  const count = Math.max(1, Math.min(limit, Math.floor(total / minLines)))
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
