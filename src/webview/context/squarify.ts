/**
 * Squarified treemap: divides a rectangle into cells of given weights that are as close to squares as possible. After
 * Bruls, Huizing and van Wijk, "Squarified Treemaps", VisSym 2000.
 */

export interface Rect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** One cell per weight, in order. Weights are above 0 and should be descending; the cells fill the rectangle. */
export function squarify(weights: readonly number[], { x, y, width, height }: Rect): Rect[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const scale = (width * height) / total
  const free = { x, y, width, height }
  const cells: Rect[] = []
  for (let i = 0; i < weights.length; ) {
    const side = Math.min(free.width, free.height)
    let [n, area] = [1, weights[i]! * scale]
    let worst = worstRatio(weights[i]! * scale, weights[i]! * scale, area, side)
    // A row takes another cell as long as that does not worsen its worst aspect ratio.
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

/** Lays out a row along the shorter side and removes its strip from the free rectangle. */
function layRow(weights: readonly number[], area: number, free: { -readonly [key in keyof Rect]: Rect[key] }): Rect[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const isVertical = free.width >= free.height
  const depth = isVertical ? Math.min(free.width, area / free.height) : Math.min(free.height, area / free.width)
  let [x, y] = [free.x, free.y]
  const cells = weights.map((weight): Rect => {
    const length = (weight / total) * (isVertical ? free.height : free.width)
    const cell = isVertical ? { x, y, width: depth, height: length } : { x, y, width: length, height: depth }
    if (isVertical) y += length
    else x += length
    return cell
  })
  if (isVertical) {
    free.x += depth
    free.width -= depth
  } else {
    free.y += depth
    free.height -= depth
  }
  return cells
}
