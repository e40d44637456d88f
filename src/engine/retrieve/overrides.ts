/**
 * The asker's overrides of the ranking: pinned chunks and explicit resolutions are packed first, dropped chunks never.
 */
import type { DropReason } from '../types/pack.ts'
import type { Override, OverrideKind } from '../types/query.ts'
import type { ReadLines } from '../types/source.ts'
import { type Rendering, renderFull, renderName, renderSignature, renderTrimmed } from './compress.ts'
import type { Corpus } from './corpus.ts'
import type { PackBuilder } from './pack-builder.ts'
import type { Ranking } from './rank.ts'
import { chunkTitle } from './title.ts'

/** Budget share for whole pinned files; the rest stays available for what the question asks. */
const WHOLE_FILE_BUDGET_SHARE = 0.5

export interface ChunkOverrides {
  /** Chunk → its override. */
  readonly chunks: ReadonlyMap<number, OverrideKind>
  /** Chunk → reason, for overrides that didn't come from the asker. */
  readonly reasons: ReadonlyMap<number, string>
  /** Files dropped as a whole. */
  readonly droppedFiles: ReadonlySet<number>
  readonly wholeFiles: ReadonlySet<number>
}

/**
 * Maps overrides of paths and lines to chunks; of two overrides of a chunk the later wins. Unknown paths are ignored.
 */
export function resolveOverrides(corpus: Corpus, overrides: readonly Override[]): ChunkOverrides {
  const chunks = new Map<number, OverrideKind>()
  const droppedFiles = new Set<number>()
  const wholeFiles = new Set<number>()
  const reasons = new Map<number, string>()
  if (overrides.length === 0) return { chunks, reasons, droppedFiles, wholeFiles }
  const fileByPath = new Map(corpus.files.map(({ path }, file) => [path, file]))
  for (const { path, firstLine, lastLine, kind, reason } of overrides) {
    const file = fileByPath.get(path)
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
      if (reason) reasons.set(chunk, reason)
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

/** Packs the overridden chunks, best ranked first; those over the budget are listed as dropped. */
export async function addOverridden(builder: PackBuilder, input: OverrideInput): Promise<void> {
  const { corpus, ranking, read, overrides } = input
  const overridden = [...overrides.chunks]
    .filter(([, kind]) => kind !== 'drop')
    .sort(([a], [b]) => ranking.chunkScore[b]! - ranking.chunkScore[a]! || a - b)
  const added = new Set<string>()
  for (const [chunk, kind] of overridden) {
    const file = corpus.fileOf[chunk]!
    const { path } = corpus.files[file]!
    const { firstLine, lastLine } = corpus.chunks[chunk]!
    const symbol = chunkTitle(corpus.chunks[chunk]!)
    const drop = (why: DropReason, needed = 0) =>
      builder.drop({ path, firstLine, lastLine, symbol, reason: why }, needed)
    const source = await read(file)
    if ('reason' in source) {
      drop(source.reason)
      continue
    }
    const limit = overrides.wholeFiles.has(file) ? builder.budget * WHOLE_FILE_BUDGET_SHARE : builder.budget
    const reason = overrides.reasons.get(chunk) ?? (kind === 'pin' ? 'pinned' : 'your choice')
    const why = [{ part: reason, value: 0 }, ...ranking.why(chunk)]
    const base = { firstLine, lastLine, file, chunk, symbols: symbol ? [symbol] : [], why, pinned: true }
    let tokens = 0
    let isShown = false
    for (const rendering of renderingsFor(input, chunk, kind, source.lines)) {
      // The parts of a long symbol share one signature, which is shown once.
      const key = `${file} ${rendering.resolution} ${rendering.text}`
      const result = added.has(key) ? null : builder.add({ ...base, ...rendering }, limit)
      isShown = result === null || result.added
      if (isShown) {
        added.add(key)
        break
      }
      tokens ||= result?.tokens ?? 0
    }
    if (!isShown) drop('over budget', tokens)
  }
}

/** Renderings of a chunk in the order to try; only a pin falls back to a shorter one. */
function renderingsFor(
  { corpus, lineRelevance }: OverrideInput,
  chunk: number,
  kind: OverrideKind,
  lines: readonly string[],
): readonly Rendering[] {
  const { symbol } = corpus.chunks[chunk]!
  const record = corpus.records[corpus.fileOf[chunk]!]!
  const full = renderFull(lines, corpus.chunks[chunk]!)
  const trimmed = renderTrimmed(lines, corpus.chunks[chunk]!, record, lineRelevance) ?? full
  const signature = record.symbols[symbol] ? renderSignature(record, symbol) : trimmed
  const name = record.symbols[symbol] ? renderName(record, symbol) : trimmed
  return {
    pin: [full, trimmed, signature],
    full: [full],
    trimmed: [trimmed],
    signature: [signature],
    name: [name],
    drop: [],
  }[kind]
}
