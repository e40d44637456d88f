/**
 * Compares Fovea with other ways to find context: the same trees, questions, token budgets and tokenizer for all.
 * Writes `docs/benchmarks.md` and its charts; everything else, including packages from npm, goes to a folder outside
 * the repository.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { latencyChart, linesChart } from './charts.ts'
import type { Peer } from './peer.ts'
import { PEERS } from './peers.ts'
import { drawSample, type Query, RULE, readQueries, treeOf } from './sample.ts'
import { BUDGETS, goldLines, type Score, scoreAnswer } from './score.ts'
import { type Report, type Row, reportText } from './table.ts'
import { hasMirror, Tree, writeTree } from './tree.ts'
import type { Job, Outcome } from './worker.ts'

const USAGE = `usage: node tools/node24.mjs tools/peers/compare.ts --queries FILE.jsonl --mirrors FOLDER
  --ids FILE        only these queries
  --sample N        number of queries (default 60; 0: all)
  --seed S          seed of the sample (default 1)
  --only a,b        only these peers: ${PEERS.map(({ id }) => id).join(', ')}
  --cache FOLDER    packages, trees and results (default: fovea-peers in the temporary folder)
  --minutes N       start no further tree after N minutes; the page says how many queries were asked
  --resume          reuse the results of an earlier run with the same sample
  --out FOLDER      where the page and its charts are written (default docs)`
/** A peer that takes longer for one tree and its questions counts as having no answer. */
const TIMEOUT_MS = 240_000
const MAX_REASON_CHARS = 160

const logProgress = (text: string): boolean => process.stderr.write(`${text}\n`)

interface Settings {
  readonly queries: readonly Query[]
  readonly mirrors: string
  readonly cache: string
  readonly results: string
  /** `performance.now()` after which no further tree is started. */
  readonly until: number
}

function readOptions() {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: {
      queries: text,
      ids: text,
      mirrors: text,
      sample: text,
      seed: text,
      only: text,
      cache: text,
      out: text,
      minutes: text,
      resume: { type: 'boolean' },
    },
  })
  const { queries, mirrors } = values
  if (!queries || !mirrors) throw new Error(USAGE)
  return {
    ...values,
    queries,
    mirrors,
    sample: Number(values.sample ?? 60),
    seed: Number(values.seed ?? 1),
    minutes: Number(values.minutes ?? Number.POSITIVE_INFINITY),
  }
}

async function main(): Promise<void> {
  const given = readOptions()
  const only = given.only?.split(',')
  const peers = PEERS.filter(({ id }) => !only || only.includes(id))
  const all = readQueries(given.queries, given.ids)
  const present = all.filter(({ repo }) => hasMirror(given.mirrors, repo))
  const drawn = drawSample(present, given.sample, given.seed)
  if (drawn.length === 0) throw new Error('No query is left to ask: check --queries, --ids and --mirrors.')
  const cache = resolve(given.cache ?? join(tmpdir(), 'fovea-peers'))
  const key = createHash('sha256')
    .update(drawn.map(({ id }) => id).join(' '))
    .digest('hex')
    .slice(0, 12)
  const results = join(cache, 'results', key)
  if (!given.resume) rmSync(results, { recursive: true, force: true })
  mkdirSync(results, { recursive: true })
  mkdirSync(join(cache, 'trees'), { recursive: true })
  const until = performance.now() + given.minutes * 60_000
  const { rows, queries } = await measure(peers, { queries: drawn, mirrors: given.mirrors, cache, results, until })
  const report: Report = {
    rows,
    date: new Date().toISOString().slice(0, 10),
    machine: `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? '?'}), ${Math.round(totalmem() / 2 ** 30)} GB of memory, ${process.platform}-${process.arch}, Node ${process.versions.node}`,
    trees: treesOf(cache, queries),
    queries: queries.length,
    drawn: drawn.length,
    lined: queries.filter((query) => goldLines(query).size > 0).length,
    kinds: Object.entries(Object.groupBy(queries, ({ kind }) => kind)).map(([kind, own]) => `${own?.length} ${kind}s`),
    sampling: given.sample ? `${RULE}; seed ${given.seed}, of ${present.length}` : 'all of them',
    withoutMirror: all.length - present.length,
    command: commandOf(given),
  }
  const out = resolve(given.out ?? join(import.meta.dirname, '..', '..', 'docs'))
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, 'benchmarks.md'), reportText(report))
  writeFileSync(join(out, 'peers-lines.svg'), linesChart(rows))
  writeFileSync(join(out, 'peers-latency.svg'), latencyChart(rows))
  logProgress(`wrote ${join(out, 'benchmarks.md')}`)
}

/** The command line to print on the page, without folders of this machine. */
function commandOf(given: ReturnType<typeof readOptions>): string {
  const { queries, ids, sample, seed, only, minutes } = given
  return [
    'node tools/node24.mjs tools/peers/compare.ts',
    `--queries ${basename(queries)}`,
    ids ? `--ids ${basename(ids)}` : '',
    `--mirrors FOLDER --sample ${sample} --seed ${seed}${Number.isFinite(minutes) ? ` --minutes ${minutes}` : ''}`,
    only ? `--only ${only}` : '',
  ]
    .filter(Boolean)
    .join(' ')
}

