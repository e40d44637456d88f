/**
 * Chooses the lines of a long body that are relevant to the question: lines that share its terms, lines that assign the
 * names they use (data flow), the heads of enclosing blocks (control flow), and how the body ends.
 */

const ASSIGNED = /([A-Za-z_$][\w$]*)(?:\s*:\s*[\w<>[\], |]+)?\s*(?::=|(?<![=!<>])=(?!=|>))/g
const NAME = /[A-Za-z_$][\w$]*/g
const EXITS = /^\s*(return|throw|raise|yield)\b/
/** Weights of a value's origin and of an exit, relative to the line they serve and the best line. */
const ORIGIN_WEIGHT = 0.5
const EXIT_WEIGHT = 0.3
/** Largest share of the body that is kept; beyond it the body is better shown whole. */
const MAX_KEPT_SHARE = 0.5
/** A gap of so many lines costs as much as the marker in its place. */
const MAX_FILLED_GAP_LINES = 1

/** Numbers (1-based, ascending) of the lines of first … last to keep; the first `head` lines are always kept. */
export function chooseLines(
  lines: readonly string[],
  {
    firstLine,
    lastLine,
    headEnd: headLastLine,
  }: { readonly firstLine: number; readonly lastLine: number; readonly headEnd: number },
  lineRelevance: (line: string) => number,
): number[] {
  const textOf = (n: number) => lines[n - 1] ?? ''
  const scores = new Map<number, number>()
  for (let n = headLastLine + 1; n <= lastLine; n++) scores.set(n, lineRelevance(textOf(n)))
  const best = Math.max(0, ...scores.values())
  followValues(scores, textOf)
  for (let n = headLastLine + 1; n <= lastLine; n++)
    if (EXITS.test(textOf(n))) scores.set(n, Math.max(scores.get(n)!, EXIT_WEIGHT * best))
  const keep = new Set<number>()
  for (let n = firstLine; n <= headLastLine; n++) keep.add(n)
  const limit = keep.size + MAX_KEPT_SHARE * (lastLine - headLastLine)
  const ranked = [...scores].filter(([, score]) => score > 0).sort(([m, a], [n, b]) => b - a || m - n)
  for (const [n] of ranked) {
    if (keep.size >= limit) break
    keep.add(n)
    for (const head of headsAround(n, headLastLine, textOf)) keep.add(head)
  }
  return closeGaps([...keep].sort((a, b) => a - b))
}

/** A line that assigns a name used by a relevant line gets part of its score. */
function followValues(scores: Map<number, number>, textOf: (n: number) => string): void {
  const origin = new Map<string, number[]>()
  for (const n of scores.keys())
    for (const [, name] of textOf(n).matchAll(ASSIGNED)) origin.set(name!, [...(origin.get(name!) ?? []), n])
  for (const [n, score] of [...scores]) {
    if (score <= 0) continue
    for (const [name] of textOf(n).matchAll(NAME)) {
      const given = origin.get(name)?.findLast((line) => line < n)
      if (given !== undefined) scores.set(given, Math.max(scores.get(given)!, ORIGIN_WEIGHT * score))
    }
  }
}

/** Heads of the blocks that enclose a line: going up, each line that is indented less than all below it. */
function headsAround(line: number, headEnd: number, textOf: (n: number) => string): number[] {
  const found: number[] = []
  let indent = indentOf(textOf(line))
  for (let n = line - 1; n > headEnd && indent > 0; n--) {
    const text = textOf(n)
    if (!/\w/.test(text) || indentOf(text) >= indent) continue
    indent = indentOf(text)
    found.push(n)
  }
  return found
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length
}

function closeGaps(kept: readonly number[]): number[] {
  return kept.flatMap((n, i) => {
    const before = kept[i - 1]
    const gap = before === undefined ? 0 : n - before - 1
    return gap > 0 && gap <= MAX_FILLED_GAP_LINES ? [...Array.from({ length: gap }, (_, k) => before! + 1 + k), n] : [n]
  })
}
