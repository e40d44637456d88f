/**
 * Fits the ranking weights from the features of `collect.ts`: two linear heads, each by softmax cross-entropy over a
 * query's candidates with an L2 penalty; the priors of roles are fixed. Prints ranking figures cross-validated by
 * repository, so no repository is scored with weights it helped to fit. `--write` writes
 * `src/engine/retrieve/ranking-weights.ts`, `--folds` writes the weights of each fold for `evaluate.ts`.
 *
 * usage: node tools/node24.mjs training/ranking/fit.ts WORK [--without signal,…] [--folds] [--write]
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHUNK_SIGNALS, FILE_SIGNALS } from '../../src/engine/retrieve/search.ts'
import type { Sample } from './collect.ts'

const NAMES = [...CHUNK_SIGNALS, ...FILE_SIGNALS]
/** Index of the first feature in a sample's row. */
const FIRST_FEATURE = 4
const FOLDS = 7
const L2 = 1e-2
const STEPS = 400
/** Gold lines in a chunk that count as full evidence. */
const FULL_EVIDENCE_LINES = 5

interface Case {
  readonly sample: Sample
  /** Features, rows × NAMES.length. */
  readonly x: Float64Array
  readonly prior: Float64Array
  readonly target: Float64Array
}

interface Scored {
  readonly kind: string
  readonly repo: string
  readonly mrr: number
  readonly recall: readonly number[]
}

function caseOf(sample: Sample, off: ReadonlySet<string>, head: 'chunk' | 'file'): Case {
  const rows = head === 'chunk' ? sample.rows : bestOfFiles(sample.rows)
  const x = new Float64Array(rows.length * NAMES.length)
  rows.forEach((row, i) => {
    NAMES.forEach((name, j) => {
      x[i * NAMES.length + j] = off.has(name) ? 0 : row[FIRST_FEATURE + j]!
    })
  })
  const target = Float64Array.from(rows, (row) =>
    head === 'chunk' ? Math.min(1, row[1]! / FULL_EVIDENCE_LINES) : row[2]!,
  )
  const sum = target.reduce((a, b) => a + b, 0)
  return { sample, x, prior: Float64Array.from(rows, (row) => row[3]!), target: target.map((t) => (sum ? t / sum : 0)) }
}

/** One row per file: the maximum of each feature over its chunks. */
function bestOfFiles(rows: Sample['rows']): number[][] {
  const files = new Map<number, number[]>()
  for (const row of rows) {
    const best = files.get(row[0]!)
    if (best)
      row.forEach((value, i) => {
        best[i] = Math.max(best[i]!, value)
      })
    else files.set(row[0]!, [...row])
  }
  return [...files.values()]
}

/** Fits the weights with Adam on the full batch; features are scaled to unit deviation during the fit. */
function fit(cases: readonly Case[]): number[] {
  const used = cases.filter(({ target }) => target.some((t) => t > 0))
  const n = NAMES.length
  const scale = deviations(used)
  const w = new Float64Array(n)
  const [m, v] = [new Float64Array(n), new Float64Array(n)]
  for (let step = 1; step <= STEPS; step++) {
    const gradient = w.map((weight) => 2 * L2 * weight)
    for (const { x, prior, target } of used) {
      const p = softmax(prior.map((base, i) => base + dot(x, i * n, w, scale)))
      for (let i = 0; i < p.length; i++) {
        const error = (p[i]! - target[i]!) / used.length
        if (Math.abs(error) > 1e-9) for (let j = 0; j < n; j++) gradient[j]! += (error * x[i * n + j]!) / scale[j]!
      }
    }
    const rate = 0.1 * (1 - step / (STEPS + 1))
    for (let j = 0; j < n; j++) {
      m[j] = 0.9 * m[j]! + 0.1 * gradient[j]!
      v[j] = 0.99 * v[j]! + 0.01 * gradient[j]! ** 2
      w[j]! -= (rate * m[j]!) / (1 - 0.9 ** step) / (Math.sqrt(v[j]! / (1 - 0.99 ** step)) + 1e-9)
    }
  }
  return Array.from(w, (weight, j) => weight / scale[j]!)
}

function deviations(cases: readonly Case[]): Float64Array {
  const n = NAMES.length
  const [sum, square] = [new Float64Array(n), new Float64Array(n)]
  let rows = 0
  for (const { x } of cases) {
    rows += x.length / n
    x.forEach((value, i) => {
      sum[i % n]! += value
      square[i % n]! += value * value
    })
  }
  return sum.map((total, j) => Math.sqrt(Math.max(0, square[j]! / rows - (total / rows) ** 2)) + 1e-6)
}

