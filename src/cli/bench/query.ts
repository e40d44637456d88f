/**
 * `fovea bench query`: how long the context of a question takes, at three budgets, in a process that has just begun and in
 * one that holds the index, against one `rg` pass for the question's terms. By size of the corpus: over growing parts of
 * the folder the growth is printed as the exponent of a fitted power law.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Engine } from '../../engine/engine.ts'
import { openWorkspace } from '../../host/open.ts'
import { log } from '../command.ts'
import { comparedWith, costOf, quantile, type Rows, round, slopeOf } from './measure.ts'
import { say } from './setting.ts'

const QUESTIONS = 60
const COLD = 5
const BUDGETS = [2000, 8000, 32_000] as const
/** Parts of the folder's files over which growth is fitted. */
const PARTS = [1 / 16, 1 / 8, 1 / 4, 1 / 2] as const
const LEAST_FILES = 50

/** `folder` is temporary. */
export async function benchQuery(dirs: readonly string[], folder: string, signal: AbortSignal): Promise<Rows> {
  const run = { signal, report: () => {} }
  const engine = await openWorkspace(dirs, log)
  try {
    say('indexing')
    const { chunks, files } = await engine.index(run)
    const { records, files: entries } = await engine.symbols()
    const questions = await questionsOf(engine)
    const size = {
      files,
      lines: records.reduce((sum, { lines }) => sum + lines, 0),
      chunks,
      questions: questions.length,
    }
    say('asking')
    const warm: Rows = {}
    const points: [chunks: number, ms: number][] = []
    let largest = 0
    for (const budget of BUDGETS) {
      const times = await timesOf(engine, questions, budget, signal)
      Object.assign(warm, quantilesOf(`${budget / 1000}k tokens, warm`, times))
      largest = quantile(times, 0.95)
      if (budget === BUDGETS.at(-1)) points.push([chunks, quantile(times, 0.5)])
    }
    say('in processes that have just begun')
    const cold = questions.slice(0, COLD).map((text) => coldTime(dirs, text))
    for (const part of PARTS) {
      const paths = entries.filter((_, i) => i % Math.round(1 / part) === 0).map(({ path }) => path)
      if (paths.length < LEAST_FILES) continue
      say(`a part of ${paths.length} files`)
      points.push(await partOf(engine, paths, join(folder, `part-${paths.length}`), signal))
    }
    return {
      ...size,
      ...warm,
      ...quantilesOf('8k tokens, new process', cold),
      ...Object.fromEntries(points.map(([n, ms]) => [`p50 at ${n} chunks, 32k tokens, ms`, round(ms)])),
      'growth with the chunks, exponent': points.length > 1 ? round(exponentOf(points)) : 'too few files to tell',
      ...comparedWith('rg', ['--count-matches', '--no-messages', termsOf(questions[0] ?? '')], dirs, largest),
      ...comparedWith('grep', ['-rIcE', termsOf(questions[0] ?? '')], dirs, largest),
    }
  } finally {
    await engine.close()
  }
}

/** Made of the tree's own clusters. */
async function questionsOf(engine: Engine): Promise<readonly string[]> {
  const { clusters } = await engine.map()
  const all = clusters.map(({ label, medoid }) => `How does ${medoid.name} handle ${label.join(' ')}?`)
  const step = Math.max(1, Math.floor(all.length / QUESTIONS))
  return all.filter((_, i) => i % step === 0).slice(0, QUESTIONS)
}

async function timesOf(engine: Engine, questions: readonly string[], budget: number, signal: AbortSignal) {
  const run = { signal, report: () => {} }
  // The first question also loads the records.
  await engine.context(run, { text: 'warm up', budgets: [budget] })
  const times: number[] = []
  for (const text of questions) times.push((await costOf(() => engine.context(run, { text, budgets: [budget] }))).wall)
  return times
}

/** Of `fovea context`, its start included. */
function coldTime(dirs: readonly string[], text: string): number {
  const folders = dirs.flatMap((dir) => ['--dir', dir])
  const began = performance.now()
  execFileSync(process.execPath, [process.argv[1] ?? '', 'context', text, '--budget', '8000', ...folders], {
    stdio: 'ignore',
  })
  return performance.now() - began
}

/** Chunks of a copy of some files, and the median time of its own questions. */
async function partOf(
  whole: Engine,
  paths: readonly string[],
  root: string,
  signal: AbortSignal,
): Promise<[chunks: number, ms: number]> {
  for (const path of paths) {
    const place = join(root, path)
    mkdirSync(dirname(place), { recursive: true })
    copyFileSync((await whole.locate(path)) ?? '', place)
  }
  const engine = await openWorkspace([root], log)
  try {
    const { chunks } = await engine.index({ signal, report: () => {} })
    const times = await timesOf(engine, await questionsOf(engine), BUDGETS.at(-1) ?? 0, signal)
    return [chunks, quantile(times, 0.5)]
  } finally {
    await engine.close()
  }
}

function quantilesOf(what: string, times: readonly number[]): Rows {
  return Object.fromEntries(
    [50, 95, 99].map((percent) => [`p${percent}, ${what}, ms`, Math.round(quantile(times, percent / 100))]),
  )
}

/** Of a power law fitted through the points: the slope through their logarithms. */
const exponentOf = (points: readonly (readonly [number, number])[]): number =>
  slopeOf(points.map(([x, y]) => [Math.log(x), Math.log(Math.max(y, 1e-3))]))

const termsOf = (question: string): string => question.match(/\w{3,}/g)?.join('|') ?? 'the'
