/**
 * Ranking → the blocks that fit a budget. Bodies in the order of the chunk head, skipping what does not fit and going
 * on; a few per cent are kept for file cards, which name files whose bodies found no room (ranking notes, packing).
 * Counted with the target's tokenizer as presented; never over the budget.
 */
import type { Chunk } from '../model/chunk.ts'
import type { Block, Dropped, Pack, Why } from '../model/pack.ts'
import type { LineRange } from '../model/source.ts'
import { EDGE_KINDS } from '../model/symbol.ts'
import type { Tokenizer } from '../ports.ts'
import {
  type Rendering,
  renderFile,
  renderFull,
  renderMap,
  renderName,
  renderSignature,
  renderTrimmed,
} from './compress.ts'
import type { Corpus } from './corpus.ts'
import { presentBlock, presentPack } from './present.ts'
import type { Ranking } from './rank.ts'

/** Lines of a file of the corpus, or why they cannot be shown. */
export type Lines = { readonly lines: readonly string[] } | { readonly reason: string }
export type ReadLines = (file: number) => Promise<Lines>

export interface PackInput {
  readonly corpus: Corpus
  readonly ranking: Ranking
  readonly tokenizer: Tokenizer
  readonly read: ReadLines
  /** Whether a line of code holds a term of the question. */
  readonly speaks: (line: string) => boolean
}

/** A model reads at most so many characters for each token of its budget. */
const CHARS_PER_TOKEN = 4.9
/** No text has more characters a token than this on average: what is longer cannot fit and is not counted. */
const LONGEST_TOKEN = 8
const CANDIDATES = 600
const DROPPED_LISTED = 20
const TRIM_RANK = 12
const READ_AHEAD = 64
const SMALL_BUDGET = 2000
const SATURATION = 0.1
const MAP_BUDGET = 8000
const MAP_SHARE = 0.01
const RELATED_SHARE = 0.005
const RELATED_CHUNKS = 6

const cardShare = (budget: number): number => (budget <= 2000 ? 0.05 : budget <= 8000 ? 0.03 : 0.02)

interface Draft extends Rendering, LineRange {
  readonly file: number
  readonly chunk: number
  readonly symbol: string
  readonly why: readonly Why[]
}

/** What is still free, and what was put in. */
class Room {
  readonly drafts: Draft[] = []
  readonly dropped: Dropped[] = []
  tokens = 0
  chars = 0
  readonly input: PackInput
  private readonly charBudget: number
  readonly budget: number
  constructor(input: PackInput, budget: number) {
    this.input = input
    this.budget = budget
    this.charBudget = budget * CHARS_PER_TOKEN
  }

  /** Adds the draft when it fits below the limit; -1 then, else the tokens it would take (0: too long to count). */
  add(draft: Draft, limit: number): number {
    const text = presentBlock(blockOf(draft, this.input.corpus, 'b000'))
    const free = Math.min(limit, this.budget) - this.tokens
    if (this.chars + text.length > this.charBudget || text.length > free * LONGEST_TOKEN) return 0
    const tokens = this.input.tokenizer.count(text)
    if (tokens > free) return tokens
    this.tokens += tokens
    this.chars += text.length
    this.drafts.push(draft)
    return -1
  }
}

export async function packContext(input: PackInput, budget: number): Promise<Pack> {
  const whole = await packWhole(input, budget)
  if (whole) return whole
  const room = new Room(input, budget)
  const mapTokens = budget >= MAP_BUDGET ? Math.floor(budget * MAP_SHARE) : 0
  if (mapTokens) room.add(mapCard(input.corpus, mapTokens), budget)
  const main = budget - Math.ceil(budget * cardShare(budget))
  await addBodies(room, main)
  if (mapTokens) addRelated(room, room.tokens + Math.floor(budget * RELATED_SHARE))
  addCards(room)
  return close(room, 'retrieved')
}

/** The whole tree when all of it fits: nothing to choose then. */
async function packWhole(input: PackInput, budget: number): Promise<Pack | null> {
  const { corpus } = input
  const bytes = corpus.records.reduce((sum, record) => sum + record.bytes, 0)
  if (bytes === 0 || bytes > budget * CHARS_PER_TOKEN) return null
  const room = new Room(input, budget)
  for (let file = 0; file < corpus.files.length; file++) {
    const source = await input.read(file)
    if ('reason' in source) return null
    const range = { first: 1, last: Math.max(1, source.lines.length) }
    const why = input.ranking.bestChunk[file]! < 0 ? [] : input.ranking.why(input.ranking.bestChunk[file]!)
    const draft = { ...renderFull(source.lines, range), ...range, file, chunk: -1, symbol: '', why }
    if (room.add(draft, budget) >= 0) return null
  }
  return close(room, 'full')
}

