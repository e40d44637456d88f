/** What the asker wants shown otherwise than ranking would have it: pins and chosen rungs come first, drops not at all. */
import type { Override, OverrideKind } from '../types/query.ts'
import type { ReadLines } from '../types/source.ts'
import { type Rendering, renderFull, renderName, renderSignature, renderTrimmed } from './compress.ts'
import type { Corpus } from './corpus.ts'
import { NO_ROOM, type PackBuilder } from './pack-builder.ts'
import type { Ranking } from './rank.ts'
import { chunkTitle } from './title.ts'

/** A file pinned whole leaves the other half to what the question asks. */
const WHOLE_FILE_BUDGET_SHARE = 0.5

export interface ChunkOverrides {
  /** Chunk → its wish. */
  readonly chunks: ReadonlyMap<number, OverrideKind>
  /** Chunk → why, where it is not the asker who wishes it. */
  readonly reasons: ReadonlyMap<number, string>
  /** Files that were dropped whole. */
  readonly droppedFiles: ReadonlySet<number>
  readonly wholeFiles: ReadonlySet<number>
}

export function resolveOverrides(corpus: Corpus, overrides: readonly Override[]): ChunkOverrides {
  const chunks = new Map<number, OverrideKind>()
  const droppedFiles = new Set<number>()
  const wholeFiles = new Set<number>()
  const reasons = new Map<number, string>()
  if (overrides.length === 0) return { chunks, reasons, droppedFiles, wholeFiles }
  const places = new Map(corpus.files.map(({ path }, file) => [path, file]))
  for (const { path, firstLine, lastLine, kind, reason: why } of overrides) {
    const file = places.get(path)
    if (file === undefined) continue
    const whole = firstLine === 0
    if (whole) {
      droppedFiles.delete(file)
      wholeFiles.delete(file)
      if (kind === 'drop') droppedFiles.add(file)
      else wholeFiles.add(file)
    }
    const [first, last] = whole ? [1, Number.POSITIVE_INFINITY] : [firstLine, lastLine]
    for (const chunk of corpus.chunksAt(file, first, last)) {
      chunks.set(chunk, kind)
      if (why) reasons.set(chunk, why)
      else reasons.delete(chunk)
    }
  }
  return { chunks, reasons, droppedFiles, wholeFiles }
}

interface OverrideInput {
  readonly corpus: Corpus
  readonly ranking: Ranking
  readonly read: ReadLines
  readonly lineRelevance: (line: string) => number
  readonly overrides: ChunkOverrides
}

/** Adds what is wished for, the best ranked first; what finds no room is listed as dropped. */
export async function addOverridden(builder: PackBuilder, input: OverrideInput): Promise<void> {
  const { corpus, ranking, read, overrides: wishes } = input
  const overridden = [...wishes.chunks]
    .filter(([, kind]) => kind !== 'drop')
    .sort(([a], [b]) => ranking.chunkScore[b]! - ranking.chunkScore[a]! || a - b)
  const added = new Set<string>()
  for (const [chunk, kind] of overridden) {
    const file = corpus.fileOf[chunk]!
    const { path } = corpus.files[file]!
    const { firstLine, lastLine } = corpus.chunks[chunk]!
    const symbol = chunkTitle(corpus.chunks[chunk]!)
    const drop = (reason: string, tokens = 0) => builder.drop({ path, firstLine, lastLine, symbol, reason }, tokens)
    const source = await read(file)
    if ('reason' in source) {
      drop(source.reason)
      continue
    }
    const limit = wishes.wholeFiles.has(file) ? builder.budget * WHOLE_FILE_BUDGET_SHARE : builder.budget
    const reason = wishes.reasons.get(chunk) ?? (kind === 'pin' ? 'pinned' : 'your choice')
    const why = [{ part: reason, value: 0 }, ...ranking.why(chunk)]
    const base = { firstLine, lastLine, file, chunk, symbols: symbol ? [symbol] : [], why, pinned: true }
    let needed = 0
    for (const rendering of renderingsFor(input, chunk, kind, source.lines)) {
      // The parts of a long symbol have one signature.
      const key = `${file} ${rendering.resolution} ${rendering.text}`
      const tokens = added.has(key) ? -1 : builder.add({ ...base, ...rendering }, limit)
      needed ||= tokens
      if (tokens >= 0) continue
      added.add(key)
      needed = -1
      break
    }
    if (needed >= 0) drop(NO_ROOM, needed)
  }
}

/** Ways to show a chunk, the wished one first; a pin falls back to less where there is no room for more. */
function renderingsFor(
  { corpus, lineRelevance }: OverrideInput,
  chunk: number,
  kind: OverrideKind,
  lines: readonly string[],
): readonly Rendering[] {
  const own = corpus.chunks[chunk]!
  const record = corpus.records[corpus.fileOf[chunk]!]!
  const full = renderFull(lines, own)
  const trimmed = renderTrimmed(lines, own, record, lineRelevance) ?? full
  const signature = record.symbols[own.symbol] ? renderSignature(record, own.symbol) : trimmed
  const name = record.symbols[own.symbol] ? renderName(record, own.symbol) : trimmed
  return {
    pin: [full, trimmed, signature],
    full: [full],
    trimmed: [trimmed],
    signature: [signature],
    name: [name],
    drop: [],
  }[kind]
}
