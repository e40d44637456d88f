/** What the asker wants shown otherwise than ranking would have it: pins and chosen rungs come first, drops not at all. */
import type { Adjustment, Wish } from '../types/query.ts'
import type { ReadLines } from '../types/source.ts'
import { type Rendering, renderFull, renderName, renderSignature, renderTrimmed } from './compress.ts'
import type { Corpus } from './corpus.ts'
import { NO_ROOM, type Room } from './pack-builder.ts'
import type { Ranking } from './rank.ts'
import { titleOf } from './title.ts'

/** A file pinned whole leaves the other half to what the question asks. */
const WHOLE_SHARE = 0.5

export interface Wishes {
  /** Chunk → its wish. */
  readonly chunks: ReadonlyMap<number, Wish>
  /** Chunk → why, where it is not the asker who wishes it. */
  readonly reasons: ReadonlyMap<number, string>
  /** Files that were dropped whole. */
  readonly droppedFiles: ReadonlySet<number>
  readonly wholeFiles: ReadonlySet<number>
}

export function wishesOf(corpus: Corpus, adjust: readonly Adjustment[]): Wishes {
  const chunks = new Map<number, Wish>()
  const droppedFiles = new Set<number>()
  const wholeFiles = new Set<number>()
  const reasons = new Map<number, string>()
  if (adjust.length === 0) return { chunks, reasons, droppedFiles, wholeFiles }
  const places = new Map(corpus.files.map(({ path }, file) => [path, file]))
  for (const { path, firstLine, lastLine, wish, why } of adjust) {
    const file = places.get(path)
    if (file === undefined) continue
    const whole = firstLine === 0
    if (whole) {
      droppedFiles.delete(file)
      wholeFiles.delete(file)
      if (wish === 'drop') droppedFiles.add(file)
      else wholeFiles.add(file)
    }
    const [first, last] = whole ? [1, Number.POSITIVE_INFINITY] : [firstLine, lastLine]
    for (const chunk of corpus.chunksAt(file, first, last)) {
      chunks.set(chunk, wish)
      if (why) reasons.set(chunk, why)
      else reasons.delete(chunk)
    }
  }
  return { chunks, reasons, droppedFiles, wholeFiles }
}

interface WishInput {
  readonly corpus: Corpus
  readonly ranking: Ranking
  readonly read: ReadLines
  readonly speaks: (line: string) => number
  readonly wishes: Wishes
}

/** Adds what is wished for, the best ranked first; what finds no room is listed as dropped. */
export async function addWished(room: Room, input: WishInput): Promise<void> {
  const { corpus, ranking, read, wishes } = input
  const wished = [...wishes.chunks]
    .filter(([, wish]) => wish !== 'drop')
    .sort(([a], [b]) => ranking.chunkScore[b]! - ranking.chunkScore[a]! || a - b)
  const told = new Set<string>()
  for (const [chunk, wish] of wished) {
    const file = corpus.fileOf[chunk]!
    const { path } = corpus.files[file]!
    const { firstLine, lastLine } = corpus.chunks[chunk]!
    const symbol = titleOf(corpus.chunks[chunk]!)
    const drop = (reason: string, tokens = 0) => room.drop({ path, firstLine, lastLine, symbol, reason }, tokens)
    const source = await read(file)
    if ('reason' in source) {
      drop(source.reason)
      continue
    }
    const limit = wishes.wholeFiles.has(file) ? room.budget * WHOLE_SHARE : room.budget
    const reason = wishes.reasons.get(chunk) ?? (wish === 'pin' ? 'pinned' : 'your choice')
    const why = [{ part: reason, value: 0 }, ...ranking.why(chunk)]
    const base = { firstLine, lastLine, file, chunk, symbol, why, pinned: true }
    let needed = 0
    for (const rendering of renderingsOf(input, chunk, wish, source.lines)) {
      // The parts of a long symbol have one signature.
      const key = `${file} ${rendering.resolution} ${rendering.text}`
      const tokens = told.has(key) ? -1 : room.add({ ...base, ...rendering }, limit)
      needed ||= tokens
      if (tokens >= 0) continue
      told.add(key)
      needed = -1
      break
    }
    if (needed >= 0) drop(NO_ROOM, needed)
  }
}

/** Ways to show a chunk, the wished one first; a pin falls back to less where there is no room for more. */
function renderingsOf(
  { corpus, speaks }: WishInput,
  chunk: number,
  wish: Wish,
  lines: readonly string[],
): readonly Rendering[] {
  const own = corpus.chunks[chunk]!
  const record = corpus.records[corpus.fileOf[chunk]!]!
  const full = renderFull(lines, own)
  const trimmed = renderTrimmed(lines, own, record, speaks) ?? full
  const signature = record.symbols[own.symbol] ? renderSignature(record, own.symbol) : trimmed
  const name = record.symbols[own.symbol] ? renderName(record, own.symbol) : trimmed
  return { pin: [full, trimmed, signature], r0: [full], r1: [trimmed], r2: [signature], r3: [name], drop: [] }[wish]
}
