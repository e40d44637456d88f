/**
 * `fovea bench`: measures this build on a folder. Everything compared is measured in the same run, so that the ratios
 * are comparable across machines. Benches that plant code do so in a temporary copy. The benches themselves are in
 * `src/bench`.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type BenchSetting,
  benchCentroids,
  benchIngest,
  benchQuery,
  benchRetrieval,
  benchSnapshot,
  benchText,
  centroidsText,
  NO_MODEL,
  NOT_ASKED,
  PLANTING,
  type Rows,
  reportText,
  type SubBench,
} from '../bench/bench.ts'
import { ALLOCATOR } from '../host/allocator.ts'
import { effectiveTokensRecorder } from '../host/calibrate.ts'
import { configuredModel } from '../host/open.ts'
import {
  COMMON,
  type Command,
  MODEL_OPTIONS,
  type Parsed,
  parseCommand,
  print,
  refresh,
  UsageError,
  withEngine,
} from './command.ts'

/** Default number of questions per generator. */
const RETRIEVAL_QUESTIONS = 40
const SEED = 1
/** Default and maximum size of the largest generated corpus of `bench query`. */
const CHUNKS = 100_000
const MAX_CHUNKS = 2_000_000

/** Benches that report memory; they run with the server's allocator settings (`host/allocator.ts`). */
const MEMORY_BENCHES = new Set(['ingest', 'query', 'soak'])

type Measure = (parsed: Parsed, signal: AbortSignal) => Promise<void>

const MEASURES: Readonly<Record<string, Measure>> = {
  ingest: (parsed, signal) => inTemporaryFolder(async () => printRows(parsed, await benchIngest(parsed.dirs, signal))),
  query: (parsed, signal) =>
    inTemporaryFolder(async (folder) => {
      const items = numberOf(parsed, 'items', CHUNKS, MAX_CHUNKS)
      printRows(parsed, await benchQuery(parsed.dirs, { items }, folder, signal))
    }),
  retrieval: (parsed, signal) => inTemporaryFolder((folder) => retrieval(parsed, folder, signal)),
  centroids,
  ...Object.fromEntries(
    PLANTING.map((one): [string, Measure] => [
      one.name,
      (parsed, signal) => {
        // Made before FOVEA_HOME moves to the temporary folder, so that the figure is stored in the user's folder.
        const recordEffectiveTokens = effectiveTokensRecorder()
        return inTemporaryFolder((folder) => runSubBench(one, parsed, { folder, signal, recordEffectiveTokens }))
      },
    ]),
  ),
}

/** Internal measures that a bench runs in a separate process. */
const INTERNAL: typeof MEASURES = {
  snapshot: ({ dirs, words }, signal) =>
    inTemporaryFolder(async () => print(JSON.stringify(await benchSnapshot(dirs, words.slice(1), signal)))),
}

export const bench: Command = {
  name: 'bench',
  summary: 'measure indexing, questions, retrieval, citations and safety on a folder',
  usage: Object.keys(MEASURES).join('|'),
  options: [
    ['--questions N', `retrieval: questions of each of three kinds (default ${RETRIEVAL_QUESTIONS})`],
    ['--ablate', 'retrieval: repeat the questions without each ranking signal'],
    ['query', `--items N: chunks of the largest generated corpus, at most ${MAX_CHUNKS} (default ${CHUNKS})`],
    ['--verbose', 'list all questions, or all failures'],
    ...PLANTING.map(
      ({ name, unit, items, summary }) => [`${name}`, `${summary}; --items N: ${unit} (default ${items})`] as const,
    ),
    [
      '--minutes N',
      `${PLANTING.filter(({ timed }) => timed).map(({ name }) => name)}: run this long instead of --items`,
    ],
    ['--seed N', `seed of the random sample (default ${SEED})`],
    ...MODEL_OPTIONS,
    ...COMMON,
  ],
  async run(args, signal) {
    const parsed = parseCommand(args, {
      questions: { type: 'string' },
      ablate: { type: 'boolean' },
      verbose: { type: 'boolean' },
      items: { type: 'string' },
      minutes: { type: 'string' },
      seed: { type: 'string' },
      offline: { type: 'boolean' },
    })
    const measure = Object.entries({ ...MEASURES, ...INTERNAL }).find(([name]) => name === parsed.words[0])?.[1]
    if (!measure) throw new UsageError(`Choose what to measure: ${Object.keys(MEASURES).join(', ')}.`)
    const isMemoryBench = MEMORY_BENCHES.has(parsed.words[0]!)
    if (isMemoryBench && process.env.MALLOC_ARENA_MAX === undefined) await rerunWithAllocator(args, signal)
    else await measure(parsed, signal)
  },
}

