/**
 * `fovea bench ingest`: what keeping an index costs, as ratios to a bare parse of the same files and to plain tools over
 * the same folders in the same run. Edits are put over the files as an editor's unsaved text is: nothing is written.
 */

import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Engine, Overlay } from '../engine/engine.ts'
import { symbolTableOf } from '../engine/measure.ts'
import { EngineError } from '../engine/types/run.ts'
import { stderrLog } from '../host/log.ts'
import { collectGarbage } from '../host/memory.ts'
import { openWorkspace, rootsOf } from '../host/open.ts'
import { bareParse, used } from '../host/workers.ts'
import { comparedWith, costOf, placesOf, quantile, type Rows, round } from './cost.ts'
import { sample } from './questions.ts'
import { say } from './setting.ts'

const EDITS = 9
const SWITCHED = 500
const SEED = 1
/** By then worker processes have ended. */
const REST_MS = 12_000
const LOOK_MS = 50

export async function benchIngest(dirs: readonly string[], signal: AbortSignal): Promise<Rows> {
  const run = { signal, report: () => {} }
  const roots = await rootsOf(dirs)
  say('bare parse')
  const parse = await costOf(() => bareParse(signal, roots))
  const source = parse.value
  if (source.files === 0)
    throw new EngineError('input', `There is no text in ${dirs.join(', ')}: choose another folder.`)
  const overlay = new Overlay()
  const engine = await openWorkspace(dirs, stderrLog, { overlay })
  try {
    say('cold index')
    const { peak, delay, ...cold } = await watched(() => costOf(() => engine.index(run)))
    say('again, edits, a branch switch')
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
      edits.push(await searchable(engine, overlay, signal, one, `qz${'abcdefghijkl'[i]}xvedit`))
    const switched = await costOf(() => {
      for (const { place } of places) change(overlay, place, 'switched')
      return engine.index(run)
    })
    const { bytes } = await engine.status()
    // As the server does when a large run is over.
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
      // Of the same files: it knows nothing of what is ignored.
      ...comparedWith(ours, 'ctags', ['-L', '-', '-f', '-'], all.join('\n')),
    }
  } finally {
    await engine.close()
  }
}

interface Watched {
  /** The most bytes that this process and its workers held together. */
  readonly peak: number
  /** How long this process was at one thing, nanoseconds: what a question that comes then waits for. */
  readonly delay: ReturnType<typeof monitorEventLoopDelay>
}

async function watched<T>(work: () => Promise<T>): Promise<T & Watched> {
  let peak = 0
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const look = () => {
    let now = process.memoryUsage.rss()
    for (const bytes of used.living.values()) now += bytes
    peak = Math.max(peak, now)
  }
  const timer = setInterval(look, LOOK_MS)
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

/** Milliseconds from an edit until a question finds it. */
async function searchable(
  engine: Engine,
  overlay: Overlay,
  signal: AbortSignal,
  { path, place }: { readonly path: string; readonly place: string },
  word: string,
): Promise<number> {
  const run = { signal, report: () => {} }
  change(overlay, place, word)
  const { wall, value } = await costOf(async () => {
    if (!(await engine.applyEdits(run, [place]))) await engine.index(run)
    return engine.context(run, { text: `Where is \`${word}\` used?`, budgets: [2000] })
  })
  if (!value.hits.some((hit) => hit.path === path))
    throw new EngineError('input', `${path} was edited and is not found: report this.`)
  return wall
}
