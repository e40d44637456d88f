/**
 * Citation marks: a model writes `[b3]`, `[3]` or `[b1, b4]`; a reader sees `[3]`, `[1] [4]`. What stands between
 * backticks is code and is left as it is.
 */
import type { Citation } from '../model/answer.ts'
import type { Block } from '../model/pack.ts'

const MARK = /\[b?\d{1,4}\]|\[b\d{1,4}(?:\s*[,;]\s*b?\d{1,4})+\]/g
/** What may still become a mark, or a run of backticks, when more text comes. */
const OPEN = /\[(b[b\d,; ]{0,40}|\d{0,4})$|`+$/

/** Text that comes in pieces, with plain marks: a mark that is cut in two is held back until it is whole. */
export class MarkStream {
  private held = ''
  /** Backticks that opened the code the text is in; '' outside. */
  private fence = ''

  push(piece: string): string {
    const text = this.held + piece
    const at = text.search(OPEN)
    this.held = at < 0 ? '' : text.slice(at)
    return this.take(at < 0 ? text : text.slice(0, at))
  }

  end(): string {
    const rest = this.held
    this.held = ''
    return this.take(rest)
  }

  private take(text: string): string {
    return partsOf(text)
      .map((part) => {
        if (part.startsWith('`')) this.turn(part)
        return this.fence || part.startsWith('`') ? part : plainMarks(part)
      })
      .join('')
  }

  private turn(ticks: string): void {
    if (this.fence === '') this.fence = ticks
    else if (ticks === this.fence || (this.fence.length >= 3 && ticks.length >= this.fence.length)) this.fence = ''
  }
}

/** Runs of backticks, and what stands between them. */
const partsOf = (text: string): string[] => text.split(/(`+)/).filter(Boolean)

function plainMarks(text: string): string {
  return text.replace(MARK, (mark) => (mark.match(/\d+/g) ?? []).map((n) => `[${Number(n)}]`).join(' '))
}

/** Blocks that the marks of a text with plain marks name, in its order; cards of folders cannot be cited. */
export function citationsOf(text: string, blocks: readonly Block[]): Omit<Citation, 'verdict' | 'missing'>[] {
  const byNumber = new Map(blocks.map((block) => [Number(block.id.slice(1)), block]))
  return [...new Set(citedNumbers(text))].flatMap((n) => {
    const block = byNumber.get(n)
    if (!block?.path) return []
    const { path, start, end, symbol } = block
    return [{ n, path, start: Math.max(1, start), end: Math.max(1, end), symbol }]
  })
}

/** Numbers of the marks in a text, code left out. */
export function citedNumbers(text: string): number[] {
  return [...proseOf(text).matchAll(/\[(\d{1,4})\]/g)].map(([, n]) => Number(n))
}

/** The text without its code. */
function proseOf(text: string): string {
  let fence = ''
  let prose = ''
  for (const part of partsOf(text)) {
    if (!part.startsWith('`')) prose += fence ? ' ' : part
    else if (fence === '') fence = part
    else if (part === fence || (fence.length >= 3 && part.length >= fence.length)) fence = ''
  }
  return prose
}
