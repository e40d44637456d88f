/**
 * `fovea bench query`: query latency at three budgets, in a fresh process and with the index in memory, compared with
 * one `rg` pass for the question's terms. Scaling is measured over growing parts of the folder and over larger corpora
 * generated in memory (`scaled.ts`), and reported as the exponent of a fitted power law.
 */

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Engine } from '../engine/engine.ts'
import { askTree, symbolTableOf } from '../engine/measure.ts'
import { collectGarbage } from '../host/heap.ts'
import { stderrLog } from '../host/log.ts'
import { openWorkspace, resolveWorkspace } from '../host/open.ts'
import { comparedWith, costOf, placesOf, quantile, type Rows, round, slopeOf } from './cost.ts'
import { grow } from './scaled.ts'
import { logProgress } from './setting.ts'

const QUESTIONS = 60
/** Questions asked in a fresh process. */
const COLD_QUESTIONS = 5
/** Tokens. */
const MAX_BUDGET_TOKENS = 32_000
const TOKEN_BUDGETS = [2000, 8000, MAX_BUDGET_TOKENS] as const
/** Sizes in chunks of the parts of the folder, and of the generated corpora, over which growth is fitted. */
const SIZES = [1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000] as const
/** A part with a larger share of the folder's chunks would add little to the fit. */
const MAX_PART = 0.8
const SEED = 1

/** Latency percentiles in milliseconds at a corpus size. */
interface Point {
  readonly chunks: number
  readonly p50: number
  readonly p95: number
}

export interface Sizes {
  /** Chunks of the largest generated corpus. */
  readonly items: number
}

/** Measures the folders `dirs`; parts of them are copied into the temporary `folder`. */
export async function benchQuery(
  dirs: readonly string[],
  { items }: Sizes,
  folder: string,
  signal: AbortSignal,
): Promise<Rows> {
  const engine = await openWorkspace(dirs, stderrLog)
  try {
    logProgress('indexing')
    const { chunks, files } = await engine.index({ signal, report: () => {} })
    const { records, files: entries } = await symbolTableOf(engine)
    const questions = await questionsOf(engine)
    const size = {
      files,
      lines: records.reduce((sum, { lines }) => sum + lines, 0),
      chunks,
      questions: questions.length,
    }
    logProgress('asking')
    const warm: Rows = {}
    const points: Point[] = []
    let largest = 0
    for (const budget of TOKEN_BUDGETS) {
      const times = await timesOf((run, question) => engine.context(run, question), questions, budget, signal)
      Object.assign(warm, quantilesOf(`${budget / 1000}k tokens, warm`, times))
      largest = quantile(times, 0.95)
      if (budget === MAX_BUDGET_TOKENS) points.push(pointOf(chunks, times))
    }
    logProgress('in processes that have just begun')
    const cold = questions.slice(0, COLD_QUESTIONS).map((text) => coldTime(dirs, text))
    for (const part of SIZES.filter((one) => one < MAX_PART * chunks)) {
      const step = Math.round(chunks / part)
      const paths = entries.filter((_, i) => i % step === 0).map(({ path }) => path)
      if (step < 2 || paths.length === 0) continue
      logProgress(`a part of ${paths.length} files`)
      points.push(await measurePart(engine, paths, join(folder, `part-${paths.length}`), signal))
    }
    return {
      ...size,
      ...warm,
      ...quantilesOf('8k tokens, new process', cold),
      ...growthOf('chunks', points),
      ...(await measureGenerated({ dirs, engine, questions, items }, signal)),
      ...comparedWith({ what: `p95 at ${MAX_BUDGET_TOKENS} tokens`, ms: largest }, 'rg', [
        ...['--count-matches', '--no-messages', termsOf(questions[0] ?? '')],
        ...placesOf(dirs),
      ]),
    }
  } finally {
    await engine.close()
  }
}

const pointOf = (chunks: number, times: readonly number[]): Point => ({
  ...{ chunks, p50: quantile(times, 0.5), p95: quantile(times, 0.95) },
})

function growthOf(what: string, points: readonly Point[]): Rows {
  const sorted = points.toSorted((a, b) => a.chunks - b.chunks)
  const exponent = (of: 'p50' | 'p95') =>
    sorted.length > 1 ? round(exponentOf(sorted.map((point) => [point.chunks, point[of]]))) : 'too few chunks to tell'
  return {
    ...Object.fromEntries(
      sorted.map(({ chunks, p50, p95 }) => [
        `${chunks} ${what}, 32k tokens, p50 and p95, ms`,
        `${round(p50)} ${round(p95)}`,
      ]),
    ),
    [`growth with the ${what}, exponent of p50`]: exponent('p50'),
    [`growth with the ${what}, exponent of p95`]: exponent('p95'),
  }
}