function dot(x: Float64Array, at: number, w: ArrayLike<number>, scale: Float64Array | null): number {
  let sum = 0
  for (let j = 0; j < NAMES.length; j++) sum += (w[j]! * x[at + j]!) / (scale ? scale[j]! : 1)
  return sum
}

function softmax(scores: Float64Array): Float64Array {
  const max = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const powers = scores.map((score) => Math.exp(score - max))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / sum)
}

/** Assigns repositories to folds of similar size, the largest first. */
function foldsOf(samples: readonly Sample[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { repo } of samples) counts.set(repo, (counts.get(repo) ?? 0) + 1)
  const load = new Array<number>(FOLDS).fill(0)
  const folds = new Map<string, number>()
  for (const [repo, n] of [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))) {
    const fold = load.indexOf(Math.min(...load))
    folds.set(repo, fold)
    load[fold]! += n
  }
  return folds
}

function score({ sample, x, prior }: Case, w: readonly number[]): Scored {
  const rows = bestOfFiles(sample.rows)
  const order = rows
    .map((row, i) => ({ gold: row[2]! > 0, score: prior[i]! + dot(x, i * NAMES.length, w, null) }))
    .sort((a, b) => b.score - a.score)
  const first = order.findIndex(({ gold }) => gold)
  const recall = [1, 5, 10].map((k) => order.slice(0, k).filter(({ gold }) => gold).length / sample.goldFiles)
  return { kind: sample.kind, repo: sample.repo, mrr: first < 0 ? 0 : 1 / (first + 1), recall }
}

function print(name: string, rows: readonly Scored[]): void {
  const mean = (of: (row: Scored) => number) => (rows.reduce((sum, row) => sum + of(row), 0) / rows.length).toFixed(3)
  const recall = [0, 1, 2].map((i) => mean((row) => row.recall[i]!))
  console.log(
    `${name.padEnd(24)} ${String(rows.length).padStart(4)}  MRR ${mean((row) => row.mrr)}  R@1/5/10 ${recall.join(' ')}`,
  )
}

function main([work = '', ...flags]: readonly string[]): void {
  const folder = join(work, 'samples')
  const samples = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as Sample)
  const without = flags.indexOf('--without')
  const off = new Set(without < 0 ? [] : (flags[without + 1] ?? '').split(','))
  const files = samples.map((sample) => caseOf(sample, off, 'file'))
  const chunks = samples.map((sample) => caseOf(sample, off, 'chunk'))
  const folds = foldsOf(samples)
  const scored: Scored[] = []
  const heads: Record<string, unknown> = {}
  for (let fold = 0; fold < FOLDS; fold++) {
    const inFold = ({ sample }: Case) => folds.get(sample.repo) === fold
    const file = fit(files.filter((one) => !inFold(one)))
    scored.push(...files.filter(inFold).map((one) => score(one, file)))
    if (!flags.includes('--folds')) continue
    const chunk = fit(chunks.filter((one) => !inFold(one)))
    for (const [repo, its] of folds) if (its === fold) heads[repo] = { chunk: headOf(chunk), file: headOf(file) }
  }
  print('all, cross-validated', scored)
  for (const [kind, rows] of Map.groupBy(scored, (row) => row.kind)) print(kind, rows)
  for (const [repo, rows] of Map.groupBy(scored, (row) => row.repo)) print(repo, rows)
  if (flags.includes('--folds')) writeFileSync(join(work, 'folds.json'), JSON.stringify(heads))
  if (!flags.includes('--write')) return
  const text = `${HEADER}export const WEIGHTS: Weights = {\n  chunk: ${objectOf(fit(chunks))},\n  file: ${objectOf(fit(files))},\n}\n`
  writeFileSync(join(import.meta.dirname, '../../src/engine/retrieve/ranking-weights.ts'), text)
}

const headOf = (w: readonly number[]) => Object.fromEntries(NAMES.map((name, j) => [name, Number(w[j]!.toFixed(2))]))
const objectOf = (w: readonly number[]) =>
  `{\n${Object.entries(headOf(w))
    .map(([name, value]) => `    ${name}: ${value},`)
    .join('\n')}\n  }`

const HEADER = `/** Weights of the two heads, written by \`training/ranking/fit.ts\`; not edited by hand. */
import type { ChunkSignal, FileSignal } from './search.ts'

export type Head = Readonly<Record<ChunkSignal | FileSignal, number>>

export interface Weights {
  readonly chunk: Head
  readonly file: Head
}

`

if (import.meta.main) main(process.argv.slice(2))
