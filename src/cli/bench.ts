/**
 * `fovea bench`: measures this build on a folder against plain tools, all in one run, so that the ratios mean the
 * same on every machine. `ingest`: a bare parse of the same files, and `rg` and `ctags` where they are installed.
 * `query`: questions made of the tree's own clusters against one `rg` pass. `retrieval`: how much of what questions
 * are about is found. `centroids`: what dense search finds and costs when it looks only at the nearest clusters, on the
 * folder's own index. See `bench/`.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { bareParse, openWorkspace } from '../host/open.ts'
import { benchCentroids, centroidsText } from './bench/centroids.ts'
import { benchRetrieval } from './bench/retrieval.ts'
import { reportText } from './bench/table.ts'
import {
  COMMON,
  type Command,
  log,
  type Parsed,
  parseCommand,
  print,
  refresh,
  UsageError,
  withEngine,
} from './command.ts'

const QUESTIONS = 60
const BUDGET = 32_000

interface Cost {
  readonly wall: number
  /** Of all threads, user and system, milliseconds. */
  readonly cpu: number
}

const RETRIEVAL_QUESTIONS = 40

export const bench: Command = {
  name: 'bench',
  summary: 'measure indexing, questions, retrieval and the pruning of dense search on a folder',
  usage: 'ingest|query|retrieval|centroids',
  options: [
    ['--questions N', `retrieval: questions of each of three kinds (default ${RETRIEVAL_QUESTIONS})`],
    ['--ablate', 'retrieval: ask again without each ranking signal'],
    ['--verbose', 'retrieval: list the questions'],
    ...COMMON,
  ],
  async run(args, signal) {
    const parsed = parseCommand(args, {
      questions: { type: 'string' },
      ablate: { type: 'boolean' },
      verbose: { type: 'boolean' },
    })
    const [what] = parsed.words
    if (what !== 'ingest' && what !== 'query' && what !== 'retrieval' && what !== 'centroids')
      throw new UsageError('Say what to measure: ingest, query, retrieval or centroids.')
    if (what === 'centroids') return centroids(parsed, signal)
    await inTemporaryFolder(async (folder) => {
      process.env.FOVEA_HOME = join(folder, 'home')
      // LanceDB leaves folders of its own in the temporary folder.
      for (const name of ['TMPDIR', 'TMP', 'TEMP']) process.env[name] = folder
      if (what === 'retrieval') return retrieval(parsed, folder, signal)
      const rows = await (what === 'ingest' ? ingest : query)(parsed.dirs, signal)
      if (parsed.json) print(JSON.stringify(rows))
      else for (const [name, value] of Object.entries(rows)) print(`${name.padEnd(34)} ${value}`)
    })
  },
}

/** Removed with all it holds whatever happens, the end of the process after Ctrl-C included. */
async function inTemporaryFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fovea-bench-')))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  process.once('exit', remove)
  try {
    await work(folder)
  } finally {
    process.off('exit', remove)
    remove()
  }
}

async function retrieval(parsed: Parsed, folder: string, signal: AbortSignal): Promise<void> {
  const [dir = '.', ...more] = parsed.dirs
  if (more.length) throw new UsageError('bench retrieval measures one folder: give --dir once.')
  const text = parsed.text('questions') ?? String(RETRIEVAL_QUESTIONS)
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new UsageError(`--questions ${text} is not a whole number from 1 to 99999.`)
  const found = await benchRetrieval({ dir, questions: Number(text), ablate: parsed.flag('ablate'), folder }, signal)
  print(parsed.json ? JSON.stringify(found) : reportText(found, parsed.flag('verbose')))
}

async function centroids(parsed: Parsed, signal: AbortSignal): Promise<void> {
  await withEngine(parsed.dirs, async (engine) => {
    await refresh(engine, signal)
    const found = await benchCentroids(engine, signal)
    print(parsed.json ? JSON.stringify(found) : centroidsText(found))
  })
}

type Rows = Record<string, string | number>

async function ingest(dirs: readonly string[], signal: AbortSignal): Promise<Rows> {
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

async function query(dirs: readonly string[], signal: AbortSignal): Promise<Rows> {
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
