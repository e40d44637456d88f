/** The order of each column, so that few lines cross. */
import type { DiagramNode } from '../../engine/types/explanation.ts'

const SWEEPS = 10
/** Counting crossings of more would take too long. */
const MAX_JOINED = 20_000

/** What has a place in a column: a box, or where a line passes. */
export interface Item {
  readonly node: DiagramNode | null
  readonly column: number
  readonly height: number
  /** Joined to it in the column before, and in the one after. */
  readonly before: Item[]
  readonly after: Item[]
  /** Place in its column, from 0. */
  at: number
  /** Upper edge. */
  y: number
}

/** Sweeps forth and back, each column by the mean place of what its items are joined to; the best order seen stays. */
export function order(columns: Item[][]): void {
  const number = (column: readonly Item[]) => {
    for (const [i, item] of column.entries()) item.at = i
  }
  for (const column of columns) number(column)
  const joined = columns.flat().reduce((sum, { after }) => sum + after.length, 0)
  if (joined > MAX_JOINED) return
  let best = columns.map((column) => [...column])
  let least = crossings(columns)
  for (let sweep = 0; sweep < SWEEPS && least > 0; sweep++) {
    const forth = sweep % 2 === 0
    for (const column of forth ? columns : columns.toReversed()) {
      const keys = new Map(column.map((item) => [item, meanOf(forth ? item.before : item.after, item.at)]))
      column.sort((a, b) => keys.get(a)! - keys.get(b)! || a.at - b.at)
      number(column)
    }
    const now = crossings(columns)
    if (now >= least) continue
    least = now
    best = columns.map((column) => [...column])
  }
  for (const [i, column] of best.entries()) {
    columns[i]!.splice(0, Number.POSITIVE_INFINITY, ...column)
    number(column)
  }
}

function meanOf(items: readonly Item[], otherwise: number): number {
  return items.length ? items.reduce((sum, { at }) => sum + at, 0) / items.length : otherwise
}

/** How often lines between neighbouring columns cross. */
export function crossings(columns: readonly (readonly Item[])[]): number {
  let count = 0
  for (const [i, column] of columns.slice(0, -1).entries()) {
    // Ends seen so far, in a Fenwick tree: how many of them lie below the next.
    const tree = new Array<number>(columns[i + 1]!.length + 1).fill(0)
    let seen = 0
    for (const { after } of column) {
      const ends = after.map(({ at }) => at)
      for (const end of ends) {
        let above = 0
        for (let k = end + 1; k > 0; k -= k & -k) above += tree[k]!
        count += seen - above
      }
      for (const end of ends) {
        for (let k = end + 1; k < tree.length; k += k & -k) tree[k]!++
        seen++
      }
    }
  }
  return count
}
