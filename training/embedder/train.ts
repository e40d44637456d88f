/**
 * Trains the embedder on pairs.jsonl, writes media/embedder.bin and prints its figures. `--evaluate` only measures the
 * existing file. Usage: `train.ts --pairs <file> [--out <file>] [--epochs n] [--dimensions n] [--rate x] [--evaluate]`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Data, type Example, readData } from './data.ts'
import { bm25Scores, denseScores, type Embed, hashedEmbed, meanMrr, mrr, type Pool, poolsOf, zSum } from './evaluate.ts'
import { Model } from './model.ts'
import { seededRandom, shuffle } from './random.ts'
import { packedEmbed, packWeights } from './weights.ts'

const SEED = 1
const VOCABULARY = 15_000
const BUCKETS = 4096
const BATCH = 512
/** The learning rate falls linearly to this share of its start. */
const MIN_RATE_SHARE = 0.05

const { values } = parseArgs({
  options: {
    pairs: { type: 'string' },
    out: { type: 'string', default: join(import.meta.dirname, '..', '..', 'media', 'embedder.bin') },
    epochs: { type: 'string', default: '3' },
    dimensions: { type: 'string', default: '256' },
    rate: { type: 'string', default: '0.002' },
    evaluate: { type: 'boolean', default: false },
  },
})
if (!values.pairs) throw new Error('Usage: train.ts --pairs <pairs.jsonl> [--out <file>] [--evaluate]')
const data = await readData(values.pairs, VOCABULARY)
const pools = poolsOf(data)
console.log(`${data.train.length} pairs, ${data.heldOut.length} held out, vocabulary ${data.known}`)
if (!values.evaluate) train()
table()

function train(): void {
  const random = seededRandom(SEED)
  const model = new Model(data, Number(values.dimensions), BUCKETS, random)
  const epochs = Number(values.epochs)
  const steps = epochs * Math.ceil(data.train.length / BATCH)
  let step = 0
  for (let epoch = 0; epoch < epochs; epoch++) {
    const began = Date.now()
    let loss = 0
    const batches = epoch % 2 === 0 ? mixedBatches(data.train, random) : repositoryBatches(data.train, random)
    for (const batch of batches) {
      loss += model.train(batch, Number(values.rate) * Math.max(MIN_RATE_SHARE, 1 - step / steps))
      step++
    }
    const figures = meanMrr(pools, (pool) => denseScores(pool, (bags, side) => model.embed(bags, side)))
    const seconds = Math.round((Date.now() - began) / 1000)
    console.log(`epoch ${epoch} loss ${(loss / batches.length).toFixed(3)} ${seconds} s`, rounded(figures))
  }
  writeFileSync(values.out, packWeights(model))
}

function mixedBatches(examples: readonly Example[], random: () => number): Example[][] {
  return cut(shuffle([...examples], random))
}

/** Batches of one repository each, whose negatives are hard; the remainders of the repositories are mixed. */
function repositoryBatches(examples: Data['train'], random: () => number): Example[][] {
  const shuffled = shuffle([...examples], random)
  const names = [...new Set(shuffled.map(({ repository }) => repository))].sort()
  const cuts = names.map((name) => cut(shuffled.filter(({ repository }) => repository === name)))
  const whole = cuts.flatMap((batches) => batches.filter(({ length }) => length === BATCH))
  const rest = cuts.flatMap((batches) => batches.filter(({ length }) => length < BATCH).flat())
  return shuffle([...whole, ...mixedBatches(rest, random)], random)
}

function cut(examples: readonly Example[]): Example[][] {
  return Array.from({ length: Math.ceil(examples.length / BATCH) }, (_, i) =>
    examples.slice(i * BATCH, (i + 1) * BATCH),
  )
}

/** Prints the figures of the packed file, as shipped. */
function table(): void {
  const packed = packedEmbed(readFileSync(values.out), data.terms)
  const hashed = (pool: Pool): Embed => hashedEmbed(pool, data.terms)
  const rows: readonly [string, (pool: Pool) => Float64Array][] = [
    ['BM25', bm25Scores],
    ['hashed', (pool) => denseScores(pool, hashed(pool))],
    ['trained', (pool) => denseScores(pool, packed)],
    ['BM25 + hashed', (pool) => zSum(bm25Scores(pool), denseScores(pool, hashed(pool)))],
    ['BM25 + trained', (pool) => zSum(bm25Scores(pool), denseScores(pool, packed))],
  ]
  for (const [name, score] of rows) console.log(name.padEnd(15), rounded(meanMrr(pools, score)))
  for (const pool of pools) {
    const figures = rows.map(([, score]) => mrr(score(pool)).toFixed(3))
    console.log(pool.kind, pool.repository, pool.examples.length, ...figures)
  }
}

function rounded(figures: Readonly<Record<string, number>>): string {
  return Object.entries(figures)
    .map(([kind, value]) => `${kind} ${value.toFixed(3)}`)
    .join('  ')
}