/** Runs the same command in a child process with the allocator settings of the editor's server. */
async function rerunWithAllocator(args: readonly string[], signal: AbortSignal): Promise<void> {
  const child = fork(process.argv[1]!, ['bench', ...args], { env: { ...ALLOCATOR, ...process.env } })
  const stop = () => child.kill('SIGINT')
  signal.addEventListener('abort', stop)
  const [code] = await once(child, 'exit')
  signal.removeEventListener('abort', stop)
  // The child has printed the reason.
  if (code !== 0) process.exit(code ?? 1)
}

/**
 * Runs `work` with a temporary folder that also holds all indexes; it is removed in any case, also when Ctrl-C ends
 * the process.
 */
async function inTemporaryFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fovea-bench-')))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  process.once('exit', remove)
  process.env.FOVEA_HOME = join(folder, 'home')
  // LanceDB leaves folders behind in the system's temporary folder.
  for (const name of ['TMPDIR', 'TMP', 'TEMP']) process.env[name] = folder
  try {
    await work(folder)
  } finally {
    process.off('exit', remove)
    remove()
  }
}

function printRows({ json }: Parsed, rows: Rows): void {
  if (json) print(JSON.stringify(rows))
  else for (const [name, value] of Object.entries(rows)) print(`${name.padEnd(34)} ${value}`)
}

async function retrieval(parsed: Parsed, folder: string, signal: AbortSignal): Promise<void> {
  const dir = folderOf(parsed, 'retrieval')
  const questions = numberOf(parsed, 'questions', RETRIEVAL_QUESTIONS)
  const found = await benchRetrieval({ dir, questions, ablate: parsed.flag('ablate'), folder }, signal)
  print(parsed.json ? JSON.stringify(found) : reportText(found, parsed.flag('verbose')))
}

async function centroids(parsed: Parsed, signal: AbortSignal): Promise<void> {
  // Uses the user's own index; only the LanceDB indexes it is compared with are temporary.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fovea-bench-')))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  process.once('exit', remove)
  await withEngine(parsed.dirs, async (engine) => {
    await refresh(engine, signal)
    const found = await benchCentroids(engine, folder, signal)
    print(parsed.json ? JSON.stringify(found) : centroidsText(found))
  }).finally(remove)
}

async function runSubBench(
  one: SubBench,
  parsed: Parsed,
  given: Pick<BenchSetting, 'folder' | 'signal' | 'recordEffectiveTokens'>,
): Promise<void> {
  const dir = folderOf(parsed, one.name)
  const items = numberOf(parsed, 'items', one.items)
  const seed = numberOf(parsed, 'seed', SEED)
  const model = parsed.flag('offline') ? null : await configuredModel()
  const minutes = one.timed && parsed.text('minutes') !== undefined ? numberOf(parsed, 'minutes', 1) : undefined
  const setting = {
    ...{ dir, items, seed, model, ...given },
    ...(minutes !== undefined && { minutes }),
  }
  const measured = await one.measure(setting)
  const offlineNote = (note: string) => (note === NO_MODEL && parsed.flag('offline') ? NOT_ASKED : note)
  const report = { ...measured, notes: measured.notes.map(offlineNote) }
  if (parsed.json) print(JSON.stringify({ bench: one.name, dir, seed, items, model: model?.name ?? null, ...report }))
  else print(benchText(one.name, setting, report, parsed.flag('verbose')))
}

function folderOf({ dirs: [dir = '.', ...more] }: Parsed, bench: string): string {
  if (more.length) throw new UsageError(`bench ${bench} measures one folder: give --dir once.`)
  return dir
}

function numberOf(parsed: Parsed, option: string, fallback: number, max = 99_999): number {
  const text = parsed.text(option) ?? String(fallback)
  if (/^[1-9]\d{0,8}$/.test(text) && Number(text) <= max) return Number(text)
  throw new UsageError(`--${option} must be a whole number from 1 to ${max}, not ${text}.`)
}
