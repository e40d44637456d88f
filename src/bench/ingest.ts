/**
 * `fovea bench ingest`: the cost of indexing and of keeping the index current, relative to a bare parse of the same
 * files and to command-line tools over the same folders, in one run. Edits are overlays, like an editor's unsaved
 * text, so no file is written.
 */

import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Engine, Overlay } from '../engine/engine.ts'
import { symbolTableOf } from '../engine/measure.ts'
import { EngineError } from '../engine/types/run.ts'
import { collectGarbage } from '../host/heap.ts'
import { stderrLog } from '../host/log.ts'
import { openWorkspace, rootsOf } from '../host/open.ts'
import { bareParse, workerUsage } from '../host/workers.ts'
import { comparedWith, costOf, placesOf, quantile, type Rows, round } from './cost.ts'
import { sample } from './questions.ts'
import { logProgress } from './setting.ts'

const EDITS = 9
/** Files changed to simulate a branch switch. */
const SWITCHED = 500
const SEED = 1
/** Idle time after which the worker processes have ended. */
const REST_MS = 12_000
/** Sampling interval of the memory measurement. */
const SAMPLE_MS = 50

export async function benchIngest(dirs: readonly string[], signal: AbortSignal): Promise<Rows> {
  const run = { signal, report: () => {} }
  const roots = await rootsOf(dirs)
  logProgress('bare parse')
  const parse = await costOf(() => bareParse(signal, roots))
  const source = parse.value
  if (source.files === 0)
    throw new EngineError('input', `${dirs.join(', ')} contains no text files: choose another folder.`)
  const overlay = new Overlay()
  const engine = await openWorkspace(dirs, stderrLog, { overlay })
  try {
    logProgress('cold index')
    const { peak, delay, ...cold } = await sampled(() => costOf(() => engine.index(run)))
    logProgress('again, edits, a branch switch')
    const warm = await costOf(() => engine.index(run))
    const first = await engine.status()
    const { files } = await symbolTableOf(engine)
    const all = await Promise.all(files.map(({ path }) => engine.diskPathFor(path)))
    const ours = { what: 'cold wall', ms: cold.wall }
    const places = await Promise.all(
      sample(files, SWITCHED, SEED).map(async ({ path }) => ({ path, place: await engine.diskPathFor(path) })),
    )
    const edits: number[] = []
    for (const [i, one] of sample(places, EDITS, SEED).entries())
      edits.push(await timeEdit({ engine, overlay, ...one, word: `qz${'abcdefghijkl'[i]}xvedit` }, signal))
    const switched = await costOf(() => {
      for (const { place } of places) change(overlay, place, 'switched')
      return engine.index(run)
    })
    const { bytes } = await engine.status()
    // The server does the same after a large indexing run.
    collectGarbage()
    await sleep(REST_MS, undefined, { signal })
    return {
      files: source.files,
      lines: source.lines,
      chunks: cold.value.chunks,
      'source, MB': round(source.bytes / 1e6),
      'bare parse, s of cpu': round(parse.cpu / 1000),
      'cold index, s': round(cold.wall / 1000),
      'cold index, s of cpu': round(cold.cpu / 1000),
      'cold cpu / bare parse': round(cold.cpu / parse.cpu),
      'cold wall / bare parse': round(cold.wall / parse.wall),
      'warm, s': round(warm.wall / 1000),
      'warm, s, as if there were 10000 files': round((warm.wall / 1000 / source.files) * 10_000),
      'one edit searchable, median ms': Math.round(quantile(edits, 0.5)),
      'one edit searchable, slowest ms': Math.round(Math.max(...edits)),
      [`branch switch that changes ${places.length} files, s`]: round(switched.wall / 1000),
      'peak memory of the cold index, workers included, MB': Math.round(peak / 1e6),
      'a question waits for indexing, p99, ms': Math.round(delay.percentile(99) / 1e6),
      'a question waits for indexing, longest, ms': Math.round(delay.max / 1e6),
      'memory at rest, MB': Math.round(process.memoryUsage.rss() / 1e6),
      'index / source bytes': round(first.bytes / source.bytes),
      'the same with what the edits and the switch replaced': round(bytes / source.bytes),
      ...comparedWith(ours, 'rg', ['--count-matches', '--no-messages', 'the|handle|error', ...placesOf(dirs)]),
      // Given the list of indexed files, because ctags does not know ignore rules.
      ...comparedWith(ours, 'ctags', ['-L', '-', '-f', '-'], all.join('\n')),
    }
  } finally {
    await engine.close()
  }
}

interface Sampled {
  /** Peak memory of this process and its workers together, in bytes. */
  readonly peak: number
  /** Event loop delay in nanoseconds: how long a question that arrives meanwhile would wait. */
  readonly delay: ReturnType<typeof monitorEventLoopDelay>
}

async function sampled<T>(work: () => Promise<T>): Promise<T & Sampled> {
  let peak = 0
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const takeSample = () => {
    let now = process.memoryUsage.rss()
    for (const bytes of workerUsage.residentBytes.values()) now += bytes
    peak = Math.max(peak, now)
  }
  const timer = setInterval(takeSample, SAMPLE_MS)
  try {
    return { ...(await work()), peak, delay }
  } finally {
    clearInterval(timer)
    delay.disable()
  }
}

function change(overlay: Overlay, place: string, word: string): void {
  overlay.set(place, `${readFileSync(place, 'utf8')}\n${word}\n`, Date.now())
}

interface TimedEdit {
  readonly engine: Engine
  readonly overlay: Overlay
  readonly path: string
  /** The file on disk. */
  readonly place: string
  /** Word to add to the file and search for. */
  readonly word: string
}

/** Milliseconds from an edit until a question finds it. */
async function timeEdit({ engine, overlay, path, place, word }: TimedEdit, signal: AbortSignal): Promise<number> {
  const run = { signal, report: () => {} }
  change(overlay, place, word)
  const { wall, value } = await costOf(async () => {
    if (!(await engine.applyEdits(run, [place]))) await engine.index(run)
    return engine.context(run, { text: `Where is \`${word}\` used?`, budgets: [2000] })
  })
  if (!value.hits.some((hit) => hit.path === path))
    throw new EngineError('input', `The edit of ${path} is not found by search: please report this as a bug.`)
  return wall
}
