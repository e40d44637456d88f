/**
 * `fovea bench ingest` and `query`: what indexing and questions cost, as ratios to plain tools over the same folders in
 * the same run: a bare parse, and `rg`, `grep` and `ctags` where they are installed.
 */
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { bareParse, openWorkspace } from '../../host/open.ts'
import { log } from '../command.ts'

const QUESTIONS = 60
const BUDGET = 32_000

interface Cost {
  readonly wall: number
  /** Of all threads, user and system, milliseconds. */
  readonly cpu: number
}

export type Rows = Record<string, string | number>

export async function benchIngest(dirs: readonly string[], signal: AbortSignal): Promise<Rows> {
  const run = { signal, report: () => {} }
  const parse = await costOf(() => bareParse(run, dirs))
  const engine = await openWorkspace(dirs, log)
  const cold = await costOf(() => engine.index(run))
  // Resident memory is the whole process's, its threads included; the bare parse came before.
  const memory = process.resourceUsage().maxRSS / 1024
  const warm = await costOf(() => engine.index(run))
  const { bytes } = await engine.status()
  await engine.close()
  const { files, chunks } = cold.value
  return {
    files,
    chunks,
    'source, MB': round(parse.value / 1e6),
    'bare parse, s of cpu': round(parse.cpu / 1000),
    'cold index, s': round(cold.wall / 1000),
    'cold index, s of cpu': round(cold.cpu / 1000),
    'cold cpu / bare parse': round(cold.cpu / parse.cpu),
    'warm, s': round(warm.wall / 1000),
    'warm, s for 10000 files': round((warm.wall / 1000 / files) * 10_000),
    'peak memory, MB': Math.round(memory),
    'index / source bytes': round(bytes / parse.value),
    ...tools(dirs, cold.wall),
  }
}

/** Questions made of the tree's own clusters, against one `rg` pass. */
export async function benchQuery(dirs: readonly string[], signal: AbortSignal): Promise<Rows> {
  const run = { signal, report: () => {} }
  const engine = await openWorkspace(dirs, log)
  const { chunks } = await engine.index(run)
  const { clusters } = await engine.map()
  const labels = clusters.map(({ label, medoid }) => `How does ${medoid.name} handle ${label.join(' ')}?`)
  const step = Math.max(1, Math.floor(labels.length / QUESTIONS))
  const times: number[] = []
  // The first question also loads the records.
  await engine.context(run, { text: 'warm up', budgets: [BUDGET] })
  for (const text of labels.filter((_, i) => i % step === 0).slice(0, QUESTIONS)) {
    const cost = await costOf(() => engine.context(run, { text, budgets: [BUDGET] }))
    times.push(cost.wall)
  }
  await engine.close()
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return {
    chunks,
    questions: times.length,
    'p50, ms': Math.round(at(0.5)),
    'p95, ms': Math.round(at(0.95)),
    ...tools(dirs, at(0.95)),
  }
}

async function costOf<T>(work: () => Promise<T>): Promise<Cost & { readonly value: T }> {
  const [wall, cpu] = [performance.now(), process.cpuUsage()]
  const value = await work()
  const used = process.cpuUsage(cpu)
  return { value, wall: performance.now() - wall, cpu: (used.user + used.system) / 1000 }
}

/** What plain tools take for one pass over the same folders, or that they are missing. */
function tools(dirs: readonly string[], ours: number): Rows {
  const folders = dirs.map((dir) => resolve(dir))
  const commands: Record<string, readonly string[]> = {
    rg: ['--count-matches', '--no-messages', 'the|handle|error', ...folders],
    grep: ['-rIc', 'handle', ...folders],
    ctags: ['-R', '-f', '-', ...folders],
  }
  return Object.fromEntries(
    Object.entries(commands).map(([name, args]) => {
      const began = performance.now()
      try {
        execFileSync(name, args, { stdio: 'ignore' })
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'ENOENT') return [`ours / ${name}`, `${name} is not installed: not compared`]
      }
      const wall = performance.now() - began
      return [`ours / ${name}`, `${round(ours / wall)} (${Math.round(wall)} ms)`]
    }),
  )
}

const round = (x: number): number => Number(x.toPrecision(3))
