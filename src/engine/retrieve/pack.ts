/**
 * Ranking → the blocks that fit a token budget. Bodies are added in score order, skipping what doesn't fit; a body is
 * trimmed only when it doesn't fit whole, which was measured to show more of the lines asked for than trimming first. A
 * few per cent of the budget are reserved for file cards, which name files whose bodies didn't fit, and for signatures
 * of what the best bodies call (`addRelated`). Counted with the target model's tokenizer on the text as presented; never over the budget.
 */

import type { Tokenizer } from '../ports.ts'
import type { DropReason, Pack, PackTrace } from '../types/pack.ts'
import type { QueryPlan } from '../types/query.ts'
import type { ReadLines } from '../types/source.ts'
import { EDGE_KINDS } from '../types/symbol.ts'
import { renderFile, renderFull, renderMap, renderName, renderSignature, renderTrimmed } from './compress.ts'
import type { Corpus } from './corpus.ts'
import { addOverridden, type ChunkOverrides } from './overrides.ts'
import { CHARS_PER_TOKEN, PackBuilder, type PendingBlock } from './pack-builder.ts'
import type { Ranking } from './rank.ts'
import { chunkTitle } from './title.ts'

interface PackInput {
  readonly corpus: Corpus
  readonly plan: QueryPlan
  readonly ranking: Ranking
  readonly tokenizer: Tokenizer
  readonly read: ReadLines
  /** Relevance of a line of code to the question; 0 if they share no term. */
  readonly lineRelevance: (line: string) => number
  readonly overrides: ChunkOverrides
}

/** Minimum number of candidate chunks; larger budgets get one per `TOKENS_PER_CANDIDATE` tokens. */
const MIN_CANDIDATES = 900
const TOKENS_PER_CANDIDATE = 40
/** Only this many of the best chunks are trimmed to fit. */
const MAX_TRIM_RANK = 12
const READ_AHEAD_FILES = 64
const MAP_CARD_MIN_BUDGET_TOKENS = 8000
const MAP_CARD_TOKENS = 80
const RELATED_BUDGET_SHARE = 0.005
const RELATED_SOURCE_CHUNKS = 6
/** Estimates used only for ordering; what is packed is counted exactly. */
const ESTIMATED_CHARS_PER_TOKEN = 4
const ESTIMATED_HEADING_TOKENS = 8

/** How a budget is spent; measured at 2k, 8k and 32k tokens, log-interpolated in between, on the queries of `training/README.md`. */
interface Policy {
  /** Penalty for a chunk's length, per ln(tokens). */
  readonly density: number
  /** Penalty for each earlier chunk of the same file. */
  readonly saturation: number
  /** Bonus for the first chunk of a file: at large budgets every likely file shows something. */
  readonly first: number
  /** Weight of the file's score in a chunk's score. */
  readonly fileHead: number
  /** Budget share reserved for file cards. */
  readonly cards: number
  /** Maximum characters of names on a card. */
  readonly cardChars: number
}

const POLICIES: readonly (readonly [budget: number, policy: Policy])[] = [
  [2000, { density: 0.6, saturation: 0.05, first: 0, fileHead: 0, cards: 0.05, cardChars: 0 }],
  [8000, { density: 0.45, saturation: 0.02, first: 0, fileHead: 0, cards: 0.05, cardChars: 20 }],
  [32_000, { density: 0.2, saturation: 0, first: 1, fileHead: 0.3, cards: 0.02, cardChars: 30 }],
]

/** Policy for a budget, interpolated on a logarithmic scale and clamped at the ends. */
function policyOf(budget: number): Policy {
  const above = POLICIES.findIndex(([at]) => at >= budget)
  if (above === 0) return POLICIES[0]![1]
  if (above < 0) return POLICIES.at(-1)![1]
  const [[low, from], [high, to]] = [POLICIES[above - 1]!, POLICIES[above]!]
  const share = Math.log(budget / low) / Math.log(high / low)
  const mix = (key: keyof Policy) => from[key] + share * (to[key] - from[key])
  return {
    density: mix('density'),
    saturation: mix('saturation'),
    first: mix('first'),
    fileHead: mix('fileHead'),
    cards: mix('cards'),
    cardChars: Math.round(mix('cardChars')),
  }
}

