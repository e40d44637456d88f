/** Pack → what a model or a person reads. Pure; every face shows the same text, and its tokens are what is counted. */
import type { Block, Pack } from '../model/pack.ts'

/** A block as it stands in the context: one heading, then its text. */
export function presentBlock({
  id,
  path,
  symbol,
  resolution,
  start,
  end,
  text,
}: Omit<Block, 'tokens' | 'why' | 'hash'>): string {
  const lines = end > 0 ? `:${start}-${end}` : ''
  const name = symbol ? ` ${symbol}` : ''
  return `[${id}] ${path}${lines}${name} (${resolution})\n${text}\n`
}

/** The whole context, in document order. */
export function presentPack({ blocks }: Pick<Pack, 'blocks'>): string {
  return blocks.map(presentBlock).join('')
}
