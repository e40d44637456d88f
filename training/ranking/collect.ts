/**
 * Collects the features of each query's candidate chunks for `fit.ts`, one JSON lines file per tree. Each (repository,
 * commit) becomes a git worktree, so that history ends at the commit where the query was asked.
 *
 * usage: node tools/node24.mjs training/ranking/collect.ts QUERIES.jsonl IDS MIRRORS WORK [shard/of]
 * MIRRORS contains git directories as <owner>+<name>/repo; WORK keeps trees, indexes and features between runs.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openEngine } from '../../src/engine/engine.ts'
import { readLines, recordsOf } from '../../src/engine/ingest/ingest.ts'
import type { Corpus } from '../../src/engine/retrieve/corpus.ts'
import { topIndices } from '../../src/engine/retrieve/lexical.ts'
import { planQuery } from '../../src/engine/retrieve/plan-query.ts'
import { featuresOf } from '../../src/engine/retrieve/rank.ts'
import { openRetriever, type Retriever } from '../../src/engine/retrieve/retrieve.ts'
import { CHUNK_SIGNALS, FILE_SIGNALS, type Signals, searchCorpus } from '../../src/engine/retrieve/search.ts'
import { readStore } from '../../src/engine/store/store.ts'
import type { ReadLines } from '../../src/engine/types/source.ts'
import { resolveWorkspace } from '../../src/host/open.ts'

export interface Query {
  readonly id: string
  readonly set: string
  readonly kind: string
  readonly repo: string
  readonly commit: string
  readonly query: string
  readonly gold_files: readonly string[]
  readonly gold_lines?: readonly Range[]
  readonly gold_symbols?: readonly Range[]
  readonly gold_context?: readonly Range[]
}

interface Range {
  readonly file: string
  readonly start: number
  readonly end: number
}

/** A query's candidate chunks; row = [file, gold lines in the chunk, file is gold, prior, …features]. */
export interface Sample {
  readonly id: string
  readonly kind: string
  readonly repo: string
  readonly goldFiles: number
  readonly rows: readonly (readonly number[])[]
}

const log = { warn: (topic: string, message: string) => console.error(`${topic}: ${message}`) }
const ENV = { ...process.env, GIT_NO_LAZY_FETCH: '1' }

/** Candidates per signal: the best chunks, and the best files with [files, chunks of each]. */
const CHUNKS = { text: 220, body: 50, defined: 30, callee: 20, pastChunk: 30 } as const
const FILES = { wholeFile: [40, 4], chunks: [40, 4], past: [12, 4], mention: [5, 10], path: [12, 3] } as const

export function readQueries(file: string, ids: string): Query[] {
  const selected = new Set(readFileSync(ids, 'utf8').split(/\s+/))
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Query)
    .filter(({ id, set, gold_files }) => selected.has(id) && set !== 'deveval' && gold_files.length > 0)
}

/** Checks out a worktree of the commit, without blobs the mirror lacks; returns its folder. */
export function checkOut(mirrors: string, work: string, repo: string, commit: string): string {
  const name = repo.replace('/', '+')
  const bare = join(work, 'git', name)
  const folder = join(work, 'trees', `${name}-${commit.slice(0, 10)}`)
  const git = (...args: string[]) => execFileSync('git', args, { env: ENV, stdio: ['ignore', 'pipe', 'ignore'] })
  if (!existsSync(bare)) git('clone', '-q', '--bare', '--shared', join(mirrors, name, 'repo'), bare)
  if (!existsSync(folder)) {
    git('--git-dir', bare, 'worktree', 'add', '-q', '--no-checkout', '--detach', folder, commit)
    git('-C', folder, 'read-tree', 'HEAD')
    try {
      git('-C', folder, 'checkout-index', '-a', '-q')
    } catch {
      console.error(`${repo}: some files are absent from the mirror`)
    }
  }
  return folder
}

/** Opens the folder's index, making it first if needed. */
export async function openTree(folder: string) {
  const { ports, workspace } = await resolveWorkspace([folder], log)
  const engine = await openEngine(ports, workspace)
  await engine.index({ signal: new AbortController().signal, report: () => {} })
  await engine.close()
  const store = (await readStore({ folder: workspace.folder, lance: workspace.lanceSupport.usable, log }))!
  const tree = (await store.tree(workspace.roots.join('\n')))!
  const records = await recordsOf({ store, cache: new Map() }, tree)
  await store.close()
  const cache = new Map<string, readonly string[]>()
  const read = (file: number) => readLines(ports.files, { tree, records }, file, cache)
  return { ports, tree, retriever: await openRetriever(tree, records, ports.clock), read }
}

