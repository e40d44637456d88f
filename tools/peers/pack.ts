/** Packs places into a token budget, in the same way for every peer that does not pack by itself. */
import type { Count, Pack, Place } from './peer.ts'
import type { Tree } from './tree.ts'

/** Upper bound of characters per token in code, except for runs of blanks; longer texts are not worth counting. */
const MAX_CHARS_PER_TOKEN = 12
/** A longer line is generated and would fill a pack by itself. */
const MAX_LINE_CHARS = 4000

/**
 * Packs the places in order, each line once, each run of lines under its path, for each of the ascending budgets. The
 * first run that does not fit is cut to its leading lines and closes the pack, so every pack starts with the next
 * smaller one.
 */
export function packPlaces(tree: Tree, places: readonly Place[], budgets: readonly number[], count: Count): Pack[] {
  const packs: Pack[] = []
  const pieces: { readonly place: Place; readonly text: string }[] = []
  const seen = new Map<string, Set<number>>()
  let tokens = 0
  const closePack = (tail: readonly Place[]) => {
    const all = [...pieces, ...tail.map((place) => ({ place, text: textOf(tree, place) }))]
    packs.push({
      text: all.map(({ text }) => text).join(''),
      shown: all.map(({ place }) => place),
      named: [...new Set(all.map(({ place }) => place.path))],
    })
  }
  for (const place of places)
    for (const run of unseen(tree, place, seen)) {
      const text = textOf(tree, run)
      for (;;) {
        const free = budgets[packs.length]! - tokens
        const cost = costWithin(text, free, count)
        if (cost !== null) {
          tokens += cost
          pieces.push({ place: run, text })
          break
        }
        closePack(headOf(tree, run, free, count))
        if (packs.length === budgets.length) return packs
      }
    }
  while (packs.length < budgets.length) closePack([])
  return packs
}

export function textOf(tree: Tree, { path, firstLine, lastLine }: Place): string {
  return `${path}:${firstLine}-${lastLine}\n${tree
    .lines(path)
    .slice(firstLine - 1, lastLine)
    .join('\n')}\n`
}

/** The runs of a place's lines that are not packed yet; marks them as packed. */
function unseen(tree: Tree, { path, firstLine, lastLine }: Place, seen: Map<string, Set<number>>): Place[] {
  const lines = seen.get(path) ?? new Set()
  seen.set(path, lines)
  const runs: { path: string; firstLine: number; lastLine: number }[] = []
  for (let n = Math.max(1, firstLine); n <= Math.min(lastLine, tree.lines(path).length); n++) {
    if (lines.has(n) || tree.lines(path)[n - 1]!.length > MAX_LINE_CHARS) continue
    lines.add(n)
    const run = runs.at(-1)
    if (run?.lastLine === n - 1) run.lastLine = n
    else runs.push({ path, firstLine: n, lastLine: n })
  }
  return runs
}

/** Tokens of a text, or null when it does not fit into the free tokens. */
function costWithin(text: string, free: number, count: Count): number | null {
  if (text.length > free * MAX_CHARS_PER_TOKEN) return null
  const cost = count(text)
  return cost <= free ? cost : null
}

/** As many leading lines as fit, found by binary search. */
function headOf(tree: Tree, run: Place, free: number, count: Count): Place[] {
  let [low, high] = [run.firstLine - 1, run.lastLine]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (costWithin(textOf(tree, { ...run, lastLine: middle }), free, count) !== null) low = middle
    else high = middle - 1
  }
  return low < run.firstLine ? [] : [{ ...run, lastLine: low }]
}