/** Packs the ranked chunks into `budget` tokens; the whole tree if it fits and nothing is overridden but by pins. */
export async function packContext(input: PackInput, budget: number): Promise<Pack> {
  const { chunks } = input.overrides
  const whole = [...chunks.values()].every((override) => override === 'pin') && (await packWhole(input, budget))
  if (whole) return whole
  const builder = new PackBuilder(input.corpus, input.tokenizer, budget)
  const policy = policyOf(budget)
  if (budget >= MAP_CARD_MIN_BUDGET_TOKENS && input.corpus.folders.length)
    builder.add(mapCard(input.corpus, MAP_CARD_TOKENS), budget)
  await addOverridden(builder, input)
  await addBodies(builder, input, policy, budget - Math.ceil(budget * policy.cards))
  if (budget >= MAP_CARD_MIN_BUDGET_TOKENS)
    addRelated(builder, input, builder.tokens + Math.floor(budget * RELATED_BUDGET_SHARE))
  addCards(builder, input, policy.cardChars)
  return builder.build('retrieved', traceOf(input))
}

/** Packs every file in full; null if they don't all fit. */
async function packWhole(input: PackInput, budget: number): Promise<Pack | null> {
  const { corpus } = input
  const bytes = corpus.records.reduce((sum, record) => sum + record.bytes, 0)
  if (bytes === 0 || bytes > budget * CHARS_PER_TOKEN) return null
  const builder = new PackBuilder(corpus, input.tokenizer, budget)
  for (let file = 0; file < corpus.files.length; file++) {
    const source = await input.read(file)
    if ('reason' in source) {
      builder.drop({ path: corpus.files[file]!.path, firstLine: 0, lastLine: 0, symbol: '', reason: source.reason })
      continue
    }
    const range = { firstLine: 1, lastLine: Math.max(1, source.lines.length) }
    const why = input.ranking.bestChunk[file]! < 0 ? [] : input.ranking.why(input.ranking.bestChunk[file]!)
    const block = { ...renderFull(source.lines, range), ...range, file, chunk: -1, symbols: [], why }
    if (!builder.add(block, budget).added) return null
  }
  return builder.build('full', traceOf(input))
}

async function addBodies(builder: PackBuilder, input: PackInput, policy: Policy, limit: number): Promise<void> {
  const { corpus, ranking, read, lineRelevance, overrides } = input
  const seen = new Map<string, string>()
  let rank = 0
  const chunks = orderChunks(input, policy, builder.budget)
  const ahead = Math.min(READ_AHEAD_FILES, Math.ceil(builder.budget / 200))
  for (const [i, chunk] of chunks.entries()) {
    if (limit - builder.tokens < 16) {
      builder.leftOut += chunks.length - i
      break
    }
    // Read ahead: one file at a time, reading would take most of a question's time.
    if (i % ahead === 0) for (const next of chunks.slice(i, i + 2 * ahead)) void read(corpus.fileOf[next]!)
    const { id, firstLine, lastLine, startOffset, endOffset } = corpus.chunks[chunk]!
    const file = corpus.fileOf[chunk]!
    const { path } = corpus.files[file]!
    const symbol = chunkTitle(corpus.chunks[chunk]!)
    const drop = (reason: DropReason, tokens = 0) => builder.drop({ path, firstLine, lastLine, symbol, reason }, tokens)
    const override = overrides.chunks.get(chunk)
    if (override === 'drop') drop('left out by you')
    if (override) continue
    const copy = seen.get(id)
    if (copy) {
      drop(`same text as ${copy}`)
      continue
    }
    if (rank >= MAX_TRIM_RANK && !builder.mayFit(endOffset - startOffset, limit)) {
      drop('over budget')
      continue
    }
    const source = await read(file)
    if ('reason' in source) {
      drop(source.reason)
      continue
    }
    rank++
    seen.set(id, path)
    const base = { firstLine, lastLine, file, chunk, symbols: symbol ? [symbol] : [], why: ranking.why(chunk) }
    const whole = builder.add({ ...base, ...renderFull(source.lines, { firstLine, lastLine }) }, limit)
    if (whole.added) continue
    // Measured: trimming bodies that would fit whole shows fewer of the lines asked for.
    const trimmed =
      rank <= MAX_TRIM_RANK && renderTrimmed(source.lines, corpus.chunks[chunk]!, corpus.records[file]!, lineRelevance)
    if (trimmed && builder.add({ ...base, ...trimmed }, limit).added) continue
    drop('over budget', whole.tokens)
  }
}

