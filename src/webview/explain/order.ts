/** Orders each column so that few lines cross (barycentre heuristic). */
import type { DiagramNode } from '../../engine/types/explanation.ts'

const SWEEPS = 10
/** With more lines than this, counting crossings takes too long and the order stays. */
const MAX_LINES = 20_000

/** An item in a column: a box, or the bend of a line that crosses it. */
export interface Item {
  readonly node: DiagramNode | null
  readonly column: number
  readonly height: number
  /** Its neighbours in the previous and in the next column. */
  readonly before: Item[]
  readonly after: Item[]
  /** Position in its column, from 0. */
  at: number
  /** Upper edge. */
  y: number
}

/** Sweeps to and fro, sorting each column by the mean position of its neighbours; keeps the best order found. */
export function order(columns: Item[][]): void {
  const number = (column: readonly Item[]) => {
    for (const [i, item] of column.entries()) item.at = i
  }
  for (const column of columns) number(column)
  const lines = columns.flat().reduce((sum, { after }) => sum + after.length, 0)
  if (lines > MAX_LINES) return
  let best = columns.map((column) => [...column])
  let fewest = crossings(columns)
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const isForward = sweep % 2 === 0
    for (const column of isForward ? columns : columns.toReversed()) {
      const keys = new Map(column.map((item) => [item, meanOf(isForward ? item.before : item.after, item.at)]))
      column.sort((a, b) => keys.get(a)! - keys.get(b)! || a.at - b.at)
      number(column)
    }
    const now = crossings(columns)
    if (now >= fewest) continue
    fewest = now
    best = columns.map((column) => [...column])
  }
  for (const [i, column] of best.entries()) {
    columns[i]!.splice(0, Number.POSITIVE_INFINITY, ...column)
    number(column)
  }
}

function meanOf(items: readonly Item[], fallback: number): number {
  return items.length ? items.reduce((sum, { at }) => sum + at, 0) / items.length : fallback
}

/** The number of crossings between neighbouring columns. */
export function crossings(columns: readonly (readonly Item[])[]): number {
  let count = 0
  for (const [i, column] of columns.slice(0, -1).entries()) {
    // A Fenwick tree of the ends seen so far counts those below the next.
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
