/** Scores an answer against its gold: arithmetic only. Every mean is over questions, each with equal weight. */
import type { Resolution } from '../engine/types/pack.ts'

/** Tokens. */
export const TOKEN_BUDGETS: readonly number[] = [1000, 2000, 4000, 8000, 16_000, 32_000]
/** Values of k for file recall@k. */
export const CUTOFFS: readonly number[] = [1, 5, 10]

/** A file a question is about. */
export interface Gold {
  readonly path: string
  /** Distinct 1-based lines. Empty: only the file is gold. */
  readonly lines: readonly number[]
}

/** A block of a packed answer: its file, and the line ranges it shows verbatim. */
export interface ShownBlock {
  readonly path: string
  readonly resolution: Resolution
  readonly lines: readonly (readonly [first: number, last: number])[]
}

export interface SearchAnswer {
  /** Best first, without duplicates. */
  readonly files: readonly string[]
  /** One per budget. */
  readonly packs: readonly (readonly ShownBlock[])[]
  /** Wall time of ranking and of packing for all budgets, in milliseconds. */
  readonly ms: number
}

/** All shares are from 0 to 1. */
export interface Score {
  /** Rank of the first gold file, from 1; 0 when it is not ranked. */
  readonly rank: number
  /** File recall@k, one per cutoff. */
  readonly recall: readonly number[]
  /** Share of gold files named in the pack, one per budget. */
  readonly files: readonly number[]
  /** Share of gold lines shown, one per budget; null when the gold has no lines. */
  readonly lines: readonly number[] | null
  /** The same for lines shown in full bodies and in trimmed bodies only. */
  readonly byResolution: { readonly full: readonly number[]; readonly trimmed: readonly number[] } | null
  readonly ms: number
}

export function scoreAnswer(gold: readonly Gold[], { files, packs, ms }: SearchAnswer): Score {
  const goldPaths = new Set(gold.map(({ path }) => path))
  const hasLines = gold.some(({ lines }) => lines.length > 0)
  const share = (found: Iterable<string>) =>
    new Set([...found].filter((path) => goldPaths.has(path))).size / goldPaths.size
  return {
    rank: files.findIndex((path) => goldPaths.has(path)) + 1,
    recall: CUTOFFS.map((k) => share(files.slice(0, k))),
    files: packs.map((pack) => share(pack.map(({ path }) => path))),
    lines: hasLines ? packs.map((pack) => lineRecall(gold, pack)) : null,
    byResolution: hasLines
      ? { full: packs.map(ofResolution(gold, 'full')), trimmed: packs.map(ofResolution(gold, 'trimmed')) }
      : null,
    ms,
  }
}

const ofResolution = (gold: readonly Gold[], wanted: Resolution) => (pack: readonly ShownBlock[]) =>
  lineRecall(
    gold,
    pack.filter(({ resolution }) => resolution === wanted),
  )

function lineRecall(gold: readonly Gold[], pack: readonly ShownBlock[]): number {
  let all = 0
  let found = 0
  for (const { path, lines } of gold) {
    const ranges = pack.filter((block) => block.path === path).flatMap((block) => block.lines)
    all += lines.length
    found += lines.filter((line) => ranges.some(([first, last]) => first <= line && line <= last)).length
  }
  return all ? found / all : 0
}

export interface Summary {
  readonly questions: number
  readonly mrr: number
  /** Mean file recall, one per cutoff. */
  readonly recall: readonly number[]
  /** Means of the fields of `Score`, one per budget. */
  readonly files: readonly number[]
  /** Over the questions whose gold has lines, as are `full` and `trimmed`. */
  readonly lines: readonly number[]
  readonly full: readonly number[]
  readonly trimmed: readonly number[]
  /** Percentiles of the wall time in milliseconds. */
  readonly p50: number
  readonly p95: number
}

export function summarise(scores: readonly Score[]): Summary {
  const lined = scores.flatMap(({ lines, byResolution }) => (lines && byResolution ? [{ lines, ...byResolution }] : []))
  const times = scores.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (share: number) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0)
  return {
    questions: scores.length,
    mrr: mean(scores.map(({ rank }) => (rank ? 1 / rank : 0))),
    recall: meanRow(scores.map(({ recall }) => recall)),
    files: meanRow(scores.map(({ files }) => files)),
    lines: meanRow(lined.map(({ lines }) => lines)),
    full: meanRow(lined.map(({ full }) => full)),
    trimmed: meanRow(lined.map(({ trimmed }) => trimmed)),
    p50: at(0.5),
    p95: at(0.95),
  }
}

const mean = (values: readonly number[]): number =>
  Math.round((values.reduce((a, b) => a + b, 0) / Math.max(1, values.length)) * 1000) / 1000

const meanRow = (rows: readonly (readonly number[])[]): number[] =>
  (rows[0] ?? []).map((_, i) => mean(rows.map((row) => row[i] ?? 0)))
