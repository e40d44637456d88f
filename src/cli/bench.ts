/**
 * `fovea bench`: measures this build on a folder, all in one run, so that the ratios mean the same on every machine.
 * The benches that plant something do so in a temporary copy. One file a bench, below `bench/`.
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

const RETRIEVAL_QUESTIONS = 40
const SEED = 1
const CHUNKS = 100_000
const MOST_CHUNKS = 2_000_000

/** They say what memory is held. */
const WEIGHED = new Set(['ingest', 'query', 'soak'])

type Measure = (parsed: Parsed, signal: AbortSignal) => Promise<void>

const MEASURES: Readonly<Record<string, Measure>> = {
  ingest: (parsed, signal) => inTemporaryFolder(async () => printRows(parsed, await benchIngest(parsed.dirs, signal))),
  query: (parsed, signal) =>
    inTemporaryFolder(async (folder) => {
      const items = numberOf(parsed, 'items', CHUNKS, MOST_CHUNKS)
      printRows(parsed, await benchQuery(parsed.dirs, { items }, folder, signal))
    }),
  retrieval: (parsed, signal) => inTemporaryFolder((folder) => retrieval(parsed, folder, signal)),
  centroids,
  ...Object.fromEntries(
    PLANTING.map((one): [string, Measure] => [
      one.name,
      (parsed, signal) => {
        const keep = effectiveTokensRecorder()
        return inTemporaryFolder((folder) => plantAndAsk(one, parsed, folder, signal, keep))
      },
    ]),
  ),
}

/** What a bench asks of a process of its own. */
const INNER: typeof MEASURES = {
  snapshot: ({ dirs, words }, signal) =>
    inTemporaryFolder(async () => print(JSON.stringify(await benchSnapshot(dirs, words.slice(1), signal)))),
}

export const bench: Command = {
  name: 'bench',
  summary: 'measure indexing, questions, retrieval, citations and safety on a folder',
  usage: Object.keys(MEASURES).join('|'),
  options: [
    ['--questions N', `retrieval: questions of each of three kinds (default ${RETRIEVAL_QUESTIONS})`],
    ['--ablate', 'retrieval: ask again without each ranking signal'],
    ['query', `--items N: chunks of the largest generated corpus, at most ${MOST_CHUNKS} (default ${CHUNKS})`],
    ['--verbose', 'list the questions, or all that failed'],
    ...PLANTING.map(
      ({ name, unit, items, summary }) => [`${name}`, `${summary}; --items N: ${unit} (default ${items})`] as const,
    ),
    ['--minutes N', `${PLANTING.filter(({ timed }) => timed).map(({ name }) => name)}: go on for so long instead`],
    ['--seed N', `other items of the same kind (default ${SEED})`],
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
    const measure = Object.entries({ ...MEASURES, ...INNER }).find(([name]) => name === parsed.words[0])?.[1]
    if (!measure) throw new UsageError(`Say what to measure: ${Object.keys(MEASURES).join(', ')}.`)
    if (WEIGHED.has(parsed.words[0]!) && process.env.MALLOC_ARENA_MAX === undefined) await asTheServer(args, signal)
    else await measure(parsed, signal)
  },
}

/** The same once more, in a process whose memory is kept as that of the editor's server is. */
async function asTheServer(args: readonly string[], signal: AbortSignal): Promise<void> {
  const child = fork(process.argv[1]!, ['bench', ...args], { env: { ...ALLOCATOR, ...process.env } })
  const stop = () => child.kill('SIGINT')
  signal.addEventListener('abort', stop)
  const [code] = await once(child, 'exit')
  signal.removeEventListener('abort', stop)
  // It has said why.
  if (code !== 0) process.exit(code ?? 1)
}

/** Holds all indexes, too; removed with all it holds whatever happens, the end of the process after Ctrl-C included. */
async function inTemporaryFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fovea-bench-')))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  process.once('exit', remove)
  process.env.FOVEA_HOME = join(folder, 'home')
  // LanceDB leaves folders of its own in the temporary folder.
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
  // The index is the user's own; only LanceDB's, which are compared, are temporary.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fovea-bench-')))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  process.once('exit', remove)
  await withEngine(parsed.dirs, async (engine) => {
    await refresh(engine, signal)
    const found = await benchCentroids(engine, folder, signal)
    print(parsed.json ? JSON.stringify(found) : centroidsText(found))
  }).finally(remove)
}

async function plantAndAsk(
  one: SubBench,
  parsed: Parsed,
  folder: string,
  signal: AbortSignal,
  recordEffectiveTokens: BenchSetting['recordEffectiveTokens'],
): Promise<void> {
  const dir = folderOf(parsed, one.name)
  const items = numberOf(parsed, 'items', one.items)
  const seed = numberOf(parsed, 'seed', SEED)
  const model = parsed.flag('offline') ? null : await configuredModel()
  const minutes = one.timed && parsed.text('minutes') !== undefined ? numberOf(parsed, 'minutes', 1) : undefined
  const setting = {
    ...{ dir, items, seed, folder, model, signal, recordEffectiveTokens },
    ...(minutes !== undefined && { minutes }),
  }
  const measured = await one.measure(setting)
  const asked = (note: string) => (note === NO_MODEL && parsed.flag('offline') ? NOT_ASKED : note)
  const found = { ...measured, notes: measured.notes.map(asked) }
  if (parsed.json) print(JSON.stringify({ bench: one.name, dir, seed, items, model: model?.name ?? null, ...found }))
  else print(benchText(one.name, setting, found, parsed.flag('verbose')))
}

function folderOf({ dirs: [dir = '.', ...more] }: Parsed, what: string): string {
  if (more.length) throw new UsageError(`bench ${what} measures one folder: give --dir once.`)
  return dir
}

function numberOf(parsed: Parsed, option: string, standard: number, most = 99_999): number {
  const text = parsed.text(option) ?? String(standard)
  if (/^[1-9]\d{0,8}$/.test(text) && Number(text) <= most) return Number(text)
  throw new UsageError(`--${option} ${text} is not a whole number from 1 to ${most}.`)
}
