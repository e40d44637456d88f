/** Chunk text → term counts in four fields: names, signature, comments, body. */
import type { Chunk } from '../model/chunk.ts'
import type { SourceSymbol } from '../model/symbol.ts'
import { termsOfWord, wordsOf } from '../model/terms.ts'
import type { Piece } from './chunk.ts'

const COMMENT = /^\s*(#(?!include|define|if|el|end|\[|pragma|undef)|\/\/|\/\*|\*(?!\w*\()|<!--|--\s|\(\*|;;|%%?\s)/
const DOCSTRING = /^\s*[rbuRBU]{0,2}("""|''')/
const SIGNATURE_LINES = 8

/** Names, signature, comments, body. */
type Fields = [names: string, signature: string, comments: string, body: string]

export function fieldsOf(lines: readonly string[], piece: Piece, symbols: readonly SourceSymbol[]): Fields {
  const names = [...piece.symbols, ...piece.scope].map((i) => symbols[i]?.name ?? '').join(' ')
  const bodyLine = piece.part === 0 ? (symbols[piece.symbols[0] ?? -1]?.bodyLine ?? 0) : 0
  const signature: string[] = []
  const comments: string[] = []
  const body: string[] = []
  let quote = ''
  for (let n = piece.first; n <= piece.last; n++) {
    const line = lines[n - 1] ?? ''
    const opening = DOCSTRING.exec(line)?.[1] ?? ''
    if (quote) {
      comments.push(line)
      if (line.includes(quote)) quote = ''
    } else if (COMMENT.test(line)) comments.push(line)
    else if (opening) {
      comments.push(line)
      if (line.indexOf(opening, line.indexOf(opening) + 3) < 0) quote = opening
    } else if (n <= bodyLine && n >= bodyLine - 6 && signature.length < SIGNATURE_LINES) signature.push(line)
    else body.push(line)
  }
  return [names, signature.join('\n'), comments.join('\n'), body.join('\n')]
}

/** Collects the distinct terms of one file; chunks refer to them by number. */
export class Vocabulary {
  readonly terms: string[] = []
  private readonly ids = new Map<string, number>()

  count(fields: readonly string[]): Pick<Chunk, 'terms' | 'counts' | 'lengths'> {
    const found = new Map<number, [number, number, number, number]>()
    const lengths: [number, number, number, number] = [0, 0, 0, 0]
    fields.forEach((text, field) => {
      for (const word of wordsOf(text))
        for (const term of termsOfWord(word)) {
          const id = this.idOf(term)
          let counts = found.get(id)
          if (!counts) {
            counts = [0, 0, 0, 0]
            found.set(id, counts)
          }
          counts[field]!++
          lengths[field]!++
        }
    })
    const counts = new Uint8Array(found.size * 4)
    let i = 0
    for (const row of found.values()) for (const n of row) counts[i++] = Math.min(255, n)
    return { terms: Uint32Array.from(found.keys()), counts, lengths }
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
