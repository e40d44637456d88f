/**
 * Scores an answer against the gold files and lines of its query, by the definitions of the query file's own scorer.
 */
import type { Place } from './peer.ts'
import type { Query } from './sample.ts'

export const BUDGETS: readonly number[] = [2000, 8000, 32_000]

/** The parts of a pack that are scored; its text is only counted. */
export interface Packed {
  readonly tokens: number
  readonly shown: readonly Place[]
  readonly named: readonly string[]
}

export interface Answer {
  /** Best first, without duplicates. */
  readonly files: readonly string[]
  /** One per budget. */
  readonly packs: readonly Packed[]
  readonly ms: number
}

export interface Score {
  readonly id: string
  readonly kind: string
  readonly recall5: number
  readonly recall10: number
  readonly mrr: number
  /** Share of gold lines shown, one per budget; null when the gold has no lines. */
  readonly lines: readonly number[] | null
  /** Number of packs over their budget; such a pack counts as empty. */
  readonly over: number
  /** null when there is no answer, which counts as a miss. */
  readonly ms: number | null
}

/**
 * Gold lines of a query: the annotated context, else for commits the changed symbols, else the lines of the fix or
 * citation.
 */
export function goldLines(query: Query): Set<string> {
  const rows = query.gold_context?.length
    ? query.gold_context
    : ((query.set === 'history' ? query.gold_symbols : query.gold_lines) ?? [])
  const found = new Set<string>()
  for (const { file, start, end } of rows) for (let n = start; n <= end; n++) found.add(`${file} ${n}`)
  return found
}

export function scoreAnswer(query: Query, answer: Answer | null): Score {
  const gold = new Set(query.gold_files)
  const files = answer?.files ?? []
  const rank = files.findIndex((file) => gold.has(file)) + 1
  const recall = (k: number) => files.slice(0, k).filter((file) => gold.has(file)).length / gold.size
  const lines = goldLines(query)
  const fits = (pack: Packed | undefined, i: number) => pack !== undefined && pack.tokens <= BUDGETS[i]!
  return {
    id: query.id,
    kind: query.kind,
    recall5: recall(5),
    recall10: recall(10),
    mrr: rank ? 1 / rank : 0,
    lines: lines.size
      ? BUDGETS.map((_, i) => {
          const pack = answer?.packs[i]
          return pack && fits(pack, i) ? shownOf(lines, pack.shown) : 0
        })
      : null,
    over: (answer?.packs ?? []).filter((pack, i) => !fits(pack, i)).length,
    ms: answer?.ms ?? null,
  }
}

/** Share of the gold lines that are shown. */
function shownOf(gold: ReadonlySet<string>, shown: readonly Place[]): number {
  const found = new Set<string>()
  for (const { path, firstLine, lastLine } of shown)
    for (let n = firstLine; n <= lastLine; n++) if (gold.has(`${path} ${n}`)) found.add(`${path} ${n}`)
  return found.size / gold.size
}

/** What a column averages: one number per query, or null where the query has no such gold. */
export const MEASURES = {
  recall5: (score: Score) => score.recall5,
  recall10: (score: Score) => score.recall10,
  mrr: (score: Score) => score.mrr,
  lines2k: (score: Score) => score.lines?.[0] ?? null,
  lines8k: (score: Score) => score.lines?.[1] ?? null,
  lines32k: (score: Score) => score.lines?.[2] ?? null,
} as const

export type Measure = keyof typeof MEASURES

export function meanOf(scores: readonly Score[], measure: Measure): number {
  const values = scores.map(MEASURES[measure]).filter((value) => value !== null)
  return values.reduce((a, b) => a + b, 0) / Math.max(1, values.length)
}

export function percentile(scores: readonly Score[], share: number): number {
  const times = scores.flatMap(({ ms }) => ms ?? []).sort((a, b) => a - b)
  return times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
}

/** Whether two means, over the same queries, differ by less than two standard errors of the paired difference. */
export function isWithinChance(one: readonly Score[], other: readonly Score[], measure: Measure): boolean {
  const of = MEASURES[measure]
  const ids = new Map(other.map((score) => [score.id, score]))
  const differences = one.flatMap((score) => {
    const [a, b] = [of(score), of(ids.get(score.id) ?? score)]
    return a === null || b === null ? [] : [a - b]
  })
  const n = Math.max(2, differences.length)
  const mean = differences.reduce((a, b) => a + b, 0) / n
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)
  return Math.abs(mean) < 2 * Math.sqrt(variance / n)
}