async function addBodies(room: Room, limit: number): Promise<void> {
  const { corpus, ranking, read, speaks } = room.input
  const seen = new Map<string, string>()
  let rank = 0
  const chunks = order(room.input, room.budget)
  // Reading ahead: most of the first chunks are shown.
  for (const chunk of chunks.slice(0, Math.min(READ_AHEAD, room.budget / 200))) void read(corpus.fileOf[chunk]!)
  for (const chunk of chunks) {
    if (limit - room.tokens < 16) break
    const { id, first, last } = corpus.chunks[chunk]!
    const file = corpus.fileOf[chunk]!
    const { path } = corpus.files[file]!
    const symbol = titleOf(corpus.chunks[chunk]!)
    const drop = (reason: string, tokens = 0) => {
      if (room.dropped.length < DROPPED_LISTED)
        room.dropped.push({ path, start: first, end: last, symbol, tokens, reason })
    }
    const copy = seen.get(id)
    if (copy) {
      drop(`same text as ${copy}`)
      continue
    }
    const source = await read(file)
    if ('reason' in source) {
      drop(source.reason)
      continue
    }
    rank++
    seen.set(id, path)
    const base = { first, last, file, chunk, symbol, why: ranking.why(chunk) }
    const tokens = room.add({ ...base, ...renderFull(source.lines, { first, last }) }, limit)
    if (tokens < 0) continue
    const trimmed =
      rank <= TRIM_RANK && renderTrimmed(source.lines, corpus.chunks[chunk]!, corpus.records[file]!, speaks)
    if (trimmed && room.add({ ...base, ...trimmed }, limit) < 0) continue
    drop('no room', tokens)
  }
}

/** Chunks by score; at small budgets a file's later chunks give way a little, so that more files are seen. */
function order({ corpus, ranking }: PackInput, budget: number): readonly number[] {
  const top = ranking.chunks.slice(0, CANDIDATES)
  if (budget > SMALL_BUDGET) return top
  const earlier = new Map<number, number>()
  const best = ranking.chunkScore[top[0] ?? 0] ?? 0
  const scale = Math.max(1e-9, best - (ranking.chunkScore[top.at(-1) ?? 0] ?? 0))
  return top
    .map((chunk) => {
      const file = corpus.fileOf[chunk]!
      const n = earlier.get(file) ?? 0
      earlier.set(file, n + 1)
      return { chunk, score: (ranking.chunkScore[chunk]! - best) / scale - SATURATION * n }
    })
    .sort((a, b) => b.score - a.score)
    .map(({ chunk }) => chunk)
}

/** Signatures of what the best chunks call or extend, where it is not shown already. */
function addRelated(room: Room, limit: number): void {
  const { corpus } = room.input
  const chosen = room.drafts.filter(({ chunk }) => chunk >= 0).slice(0, RELATED_CHUNKS)
  const { kind, fromFile, fromSymbol, toFile, toSymbol, weight } = corpus.tree.edges
  for (const { file, first, last, symbol: from } of chosen) {
    const [start, end] = corpus.edgesOf(file)
    for (let i = start; i < end; i++) {
      const name = EDGE_KINDS[kind[i]!]
      if (weight[i]! < 1 || toSymbol[i]! < 0 || (name !== 'call' && name !== 'extends' && name !== 'implements'))
        continue
      const caller = corpus.records[fromFile[i]!]!.symbols[fromSymbol[i]!]
      const target = corpus.records[toFile[i]!]!.symbols[toSymbol[i]!]!
      if (!caller || caller.last < first || caller.first > last || isShown(room, toFile[i]!, target)) continue
      const base = { first: target.first, last: target.last, file: toFile[i]!, chunk: -1, symbol: target.name }
      const why = [{ part: `${name === 'call' ? 'called' : 'extended'} by ${from}`, value: 0 }]
      if (room.add({ ...base, ...renderSignature(corpus.records[toFile[i]!]!, toSymbol[i]!), why }, limit) >= 0)
        room.add({ ...base, ...renderName(corpus.records[toFile[i]!]!, toSymbol[i]!), why }, limit)
    }
  }
}

function isShown({ drafts }: Room, file: number, { first, last }: LineRange): boolean {
  return drafts.some((draft) => draft.file === file && draft.first <= last && draft.last >= first)
}

