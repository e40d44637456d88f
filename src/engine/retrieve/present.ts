/**
 * Pack → what a model or a person reads. Pure; every face shows the same text, and its tokens are what is counted.
 * Blocks of one file stand under its path, so that the path is paid for once.
 */
import type { Block, Pack } from '../model/pack.ts'

type Shown = Omit<Block, 'tokens' | 'why' | 'hash'>

/** A block as it stands after a block of the file `above` ('' for the first block of all). */
export function presentBlock({ id, path, symbol, resolution, start, end, text }: Shown, above: string): string {
  if (resolution === 'r4') return `[${id}] ${path}${text && `: ${text}`}\n`
  if (resolution === 'r5') return `[${id}] ${text}\n`
  const heading = path === above ? '' : `## ${path}\n`
  if (resolution === 'r2' || resolution === 'r3') return `${heading}[${id}] ${text}\n`
  const name = symbol ? ` ${symbol}` : ''
  const trimmed = resolution === 'r1' ? ' trimmed' : ''
  return `${heading}[${id}] ${start}-${end}${name}${trimmed}\n${text}\n`
}

/** File whose heading a block leaves behind for the next. */
export function headingOf({ path, resolution }: Pick<Block, 'path' | 'resolution'>): string {
  return resolution === 'r4' || resolution === 'r5' ? '' : path
}

/** The whole context, in document order. */
export function presentPack({ blocks }: Pick<Pack, 'blocks'>): string {
  let above = ''
  return blocks
    .map((block) => {
      const text = presentBlock(block, above)
      above = headingOf(block)
      return text
    })
    .join('')
}