/** Orders chunks by expected value for their length, demoting a file's later chunks so that more files are shown. */
function orderChunks({ corpus, ranking }: PackInput, policy: Policy, budget: number): readonly number[] {
  const earlier = new Map<number, number>()
  return ranking
    .best(Math.max(MIN_CANDIDATES, Math.ceil(budget / TOKENS_PER_CANDIDATE)))
    .map((chunk) => {
      const file = corpus.fileOf[chunk]!
      const n = earlier.get(file) ?? 0
      earlier.set(file, n + 1)
      const { startOffset, endOffset } = corpus.chunks[chunk]!
      const tokens = (endOffset - startOffset) / ESTIMATED_CHARS_PER_TOKEN + ESTIMATED_HEADING_TOKENS
      const score =
        ranking.chunkScore[chunk]! +
        policy.fileHead * ranking.fileScore[file]! -
        policy.density * Math.log(tokens) -
        policy.saturation * n +
        (n === 0 ? policy.first : 0)
      return { chunk, score }
    })
    .sort((a, b) => b.score - a.score || a.chunk - b.chunk)
    .map(({ chunk }) => chunk)
}

/** Adds the signatures, else the names, of what the best chunks call or extend, unless already shown. */
function addRelated(builder: PackBuilder, { corpus, overrides }: PackInput, limit: number): void {
  const chosen = builder.pending.filter(({ chunk }) => chunk >= 0).slice(0, RELATED_SOURCE_CHUNKS)
  const { kind, fromFile, fromSymbol, toFile, toSymbol, weight } = corpus.tree.edges
  for (const { file, firstLine, lastLine, symbols: from } of chosen) {
    const [start, end] = corpus.edgesOf(file)
    for (let i = start; i < end; i++) {
      const name = EDGE_KINDS[kind[i]!]
      if (weight[i]! < 1 || toSymbol[i]! < 0 || (name !== 'call' && name !== 'extends' && name !== 'implements'))
        continue
      const caller = corpus.records[fromFile[i]!]!.symbols[fromSymbol[i]!]
      const target = corpus.records[toFile[i]!]!.symbols[toSymbol[i]!]!
      if (!caller || caller.lastLine < firstLine || caller.firstLine > lastLine || builder.shows(toFile[i]!, target))
        continue
      if (
        corpus
          .chunksAt(toFile[i]!, target.firstLine, target.lastLine)
          .some((one) => overrides.chunks.get(one) === 'drop')
      )
        continue
      const base = {
        firstLine: target.firstLine,
        lastLine: target.lastLine,
        file: toFile[i]!,
        chunk: -1,
        symbols: [target.name],
      }
      const why = [{ part: `${name === 'call' ? 'called' : 'extended'} by ${from.join(', ')}`, value: 0 }]
      if (!builder.add({ ...base, ...renderSignature(corpus.records[toFile[i]!]!, toSymbol[i]!), why }, limit).added)
        builder.add({ ...base, ...renderName(corpus.records[toFile[i]!]!, toSymbol[i]!), why }, limit)
    }
  }
}

/** Adds cards of the best ranked files not shown yet, until the budget is full. */
function addCards(builder: PackBuilder, { corpus, ranking, overrides }: PackInput, chars: number): void {
  const shown = new Set([...builder.pending.map(({ file }) => file), ...overrides.droppedFiles])
  let misses = 0
  for (const file of ranking.files) {
    if (shown.has(file) || misses > 4) continue
    const best = ranking.bestChunk[file]!
    const base = { firstLine: 0, lastLine: 0, file, chunk: -1, symbols: [], why: best < 0 ? [] : ranking.why(best) }
    if (!builder.add({ ...base, ...renderFile(corpus.records[file]!, chars) }, builder.budget).added) misses++
  }
}

function mapCard({ folders, tree }: Corpus, tokens: number): PendingBlock {
  const topics = tree.clusters
    .filter(({ level }) => level === 0)
    .sort((a, b) => b.members.length - a.members.length)
    .slice(0, Math.ceil(tokens / 32))
    .map(({ label }) => label.slice(0, 3).join(' '))
  const why = [{ part: 'repository map', value: 0 }]
  const card = renderMap(folders.slice(0, Math.ceil(tokens / 16)), topics)
  return { ...card, firstLine: 0, lastLine: 0, file: -1, chunk: -1, symbols: [], why }
}

function traceOf({ ranking, plan }: PackInput): PackTrace {
  const { level, terms } = plan
  return { route: null, level, terms: terms.size, files: ranking.files.length, chunks: ranking.matches }
}
