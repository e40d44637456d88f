/**
 * Chooses which lines of a long body to keep: lines that share terms with the question, lines that assign the names
 * used there (data flow), the heads of the enclosing blocks (control flow), and the ways out of the body.
 */

const ASSIGNED = /([A-Za-z_$][\w$]*)(?:\s*:\s*[\w<>[\], |]+)?\s*(?::=|(?<![=!<>])=(?!=|>))/g
const NAME = /[A-Za-z_$][\w$]*/g
const EXITS = /^\s*(return|throw|raise|yield)\b/
/** Score of an assignment relative to the line that uses it, and of an exit relative to the best line. */
const ORIGIN_WEIGHT = 0.5
const EXIT_WEIGHT = 0.3
/** Maximum share of the body to keep; beyond that the whole body is the better choice. */
const MAX_KEPT_SHARE = 0.5
/** Gaps up to this size are kept: they cost no more than the omission mark. */
const MAX_FILLED_GAP_LINES = 1

/** Line numbers to keep (1-based, ascending) of firstLine … lastLine; lines up to `headEnd` are always kept. */
export function chooseLines(
  lines: readonly string[],
  { firstLine, lastLine, headEnd }: { readonly firstLine: number; readonly lastLine: number; readonly headEnd: number },
  lineRelevance: (line: string) => number,
): number[] {
  const textOf = (n: number) => lines[n - 1] ?? ''
  const scores = new Map<number, number>()
  for (let n = headEnd + 1; n <= lastLine; n++) scores.set(n, lineRelevance(textOf(n)))
  const best = Math.max(0, ...scores.values())
  followValues(scores, textOf)
  for (let n = headEnd + 1; n <= lastLine; n++)
    if (EXITS.test(textOf(n))) scores.set(n, Math.max(scores.get(n)!, EXIT_WEIGHT * best))
  const keep = new Set<number>()
  for (let n = firstLine; n <= headEnd; n++) keep.add(n)
  const limit = keep.size + MAX_KEPT_SHARE * (lastLine - headEnd)
  const ranked = [...scores].filter(([, score]) => score > 0).sort(([m, a], [n, b]) => b - a || m - n)
  for (const [n] of ranked) {
    if (keep.size >= limit) break
    keep.add(n)
    for (const head of headsAround(n, headEnd, textOf)) keep.add(head)
  }
  return closeGaps([...keep].sort((a, b) => a - b))
}

/** Gives the nearest earlier assignment of each name used on a scored line part of that line's score. */
function followValues(scores: Map<number, number>, textOf: (n: number) => string): void {
  const assignments = new Map<string, number[]>()
  for (const n of scores.keys())
    for (const [, name] of textOf(n).matchAll(ASSIGNED)) assignments.set(name!, [...(assignments.get(name!) ?? []), n])
  for (const [n, score] of [...scores]) {
    if (score <= 0) continue
    for (const [name] of textOf(n).matchAll(NAME)) {
      const line = assignments.get(name)?.findLast((earlier) => earlier < n)
      if (line !== undefined) scores.set(line, Math.max(scores.get(line)!, ORIGIN_WEIGHT * score))
    }
  }
}

/** Heads of the blocks around a line: going up, each line indented less than everything below it. */
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

/** Fills small gaps between kept lines. */
function closeGaps(kept: readonly number[]): number[] {
  return kept.flatMap((n, i) => {
    const previous = kept[i - 1]
    const gap = previous === undefined ? 0 : n - previous - 1
    return gap > 0 && gap <= MAX_FILLED_GAP_LINES
      ? [...Array.from({ length: gap }, (_, k) => previous! + 1 + k), n]
      : [n]
  })
}
