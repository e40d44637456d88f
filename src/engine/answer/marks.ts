/** Citation marks: a model writes `[b3]`, `[3]` or `[b1, b4]`; a reader sees `[3]`, `[1] [4]`. */
import type { Citation } from '../model/answer.ts'
import type { Block } from '../model/pack.ts'

const MARK = /\[b?\d{1,4}(?:\s*[,;]\s*b?\d{1,4})*\]/g
/** What may still become a mark when more text comes. */
const OPEN = /\[[b\d,; ]{0,40}$/

export function plainMarks(text: string): string {
  return text.replace(MARK, (mark) => (mark.match(/\d+/g) ?? []).map((n) => `[${Number(n)}]`).join(' '))
}

/** The same for text that comes in pieces: a mark that is cut in two is held back until it is whole. */
export class MarkStream {
  private held = ''

  push(piece: string): string {
    const text = this.held + piece
    const at = text.search(OPEN)
    this.held = at < 0 ? '' : text.slice(at)
    return plainMarks(at < 0 ? text : text.slice(0, at))
  }

  end(): string {
    const rest = plainMarks(this.held)
    this.held = ''
    return rest
  }
}

/** Blocks that the marks name, in the order of the text; cards of folders cannot be cited. */
export function citationsOf(text: string, blocks: readonly Block[]): Citation[] {
  const byNumber = new Map(blocks.map((block) => [Number(block.id.slice(1)), block]))
  const numbers = new Set([...text.matchAll(/\[(\d{1,4})\]/g)].map(([, n]) => Number(n)))
  return [...numbers].flatMap((n) => {
    const block = byNumber.get(n)
    if (!block?.path) return []
    const { path, start, end, symbol } = block
    return [{ n, path, start: Math.max(1, start), end: Math.max(1, end), symbol }]
  })
}
