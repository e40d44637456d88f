/** Places → a text that fits a budget: the same for every peer that does not pack by itself. */
import type { Count, Pack, Place } from './peer.ts'
import type { Tree } from './tree.ts'

/** No token of the tokenizer is longer in code, but for runs of blanks. */
const MAX_CHARS_A_TOKEN = 12
/** Nobody wrote it by hand, and it would be all that a pack holds. */
const LONGEST_LINE = 4000

/**
 * In order, each line once, each run of lines under its path. The first that does not fit gives its first lines and
 * closes the pack; so the packs of larger budgets begin with those of smaller ones, which rise.
 */
export function packPlaces(tree: Tree, places: readonly Place[], budgets: readonly number[], count: Count): Pack[] {
  const packs: Pack[] = []
  const pieces: { readonly place: Place; readonly text: string }[] = []
  const seen = new Map<string, Set<number>>()
  let tokens = 0
  const close = (last: readonly Place[]) => {
    const all = [...pieces, ...last.map((place) => ({ place, text: textOf(tree, place) }))]
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
        close(headOf(tree, run, free, count))
        if (packs.length === budgets.length) return packs
      }
    }
  while (packs.length < budgets.length) close([])
  return packs
}

export function textOf(tree: Tree, { path, firstLine, lastLine }: Place): string {
  return `${path}:${firstLine}-${lastLine}\n${tree
    .lines(path)
    .slice(firstLine - 1, lastLine)
    .join('\n')}\n`
}

/** Runs of a place's lines that are not in the pack yet; they are from now on. */
function unseen(tree: Tree, { path, firstLine, lastLine }: Place, seen: Map<string, Set<number>>): Place[] {
  const lines = seen.get(path) ?? new Set()
  seen.set(path, lines)
  const runs: { path: string; firstLine: number; lastLine: number }[] = []
  for (let n = Math.max(1, firstLine); n <= Math.min(lastLine, tree.lines(path).length); n++) {
    if (lines.has(n) || tree.lines(path)[n - 1]!.length > LONGEST_LINE) continue
    lines.add(n)
    const run = runs.at(-1)
    if (run?.lastLine === n - 1) run.lastLine = n
    else runs.push({ path, firstLine: n, lastLine: n })
  }
  return runs
}

/** Tokens of a text, or null when they are more than there is room for; what is far too long is not counted. */
function costWithin(text: string, free: number, count: Count): number | null {
  if (text.length > free * MAX_CHARS_A_TOKEN) return null
  const cost = count(text)
  return cost <= free ? cost : null
}

/** As many first lines as fit. */
function headOf(tree: Tree, run: Place, free: number, count: Count): Place[] {
  let [low, high] = [run.firstLine - 1, run.lastLine]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (costWithin(textOf(tree, { ...run, lastLine: middle }), free, count) !== null) low = middle
    else high = middle - 1
  }
  return low < run.firstLine ? [] : [{ ...run, lastLine: low }]
}
