/** What the reader wants shown otherwise: how a click changes the list of wishes. Pure; the client keeps the list. */
import type { Block, Resolution } from '../../engine/types/pack.ts'
import type { Adjustment, Wish } from '../../engine/types/query.ts'

export type Place = Pick<Adjustment, 'path' | 'firstLine' | 'lastLine'>

/** From fine to coarse: the rungs that can be wished for. */
const LADDER = ['r0', 'r1', 'r2', 'r3'] as const satisfies readonly Resolution[]

const same = (a: Place, b: Place) => a.path === b.path && a.firstLine === b.firstLine && a.lastLine === b.lastLine

/** A new wish about a place replaces the old. */
export function wishFor(adjust: readonly Adjustment[], { path, firstLine, lastLine }: Place, wish: Wish): Adjustment[] {
  return [...withoutWish(adjust, { path, firstLine, lastLine }), { path, firstLine, lastLine, wish }]
}

export function withoutWish(adjust: readonly Adjustment[], place: Place): Adjustment[] {
  return adjust.filter((held) => !same(held, place))
}

/** The pin that holds a place: its own, or that of its whole file. */
function pinOf(adjust: readonly Adjustment[], place: Place): Adjustment | undefined {
  const pins = adjust.filter(({ wish }) => wish === 'pin')
  return (
    pins.find((pin) => same(pin, place)) ??
    pins.find(({ path, firstLine, lastLine }) => path === place.path && firstLine === 0 && lastLine === 0)
  )
}

export function isPinned(adjust: readonly Adjustment[], place: Place): boolean {
  return pinOf(adjust, place) !== undefined
}

export function togglePin(adjust: readonly Adjustment[], place: Place): Adjustment[] {
  const pin = pinOf(adjust, place)
  return pin ? withoutWish(adjust, pin) : wishFor(adjust, place, 'pin')
}

/** The wish that shows a block one rung finer or coarser; null at the ends. A file's card becomes finer by a pin. */
export function nextRung({ resolution }: Pick<Block, 'resolution'>, towards: 'finer' | 'coarser'): Wish | null {
  if (resolution === 'r5' || resolution === 'log') return null
  if (resolution === 'r4') return towards === 'finer' ? 'pin' : null
  return LADDER[LADDER.indexOf(resolution) + (towards === 'finer' ? -1 : 1)] ?? null
}
