/** Collects blocks for a budget, priced by the target's tokenizer as they are presented; never exceeds it. */

import type { Tokenizer } from '../ports.ts'
import type { Block, Dropped, Pack, ScorePart } from '../types/pack.ts'
import type { LineRange } from '../types/source.ts'
import type { Rendering } from './compress.ts'
import type { Corpus } from './corpus.ts'
import { headingOf, presentPack, priceBlock } from './present.ts'

/** Characters per token of budget that a model can read at most. */
export const CHARS_PER_TOKEN = 4.9
/** No text averages more characters per token: a longer one cannot fit and is not counted. */
const MAX_CHARS_PER_TOKEN = 8
/** At least as wide as any block id. */
const WIDEST_ID = 'b000'
const MAX_DROPPED_LISTED = 20
export const NO_ROOM = 'no room'

/** A block before it has an id. */
export interface PendingBlock extends Rendering, LineRange {
  readonly file: number
  readonly chunk: number
  readonly symbols: readonly string[]
  readonly why: readonly ScorePart[]
  /** Shown because the user asked for it. */
  readonly pinned?: boolean
}

export class PackBuilder {
  readonly pending: PendingBlock[] = []
  readonly dropped: Dropped[] = []
  readonly budget: number
  /** Matching chunks that did not fit. */
  leftOut = 0
  tokens = 0
  private chars = 0
  private readonly corpus: Corpus
  private readonly tokenizer: Tokenizer
  private readonly filesWithHeading = new Set<number>()

  constructor(corpus: Corpus, tokenizer: Tokenizer, budget: number) {
    this.corpus = corpus
    this.tokenizer = tokenizer
    this.budget = budget
  }

  /**
   * Adds the block if it fits below the limit and returns -1; otherwise returns the tokens it would take (0: too long
   * to count).
   */
  add(pending: PendingBlock, limit: number): number {
    const block = blockOf(pending, this.corpus, WIDEST_ID)
    const above = this.filesWithHeading.has(pending.file) ? block.path : ''
    const free = Math.min(limit, this.budget) - this.tokens
    const price = priceBlock(this.tokenizer, block, above, (chars) => this.mayFit(chars, limit))
    if (!price) return 0
    if (price.tokens > free) return price.tokens
    this.tokens += price.tokens
    this.chars += price.chars
    this.pending.push(pending)
    if (headingOf(block)) this.filesWithHeading.add(pending.file)
    return -1
  }

  /** Whether a text of that length is worth counting. */
  mayFit(chars: number, limit: number): boolean {
    const free = Math.min(limit, this.budget) - this.tokens
    return this.chars + chars <= this.budget * CHARS_PER_TOKEN && chars <= free * MAX_CHARS_PER_TOKEN
  }

  /** Lists what is not shown, up to the length of the list, and counts everything that did not fit. */
  drop(what: Omit<Dropped, 'tokens'>, tokens = 0): void {
    if (what.reason === NO_ROOM) this.leftOut++
    if (this.dropped.length < MAX_DROPPED_LISTED) this.dropped.push({ ...what, tokens })
  }

  shows(file: number, { firstLine, lastLine }: LineRange): boolean {
    return this.pending.some(
      (pending) => pending.file === file && pending.firstLine <= lastLine && pending.lastLine >= firstLine,
    )
  }

  /**
   * Builds the pack in document order: the map first, files by their best block, cards last; adjacent blocks are
   * merged.
   */
  build(mode: Pack['mode'], trace: (blocks: readonly Block[]) => Pack['trace']): Pack {
    const place = new Map<number, number>()
    for (const { file } of this.pending) if (!place.has(file)) place.set(file, place.size)
    const isCard = ({ resolution }: PendingBlock) => (resolution === 'file card' ? 1 : 0)
    let drafts = joinNeighbours(
      [...this.pending].sort(
        (a, b) => isCard(a) - isCard(b) || place.get(a.file)! - place.get(b.file)! || a.firstLine - b.firstLine,
      ),
    )
    for (;;) {
      const blocks = this.assignIds(drafts)
      // Blocks end with a newline and begin with a bracket or a hash, where no tokenizer merges, so their tokens add
      // up.
      const tokens = blocks.reduce((sum, block) => sum + block.tokens, 0)
      const chars = presentPack({ blocks }).length
      if (tokens <= this.budget && chars <= this.budget * CHARS_PER_TOKEN)
        return {
          ...{ budget: this.budget, tokens, chars, mode, blocks },
          ...{ dropped: this.dropped, leftOut: this.leftOut, trace: trace(blocks) },
        }
      drafts = drafts.slice(0, -1)
    }
  }

  private assignIds(drafts: readonly PendingBlock[]): Block[] {
    let above = ''
    return drafts.map((pending, i): Block => {
      const block = blockOf(pending, this.corpus, `b${i + 1}`)
      // Priced under its first id, which the tokenizer has cached; a shorter id takes no more tokens.
      const { tokens } = priceBlock(this.tokenizer, { ...block, id: WIDEST_ID }, above)
      above = headingOf(block)
      return { ...block, tokens }
    })
  }
}

function blockOf(pending: PendingBlock, { files }: Corpus, id: string): Omit<Block, 'tokens'> {
  const entry = files[pending.file]
  const { symbols, resolution, firstLine, lastLine, shown, text, why } = pending
  const place = { path: entry?.path ?? '', hash: entry?.key ?? '', firstLine, lastLine }
  return { id, ...place, symbols, resolution, shown, text, why }
}

function joinNeighbours(drafts: readonly PendingBlock[]): PendingBlock[] {
  const result: PendingBlock[] = []
  for (const pending of drafts) {
    const held = result.at(-1)
    const joins =
      held?.file === pending.file &&
      held.resolution === 'full' &&
      pending.resolution === 'full' &&
      held.pinned === pending.pinned &&
      held.lastLine + 1 === pending.firstLine
    if (!held || !joins) {
      result.push(pending)
      continue
    }
    const shown: readonly [number, number][] = [[held.firstLine, pending.lastLine]]
    const symbols = [...new Set([...held.symbols, ...pending.symbols])]
    result[result.length - 1] = {
      ...held,
      lastLine: pending.lastLine,
      text: `${held.text}\n${pending.text}`,
      shown,
      symbols,
    }
  }
  return result
}
