/** One numbering for the blocks of a conversation: a block that was sent keeps its id and is not sent again. */
import type { Block, Context } from '../types/pack.ts'

interface NumberedContext {
  /** The context, renumbered with the conversation's ids. */
  readonly context: Context
  /** Blocks that were not sent before. */
  readonly fresh: readonly Block[]
  /** Ids of the blocks that were. */
  readonly again: readonly string[]
}

/** `before`: earlier blocks that are still valid. `all` of them are counted, since ids are never reused. */
export function assignBlockIds(context: Context, before: readonly Block[], all: readonly Block[]): NumberedContext {
  const [pack, ...more] = context.packs
  if (!pack || all.length === 0) return { context, fresh: pack?.blocks ?? [], again: [] }
  const again: Block[] = []
  const news: Block[] = []
  for (const block of pack.blocks) {
    const known = before.find((one) => covers(one, block))
    if (!known) news.push(block)
    else if (!again.includes(known)) again.push(known)
  }
  const fresh = renumber(news, all)
  const own = [...fresh, ...again]
  // In packing order.
  const place = (block: Block) => {
    const at = pack.blocks.findIndex((one) => covers(block, one))
    return at < 0 ? pack.blocks.length : at
  }
  const blocks = own.sort((a, b) => place(a) - place(b))
  const code = again.filter(({ path }) => path !== '')
  return { context: { ...context, packs: [{ ...pack, blocks }, ...more] }, fresh, again: code.map(({ id }) => id) }
}

/** The blocks that none of `before` covers, numbered after them. */
export function freshBlocks(blocks: readonly Block[], before: readonly Block[]): Block[] {
  return renumber(
    blocks.filter((block) => !before.some((one) => covers(one, block))),
    before,
  )
}

function renumber(blocks: readonly Block[], after: readonly Block[]): Block[] {
  const highest = after.reduce((most, { id }) => Math.max(most, Number(id.slice(1))), 0)
  return blocks.map((block, i) => ({ ...block, id: `b${highest + 1 + i}` }))
}

/** Whether one block shows all the lines of the same file that the other shows. */
function covers(one: Block, other: Block): boolean {
  if (one.path !== other.path || one.hash !== other.hash) return false
  if (one.resolution === other.resolution && one.text === other.text) return true
  if (other.shown.length === 0) return other.resolution === 'file card' && one.shown.length > 0
  return other.shown.every(([first, last]) => one.shown.some(([from, to]) => from <= first && to >= last))
}
