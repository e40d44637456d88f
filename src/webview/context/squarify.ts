/**
 * Squarified treemap: a rectangle cut into cells of given weights, as near to squares as can be. After Bruls, Huizing and
 * van Wijk, "Squarified Treemaps", VisSym 2000.
 */

export interface Rect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A cell for each weight, in their order, which should be falling. Weights are above 0; the cells fill the rectangle. */
export function squarify(weights: readonly number[], { x, y, width, height }: Rect): Rect[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const scale = (width * height) / total
  const free = { x, y, width, height }
  const cells: Rect[] = []
  for (let i = 0; i < weights.length; ) {
    const side = Math.min(free.width, free.height)
    let [n, area] = [1, weights[i]! * scale]
    let worst = worstRatio(weights[i]! * scale, weights[i]! * scale, area, side)
    // A row takes another cell as long as that makes its worst cell no worse.
    for (; i + n < weights.length; n++) {
      const next = weights[i + n]! * scale
      const row = weights.slice(i, i + n + 1).map((weight) => weight * scale)
      const ratio = worstRatio(Math.max(...row), Math.min(...row), area + next, side)
      if (ratio > worst) break
      worst = ratio
      area += next
    }
    cells.push(...layRow(weights.slice(i, i + n), area, free))
    i += n
  }
  return cells
}

function worstRatio(largest: number, smallest: number, area: number, side: number): number {
  return Math.max((side * side * largest) / (area * area), (area * area) / (side * side * smallest))
}

/** Lays a row along the shorter side and takes its strip off the free rectangle. */
function layRow(weights: readonly number[], area: number, free: { -readonly [key in keyof Rect]: Rect[key] }): Rect[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const upright = free.width >= free.height
  const depth = upright ? Math.min(free.width, area / free.height) : Math.min(free.height, area / free.width)
  let [x, y] = [free.x, free.y]
  const cells = weights.map((weight): Rect => {
    const length = (weight / total) * (upright ? free.height : free.width)
    const cell = upright ? { x, y, width: depth, height: length } : { x, y, width: length, height: depth }
    if (upright) y += length
    else x += length
    return cell
  })
  if (upright) {
    free.x += depth
    free.width -= depth
  } else {
    free.y += depth
    free.height -= depth
  }
  return cells
}