/** Gold lines of a query by file. */
export function evidenceOf(query: Query): Map<string, Set<number>> {
  const ranges = query.gold_context ?? (query.set === 'history' ? query.gold_symbols : query.gold_lines) ?? []
  const lines = new Map<string, Set<number>>()
  for (const { file, start, end } of ranges) {
    const set = lines.get(file) ?? new Set()
    for (let n = start; n <= end; n++) set.add(n)
    lines.set(file, set)
  }
  return lines
}

export async function sampleOf({ corpus, history }: Retriever, query: Query, read: ReadLines): Promise<Sample> {
  const plan = planQuery(query.query)
  const signals = await searchCorpus(corpus, plan, history, { read })
  // Chosen before `featuresOf` normalises the signals, which can create ties.
  const found = [...candidates(corpus, signals)]
  const { chunk: chunkFeatures, file: fileFeatures, prior } = featuresOf(corpus, plan, signals, new Set())
  const gold = evidenceOf(query)
  const rows = found.map((chunk) => {
    const file = corpus.fileOf[chunk]!
    const { path } = corpus.files[file]!
    const { firstLine, lastLine } = corpus.chunks[chunk]!
    const goldLines = [...(gold.get(path) ?? [])].filter((n) => n >= firstLine && n <= lastLine).length
    const features = [...chunkFeatures.map((values) => values[chunk]!), ...fileFeatures.map((values) => values[file]!)]
    return [
      file,
      goldLines,
      query.gold_files.includes(path) ? 1 : 0,
      prior[file]!,
      ...features.map((x) => Number(x.toFixed(4))),
    ]
  })
  return { id: query.id, kind: query.kind, repo: query.repo, goldFiles: query.gold_files.length, rows }
}

function candidates(corpus: Corpus, { chunk, file }: Signals): Set<number> {
  const found = new Set<number>()
  for (const name of CHUNK_SIGNALS)
    if (name in CHUNKS) for (const i of topIndices(chunk[name], CHUNKS[name as keyof typeof CHUNKS])) found.add(i)
  for (const name of FILE_SIGNALS) {
    const [files, each] = FILES[name as keyof typeof FILES] ?? [0, 0]
    for (const i of files ? topIndices(file[name], files) : [])
      for (const best of chunksOf(corpus, i, chunk.text).slice(0, each)) found.add(best)
  }
  return found
}

function chunksOf({ firstChunk }: Corpus, file: number, score: Float32Array): number[] {
  const all = Array.from({ length: firstChunk[file + 1]! - firstChunk[file]! }, (_, i) => firstChunk[file]! + i)
  return all.sort((a, b) => score[b]! - score[a]! || a - b)
}

async function main([queries = '', ids = '', mirrors = '', work = '', shard = '0/1']: readonly string[]) {
  process.env.FOVEA_HOME = join(work, 'home')
  for (const folder of ['git', 'trees', 'samples']) mkdirSync(join(work, folder), { recursive: true })
  const trees = Map.groupBy(readQueries(queries, ids), ({ repo, commit }) => `${repo} ${commit}`)
  const [part = 0, parts = 1] = shard.split('/').map(Number)
  let n = 0
  for (const [key, group] of trees) {
    if (n++ % parts !== part) continue
    const [repo = '', commit = ''] = key.split(' ')
    const out = join(work, 'samples', `${repo.replace('/', '+')}-${commit.slice(0, 10)}.jsonl`)
    if (existsSync(out)) continue
    const { retriever, read } = await openTree(checkOut(mirrors, work, repo, commit))
    const samples: string[] = []
    for (const query of group) samples.push(JSON.stringify(await sampleOf(retriever, query, read)))
    writeFileSync(`${out}.tmp`, samples.join('\n'))
    renameSync(`${out}.tmp`, out)
    console.error(`${repo} ${commit.slice(0, 8)}: ${group.length} queries, ${retriever.corpus.chunks.length} chunks`)
  }
}

if (import.meta.main) await main(process.argv.slice(2))