/** Cards of the files that rank best and are not shown, until the budget is full. */
function addCards(room: Room): void {
  const { corpus, ranking } = room.input
  const shown = new Set(room.drafts.map(({ file }) => file))
  let misses = 0
  for (const file of ranking.files) {
    if (shown.has(file) || misses > 4) continue
    const best = ranking.bestChunk[file]!
    const base = { first: 0, last: 0, file, chunk: -1, symbol: '', why: best < 0 ? [] : ranking.why(best) }
    if (room.add({ ...base, ...renderFile(corpus.records[file]!) }, room.budget) >= 0) misses++
  }
}

function mapCard({ files, tree }: Corpus, tokens: number): Draft {
  const counts = new Map<string, number>()
  for (const { path } of files) {
    const folder = path.split('/').slice(0, -1).slice(0, 2).join('/')
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  const folders = [...counts].sort((a, b) => b[1] - a[1]).slice(0, Math.ceil(tokens / 16))
  const topics = tree.clusters
    .filter(({ level }) => level === 0)
    .sort((a, b) => b.members.length - a.members.length)
    .slice(0, Math.ceil(tokens / 32))
    .map(({ label }) => label.slice(0, 3).join(' '))
  const why = [{ part: 'repository map', value: 0 }]
  return { ...renderMap(folders, topics), first: 0, last: 0, file: -1, chunk: -1, symbol: '', why }
}

/** `Class.method` of the symbol a chunk begins with, or '' for text outside any. */
export function titleOf({ names, scope, symbol }: Chunk): string {
  if (symbol < 0) return scope.join('.')
  return [...scope, names[0] ?? ''].filter(Boolean).join('.')
}

function blockOf(draft: Draft, { files }: Corpus, id: string): Omit<Block, 'tokens'> {
  const entry = files[draft.file]
  const { symbol, resolution, first, last, shown, text, why } = draft
  return {
    id,
    path: entry?.path ?? '',
    symbol,
    resolution,
    start: first,
    end: last,
    shown,
    text,
    hash: entry?.key ?? '',
    why,
  }
}

/** Document order: files by their best block, the map first, blocks of a file by line; neighbours become one. */
function close(room: Room, mode: Pack['mode']): Pack {
  const { corpus, tokenizer } = room.input
  const place = new Map<number, number>()
  for (const { file } of room.drafts) if (!place.has(file)) place.set(file, place.size)
  const isCard = ({ resolution }: Draft) => (resolution === 'r4' ? 1 : 0)
  let drafts = joinNeighbours(
    [...room.drafts].sort(
      (a, b) => isCard(a) - isCard(b) || place.get(a.file)! - place.get(b.file)! || a.first - b.first,
    ),
  )
  for (;;) {
    const blocks = drafts.map((draft, i): Block => {
      const block = blockOf(draft, corpus, `b${i + 1}`)
      return { ...block, tokens: tokenizer.count(presentBlock(block)) }
    })
    // Blocks end with a line end and begin with a bracket, where no tokenizer joins: their tokens add up.
    const tokens = blocks.reduce((sum, block) => sum + block.tokens, 0)
    if (tokens <= room.budget) {
      const chars = presentPack({ blocks }).length
      const trace = traceOf(blocks, room)
      return { budget: room.budget, tokens, chars, mode, blocks, dropped: room.dropped, trace }
    }
    drafts = drafts.slice(0, -1)
  }
}

function joinNeighbours(drafts: readonly Draft[]): Draft[] {
  const result: Draft[] = []
  for (const draft of drafts) {
    const held = result.at(-1)
    const joins =
      held?.file === draft.file &&
      held.resolution === 'r0' &&
      draft.resolution === 'r0' &&
      held.last + 1 === draft.first
    if (!held || !joins) {
      result.push(draft)
      continue
    }
    const range: readonly [number, number] = [held.first, draft.last]
    const symbol = [...new Set([held.symbol, draft.symbol].filter(Boolean))].join(', ')
    result[result.length - 1] = {
      ...held,
      last: draft.last,
      text: `${held.text}\n${draft.text}`,
      shown: [range],
      symbol,
    }
  }
  return result
}

function traceOf(blocks: readonly Block[], room: Room): Pack['trace'] {
  const counts = new Map<string, number>()
  for (const { resolution } of blocks) counts.set(resolution, (counts.get(resolution) ?? 0) + 1)
  const kinds = [...counts].sort().map(([resolution, n]) => `${n} × ${resolution}`)
  return [
    {
      stage: 'rank',
      note: `${room.input.ranking.files.length} files and ${room.input.ranking.chunks.length} chunks match`,
    },
    { stage: 'pack', note: `${kinds.join(', ') || 'nothing'} in ${room.budget} tokens` },
  ]
}