/** Measures tree by tree, each peer in turn, so that other load on the machine affects all peers alike. */
async function measure(peers: readonly Peer[], settings: Settings): Promise<{ rows: Row[]; queries: Query[] }> {
  const rows: Row[] = []
  // Sequentially, because two of them install the same package.
  for (const peer of peers) rows.push(await rowOf(peer, settings.cache))
  const trees = [...Map.groupBy(settings.queries, treeOf)]
  const homes = join(settings.cache, 'homes')
  rmSync(homes, { recursive: true, force: true })
  const done: Query[] = []
  for (const [i, [tree, queries]] of trees.entries()) {
    if (performance.now() > settings.until) break
    done.push(...queries)
    const root = join(settings.cache, 'trees', tree)
    writeTree(settings.mirrors, queries[0]!.repo, queries[0]!.commit, root)
    for (const row of rows.filter(({ missing }) => !missing)) {
      const outcome = await outcomeOf(row, tree, queries, settings)
      if ('error' in outcome) row.failures.push(`${queries[0]!.repo}: ${outcome.error}`)
      else {
        row.startMs += outcome.startMs
        row.diskBytes += outcome.diskBytes
        row.peakBytes = Math.max(row.peakBytes, outcome.peakBytes)
      }
      const scored = queries.map((query) =>
        scoreAnswer(query, ('error' in outcome ? undefined : outcome.answers[query.id]) ?? null),
      )
      row.scores.push(...scored)
      logProgress(`${i + 1}/${trees.length} ${tree} ${row.peer.id}: ${lineOf(outcome, scored)}`)
    }
  }
  rmSync(homes, { recursive: true, force: true })
  return { rows, queries: done }
}

function lineOf(outcome: Outcome | Failure, scores: readonly Score[]): string {
  if ('error' in outcome) return `FAILED: ${outcome.error}`
  const found = scores.map(({ recall10 }) => recall10.toFixed(2)).join(' ')
  return `start ${(outcome.startMs / 1000).toFixed(1)} s, R@10 ${found}, ${scores.map(({ ms }) => Math.round(ms ?? 0)).join(' ')} ms`
}

async function rowOf(peer: Peer, cache: string): Promise<Row> {
  const row = { peer, scores: [], failures: [], startMs: 0, diskBytes: 0, peakBytes: 0 }
  try {
    const version = await peer.version(cache)
    return { ...row, ...(version && { version }) }
  } catch (error) {
    const missing = `not installed: not measured (${(error as Error).message.split('\n')[0]})`
    logProgress(`${peer.id}: ${missing}`)
    return { ...row, missing }
  }
}

interface Failure {
  readonly error: string
}

async function outcomeOf(
  { peer }: Row,
  tree: string,
  queries: readonly Query[],
  { cache, results }: Settings,
): Promise<Outcome | Failure> {
  const out = join(results, `${tree}--${peer.id}.json`)
  if (!existsSync(out)) {
    const job: Job = {
      peer: peer.id,
      root: join(cache, 'trees', tree),
      cache,
      budgets: BUDGETS,
      queries: queries.map(({ id, query }) => ({ id, text: query })),
      out,
    }
    const file = join(results, 'job.json')
    writeFileSync(file, JSON.stringify(job))
    const error = await runWorker(file, join(cache, 'homes'))
    // The page must not name folders of this machine.
    if (!existsSync(out)) return { error: error.replaceAll(cache, '').slice(0, MAX_REASON_CHARS) }
  }
  return JSON.parse(readFileSync(out, 'utf8')) as Outcome
}

/** Runs the job in a worker process and returns how it ended; the worker writes its results to a file. */
function runWorker(file: string, home: string): Promise<string> {
  const args = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'worker.ts'), file]
  const env = { ...process.env, FOVEA_HOME: home }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS)
  let stderr = ''
  child.stderr.on('data', (data: Buffer) => {
    stderr = `${stderr}${data}`.slice(-4000)
  })
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      const reason = /^\w*Error.*$/m.exec(stderr)?.[0] ?? `exit ${code ?? signal}`
      resolve(signal === 'SIGKILL' ? `no answer within ${TIMEOUT_MS / 1000} s` : reason)
    })
  })
}

function treesOf(cache: string, queries: readonly Query[]): Report['trees'] {
  let [files, lines, bytes] = [0, 0, 0]
  const trees = new Set(queries.map(treeOf))
  for (const tree of trees)
    for (const file of new Tree(join(cache, 'trees', tree)).files()) {
      files++
      lines += file.lines.length
      bytes += Buffer.byteLength(file.text)
    }
  return { count: trees.size, repositories: new Set(queries.map(({ repo }) => repo)).size, files, lines, bytes }
}

await main().catch((error: unknown) => {
  logProgress(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
})
