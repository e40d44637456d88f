/**
 * Collects blocks within a token budget. Costs are counted with the target model's tokenizer on the text as presented,
 * so a pack never exceeds its budget.
 */

import type { Tokenizer } from '../ports.ts'
import type { Block, Dropped, Pack, ScorePart } from '../types/pack.ts'
import type { LineRange } from '../types/source.ts'
import type { Rendering } from './compress.ts'
import type { Corpus } from './corpus.ts'
import { headingOf, presentPack, priceBlock } from './present.ts'

/** Upper bound on the characters of a pack per token of its budget. */
export const CHARS_PER_TOKEN = 4.9
/** No text averages more characters per token; anything longer can't fit and isn't tokenized. */
const MAX_CHARS_PER_TOKEN = 8
/** At least as wide as any id a pack assigns, so that the price doesn't depend on the id. */
const WIDEST_ID = 'b000'
const MAX_DROPPED_LISTED = 20
/** A block before it is assigned an id. */
export interface PendingBlock extends Rendering, LineRange {
  readonly file: number
  readonly chunk: number
  readonly symbols: readonly string[]
  readonly why: readonly ScorePart[]
  /** Packed because of an override. */
  readonly pinned?: boolean
}

/** Result of `PackBuilder.add`; `tokens` is the block's price, 0 if it was too long to be worth counting. */
export interface AddResult {
  readonly added: boolean
  readonly tokens: number
}

export class PackBuilder {
  readonly pending: PendingBlock[] = []
  readonly dropped: Dropped[] = []
  readonly budget: number
  /** Number of matching chunks that didn't fit. */
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

  /** Adds the block if the pack then stays within `limit` tokens. */
  add(pending: PendingBlock, limit: number): AddResult {
    const block = blockOf(pending, this.corpus, WIDEST_ID)
    const previousPath = this.filesWithHeading.has(pending.file) ? block.path : ''
    const free = Math.min(limit, this.budget) - this.tokens
    const price = priceBlock(this.tokenizer, block, previousPath, (chars) => this.mayFit(chars, limit))
    if (!price) return { added: false, tokens: 0 }
    if (price.tokens > free) return { added: false, tokens: price.tokens }
    this.tokens += price.tokens
    this.chars += price.chars
    this.pending.push(pending)
    if (headingOf(block)) this.filesWithHeading.add(pending.file)
    return { added: true, tokens: price.tokens }
  }

  /** Whether a text of this length could fit, so that tokenizing it is worthwhile. */
  mayFit(chars: number, limit: number): boolean {
    const free = Math.min(limit, this.budget) - this.tokens
    return this.chars + chars <= this.budget * CHARS_PER_TOKEN && chars <= free * MAX_CHARS_PER_TOKEN
  }

  /** Records a chunk that isn't shown. The list is capped; the count of chunks over the budget is not. */
  drop(what: Omit<Dropped, 'tokens'>, tokens = 0): void {
    if (what.reason === 'over budget') this.leftOut++
    if (this.dropped.length < MAX_DROPPED_LISTED) this.dropped.push({ ...what, tokens })
  }

  /** Whether a block already covers part of these lines. */
  shows(file: number, { firstLine, lastLine }: LineRange): boolean {
    return this.pending.some(
      (pending) => pending.file === file && pending.firstLine <= lastLine && pending.lastLine >= firstLine,
    )
  }

  /**
   * Orders the blocks for reading: the map first, then files by their best block, file cards last; adjacent full blocks
   * are merged. Drops blocks from the end should merging have made the pack too large.
   */
  build(mode: Pack['mode'], trace: Pack['trace']): Pack {
    const order = new Map<number, number>()
    for (const { file } of this.pending) if (!order.has(file)) order.set(file, order.size)
    const isCard = ({ resolution }: PendingBlock) => (resolution === 'file card' ? 1 : 0)
    let ordered = mergeAdjacent(
      [...this.pending].sort(
        (a, b) => isCard(a) - isCard(b) || order.get(a.file)! - order.get(b.file)! || a.firstLine - b.firstLine,
      ),
    )
    for (;;) {
      const blocks = this.assignIds(ordered)
      // Blocks end with a newline and start with `[` or `#`, across which no tokenizer merges, so their counts add up.
      const tokens = blocks.reduce((sum, block) => sum + block.tokens, 0)
      const chars = presentPack({ blocks }).length
      if (tokens <= this.budget && chars <= this.budget * CHARS_PER_TOKEN)
        return {
          ...{ budget: this.budget, tokens, chars, mode, blocks },
          ...{ dropped: this.dropped, leftOut: this.leftOut, trace },
        }
      ordered = ordered.slice(0, -1)
    }
  }

  private assignIds(ordered: readonly PendingBlock[]): Block[] {
    let previousPath = ''
    return ordered.map((pending, i): Block => {
      const block = blockOf(pending, this.corpus, `b${i + 1}`)
      // Counted with the id used in `add`, so the tokenizer's cache has it; a shorter id never costs more.
      const { tokens } = priceBlock(this.tokenizer, { ...block, id: WIDEST_ID }, previousPath)
      previousPath = headingOf(block)
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

/** Merges consecutive full blocks of one file whose line ranges are adjacent. */
function mergeAdjacent(ordered: readonly PendingBlock[]): PendingBlock[] {
  const result: PendingBlock[] = []
  for (const pending of ordered) {
    const last = result.at(-1)
    const isAdjacent =
      last?.file === pending.file &&
      last.resolution === 'full' &&
      pending.resolution === 'full' &&
      last.pinned === pending.pinned &&
      last.lastLine + 1 === pending.firstLine
    if (!last || !isAdjacent) {
      result.push(pending)
      continue
    }
    const shown: readonly [number, number][] = [[last.firstLine, pending.lastLine]]
    const symbols = [...new Set([...last.symbols, ...pending.symbols])]
    result[result.length - 1] = {
      ...last,
      lastLine: pending.lastLine,
      text: `${last.text}\n${pending.text}`,
      shown,
      symbols,
    }
  }
  return result
}
