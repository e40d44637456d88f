/** Pure functions from a click to the new list of overrides. The client stores the list. */
import type { Block, Resolution } from '../../engine/types/pack.ts'
import type { Override, OverrideKind } from '../../engine/types/query.ts'

export type Place = Pick<Override, 'path' | 'firstLine' | 'lastLine'>

/** The levels of detail that can be chosen, finest first. */
const LEVELS = ['full', 'trimmed', 'signature', 'name'] as const satisfies readonly Resolution[]

const same = (a: Place, b: Place) => a.path === b.path && a.firstLine === b.firstLine && a.lastLine === b.lastLine

/** Adds an override; it replaces an earlier one of the same place. */
export function overrideFor(
  overrides: readonly Override[],
  { path, firstLine, lastLine }: Place,
  kind: OverrideKind,
): Override[] {
  return [...withoutOverride(overrides, { path, firstLine, lastLine }), { path, firstLine, lastLine, kind }]
}

export function withoutOverride(overrides: readonly Override[], place: Place): Override[] {
  return overrides.filter((one) => !same(one, place))
}

/** The pin of a place: its own, one of lines within it (blocks are joined when they are packed), or its whole file's. */
function pinOf(overrides: readonly Override[], place: Place): Override | undefined {
  const pins = overrides.filter(({ kind }) => kind === 'pin')
  return (
    pins.find((pin) => same(pin, place)) ??
    pins.find(
      ({ path, firstLine, lastLine }) =>
        path === place.path && firstLine > 0 && firstLine >= place.firstLine && lastLine <= place.lastLine,
    ) ??
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

/** The override that shows a block one level finer or coarser; null at the ends. Pinning makes a file card finer. */
export function nextLevel(
  { resolution }: Pick<Block, 'resolution'>,
  towards: 'finer' | 'coarser',
): OverrideKind | null {
  if (resolution === 'folder card' || resolution === 'log') return null
  if (resolution === 'file card') return towards === 'finer' ? 'pin' : null
  return LEVELS[LEVELS.indexOf(resolution) + (towards === 'finer' ? -1 : 1)] ?? null
}
