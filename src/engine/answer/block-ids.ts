/** Numbers a conversation's blocks consistently: a block sent earlier keeps its id and isn't sent again. */
import type { Block, Context } from '../types/pack.ts'

interface NumberedContext {
  /** The context under the conversation's block ids. */
  readonly context: Context
  /** Blocks not sent before. */
  readonly fresh: readonly Block[]
  /** Ids of the blocks that were sent before. */
  readonly again: readonly string[]
}

/** `valid`: earlier blocks that are still current. `all`: every earlier block, so that no id is assigned twice. */
export function assignBlockIds(context: Context, valid: readonly Block[], all: readonly Block[]): NumberedContext {
  const [pack, ...more] = context.packs
  if (!pack || all.length === 0) return { context, fresh: pack?.blocks ?? [], again: [] }
  const again: Block[] = []
  const unsent: Block[] = []
  for (const block of pack.blocks) {
    const known = valid.find((earlier) => covers(earlier, block))
    if (!known) unsent.push(block)
    else if (!again.includes(known)) again.push(known)
  }
  const fresh = renumber(unsent, all)
  const present = [...fresh, ...again]
  // In packing order.
  const positionOf = (block: Block) => {
    const at = pack.blocks.findIndex((one) => covers(block, one))
    return at < 0 ? pack.blocks.length : at
  }
  const blocks = present.sort((a, b) => positionOf(a) - positionOf(b))
  const code = again.filter(({ path }) => path !== '')
  return { context: { ...context, packs: [{ ...pack, blocks }, ...more] }, fresh, again: code.map(({ id }) => id) }
}

/** The blocks that no earlier block covers, numbered after the earlier ones. */
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

/** Whether a block shows everything that another block of the same file version shows. */
function covers(one: Block, other: Block): boolean {
  if (one.path !== other.path || one.hash !== other.hash) return false
  if (one.resolution === other.resolution && one.text === other.text) return true
  if (other.shown.length === 0) return other.resolution === 'file card' && one.shown.length > 0
  return other.shown.every(([first, last]) => one.shown.some(([from, to]) => from <= first && to >= last))
}
