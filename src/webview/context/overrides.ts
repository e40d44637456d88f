/** How a click changes the list of overrides. Pure; the client keeps the list. */
import type { Block, Resolution } from '../../engine/types/pack.ts'
import type { Override, OverrideKind } from '../../engine/types/query.ts'

export type Place = Pick<Override, 'path' | 'firstLine' | 'lastLine'>

/** From fine to coarse: the levels of detail that can be chosen. */
const LADDER = ['full', 'trimmed', 'signature', 'name'] as const satisfies readonly Resolution[]

const same = (a: Place, b: Place) => a.path === b.path && a.firstLine === b.firstLine && a.lastLine === b.lastLine

/** A new override of a place replaces the old. */
export function overrideFor(
  overrides: readonly Override[],
  { path, firstLine, lastLine }: Place,
  kind: OverrideKind,
): Override[] {
  return [...withoutOverride(overrides, { path, firstLine, lastLine }), { path, firstLine, lastLine, kind }]
}

export function withoutOverride(overrides: readonly Override[], place: Place): Override[] {
  return overrides.filter((held) => !same(held, place))
}

/** The pin that holds a place: its own, or that of its whole file. */
function pinOf(overrides: readonly Override[], place: Place): Override | undefined {
  const pins = overrides.filter(({ kind }) => kind === 'pin')
  return (
    pins.find((pin) => same(pin, place)) ??
    pins.find(({ path, firstLine, lastLine }) => path === place.path && firstLine === 0 && lastLine === 0)
  )
}

export function isPinned(overrides: readonly Override[], place: Place): boolean {
  return pinOf(overrides, place) !== undefined
}

export function togglePin(overrides: readonly Override[], place: Place): Override[] {
  const pin = pinOf(overrides, place)
  return pin ? withoutOverride(overrides, pin) : overrideFor(overrides, place, 'pin')
}

/** The override that shows a block one level finer or coarser; null at the ends. A file card becomes finer by a pin. */
export function nextLevel(
  { resolution }: Pick<Block, 'resolution'>,
  towards: 'finer' | 'coarser',
): OverrideKind | null {
  if (resolution === 'folder card' || resolution === 'log') return null
  if (resolution === 'file card') return towards === 'finer' ? 'pin' : null
  return LADDER[LADDER.indexOf(resolution) + (towards === 'finer' ? -1 : 1)] ?? null
}