interface GeneratedSetting {
  readonly dirs: readonly string[]
  readonly engine: Engine
  readonly questions: readonly string[]
  /** Chunks of the largest corpus. */
  readonly items: number
}

/** Asks the folder's questions of larger corpora generated from its index. */
async function measureGenerated(
  { dirs, engine, questions, items }: GeneratedSetting,
  signal: AbortSignal,
): Promise<Rows> {
  const { ports } = await resolveWorkspace(dirs, stderrLog)
  const { roots, embedder } = await engine.status()
  const { clusters } = await engine.map()
  const source = { ...(await symbolTableOf(engine)), roots, embedder, clusters }
  if (!source.records.some(({ chunks }) => chunks.length)) return {}
  const points: Point[] = []
  const rows: Rows = {}
  for (const size of [...SIZES.filter((one) => one < items), items]) {
    signal.throwIfAborted()
    logProgress(`a generated corpus of ${size} chunks`)
    const { tree, records } = grow(source, size, SEED)
    const { value: ask, wall } = await costOf(async () => askTree(ports, tree, records))
    points.push(pointOf(tree.chunks, await timesOf(ask, questions, MAX_BUDGET_TOKENS, signal)))
    rows[`${tree.chunks} generated chunks, s to open`] = round(wall / 1000)
    collectGarbage()
    rows[`${tree.chunks} generated chunks, resident, MB`] = Math.round(process.memoryUsage.rss() / 1e6)
  }
  const what = 'generated: in memory, files shaped after those of the folder with terms drawn as often as it holds them'
  return { 'larger corpora': what, ...growthOf('generated chunks', points), ...rows }
}

/** Questions made of the labels and medoids of the index's clusters. */
async function questionsOf(engine: Engine): Promise<readonly string[]> {
  const { clusters } = await engine.map()
  const all = clusters.map(({ label, medoid }) => `How does ${medoid.name} handle ${label.join(' ')}?`)
  const step = Math.max(1, Math.floor(all.length / QUESTIONS))
  return all.filter((_, i) => i % step === 0).slice(0, QUESTIONS)
}

/** Wall time of each question in milliseconds, after one that warms the caches. */
async function timesOf(ask: Engine['context'], questions: readonly string[], budget: number, signal: AbortSignal) {
  const run = { signal, report: () => {} }
  // The first question also loads the records.
  await ask(run, { text: 'warm up', budgets: [budget] })
  const times: number[] = []
  for (const text of questions) times.push((await costOf(() => ask(run, { text, budgets: [budget] }))).wall)
  return times
}

/** Milliseconds that `fovea context` takes, process start included. */
function coldTime(dirs: readonly string[], text: string): number {
  const folders = dirs.flatMap((dir) => ['--dir', dir])
  const began = performance.now()
  execFileSync(process.execPath, [process.argv[1] ?? '', 'context', text, '--budget', '8000', ...folders], {
    stdio: 'ignore',
  })
  return performance.now() - began
}

/** Copies some of the files, indexes the copy and times its own questions. */
async function measurePart(whole: Engine, paths: readonly string[], root: string, signal: AbortSignal): Promise<Point> {
  for (const path of paths) {
    const place = join(root, path)
    mkdirSync(dirname(place), { recursive: true })
    copyFileSync((await whole.diskPathOf(path)) ?? '', place)
  }
  const engine = await openWorkspace([root], stderrLog)
  try {
    const { chunks } = await engine.index({ signal, report: () => {} })
    const ask: Engine['context'] = (run, question) => engine.context(run, question)
    return pointOf(chunks, await timesOf(ask, await questionsOf(engine), MAX_BUDGET_TOKENS, signal))
  } finally {
    await engine.close()
  }
}

function quantilesOf(what: string, times: readonly number[]): Rows {
  return Object.fromEntries(
    [50, 95, 99].map((percent) => [`p${percent}, ${what}, ms`, Math.round(quantile(times, percent / 100))]),
  )
}

/** Exponent of a power law fitted through the points: the slope of the line through their logarithms. */
const exponentOf = (points: readonly (readonly [number, number])[]): number =>
  slopeOf(points.map(([x, y]) => [Math.log(x), Math.log(Math.max(y, 1e-3))]))

const termsOf = (question: string): string => question.match(/\w{3,}/g)?.join('|') ?? 'the'
