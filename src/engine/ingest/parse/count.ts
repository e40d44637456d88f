/** Chunk text → term counts in four fields: names, signature, comments, body. */

import { COMMENT_LINE } from '../../text/comment.ts'
import { termsOfWord, wordsOf } from '../../text/terms.ts'
import type { Chunk } from '../../types/chunk.ts'
import type { SourceSymbol } from '../../types/symbol.ts'
import type { Piece } from './chunk.ts'

const DOCSTRING = /^\s*[rbuRBU]{0,2}("""|''')/
const MAX_SIGNATURE_LINES = 8

/** Names, signature, comments, body. */
type Fields = [names: string, signature: string, comments: string, body: string]

export function fieldsOf(lines: readonly string[], piece: Piece, symbols: readonly SourceSymbol[]): Fields {
  const names = [...piece.symbols, ...piece.scope].map((i) => symbols[i]?.name ?? '').join(' ')
  const bodyLine = piece.part === 0 ? (symbols[piece.symbols[0] ?? -1]?.bodyLine ?? 0) : 0
  const signature: string[] = []
  const comments: string[] = []
  const body: string[] = []
  /** Delimiter of the docstring the line is in. */
  let quote: string | null = null
  for (let n = piece.firstLine; n <= piece.lastLine; n++) {
    const line = lines[n - 1] ?? ''
    const opening = DOCSTRING.exec(line)?.[1]
    if (quote) {
      comments.push(line)
      if (line.includes(quote)) quote = null
    } else if (COMMENT_LINE.test(line)) comments.push(line)
    else if (opening) {
      comments.push(line)
      if (line.indexOf(opening, line.indexOf(opening) + 3) < 0) quote = opening
    } else if (n <= bodyLine && n >= bodyLine - 6 && signature.length < MAX_SIGNATURE_LINES) signature.push(line)
    else body.push(line)
  }
  return [names, signature.join('\n'), comments.join('\n'), body.join('\n')]
}

/** Collects the distinct terms of one file; chunks refer to them by index. */
export class TermCounter {
  readonly terms: string[] = []
  private readonly ids = new Map<string, number>()
  private readonly words = new Map<string, readonly number[]>()
  /** For each term the last chunk that contained it, and the offset of its counts there. */
  private readonly lastChunks: number[] = []
  private readonly offsets: number[] = []
  private chunk = 0

  count(fields: readonly string[]): Pick<Chunk, 'terms' | 'counts' | 'lengths'> {
    this.chunk++
    const terms: number[] = []
    const counts: number[] = []
    const lengths: [number, number, number, number] = [0, 0, 0, 0]
    fields.forEach((text, field) => {
      for (const word of wordsOf(text))
        for (const id of this.idsOf(word)) {
          if (this.lastChunks[id] !== this.chunk) {
            this.lastChunks[id] = this.chunk
            this.offsets[id] = counts.length
            terms.push(id)
            counts.push(0, 0, 0, 0)
          }
          counts[this.offsets[id]! + field]!++
          lengths[field]!++
        }
    })
    const bytes = Uint8Array.from(counts, (n) => Math.min(255, n))
    return { terms: Uint32Array.from(terms), counts: bytes, lengths }
  }

  private idsOf(word: string): readonly number[] {
    let ids = this.words.get(word)
    if (!ids) {
      ids = termsOfWord(word).map((term) => this.idOf(term))
      this.words.set(word, ids)
    }
    return ids
  }

  private idOf(term: string): number {
    let id = this.ids.get(term)
    if (id === undefined) {
      id = this.terms.length
      this.ids.set(term, id)
      this.terms.push(term)
    }
    return id
  }
}
