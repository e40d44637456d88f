/**
 * Lines + symbols → chunks: whole small symbols, parts of long ones, and the text between, in source order and without
 * overlap. Small neighbours under one parent are merged. Sizes as measured in the ranking notes: file and line recall
 * at small budgets rise with symbol boundaries and hardly depend on the exact sizes.
 */
import type { ChunkKind } from '../../types/chunk.ts'
import type { SourceSymbol, SymbolKind } from '../../types/symbol.ts'

const MAX_WHOLE_CHARS = 80
const PART = 50
const SMALL = 12
const MERGED = 40
const CLASS = 40
const CUT_WINDOW = 8

const CONTAINERS = new Set<SymbolKind>(['class', 'interface', 'struct', 'enum', 'trait', 'module', 'section', 'key'])
const FUNCTIONS = new Set<SymbolKind>(['function', 'method', 'macro'])

/** A chunk before its terms are counted. */
export interface Piece {
  readonly firstLine: number
  readonly lastLine: number
  readonly kind: ChunkKind
  readonly symbols: readonly number[]
  readonly scope: readonly number[]
  readonly part: number
}

/** The lines of a symbol, and the symbols that enclose it. */
interface SymbolSpan {
  readonly symbol: number
  readonly first: number
  readonly last: number
  readonly scope: readonly number[]
}

/** `nestedSplit`: long functions are split at their nested functions (JavaScript, TypeScript). */
export function cutChunks(lines: readonly string[], symbols: readonly SourceSymbol[], nestedSplit: boolean): Piece[] {
  if (symbols.length === 0)
    return parts(
      lines,
      piece({ firstLine: 1, lastLine: lines.length, kind: 'window', symbols: [], scope: [] }),
      PART,
    ).filter(hasWord(lines))
  const children: number[][] = symbols.map(() => [])
  const top: number[] = []
  symbols.forEach(({ parent }, i) => {
    const row = parent < 0 ? top : children[parent]!
    row.push(i)
  })
  const out: Piece[] = []

  const gaps = (firstLine: number, lastLine: number, scope: readonly number[]) =>
    parts(lines, piece({ firstLine, lastLine, kind: 'gap', symbols: [], scope }))

  const cover = (from: number, to: number, list: readonly number[], scope: readonly number[]) => {
    const row = new ChunkMerger(out)
    let position = from
    for (const i of list) {
      const symbol = symbols[i]!
      if (symbol.lastLine < position || symbol.firstLine > to) continue
      const first = Math.max(symbol.docFirstLine, position)
      if (first > position) for (const gap of gaps(position, first - 1, scope)) row.add(gap)
      place(row, { symbol: i, first, last: Math.min(symbol.lastLine, to), scope })
      position = Math.max(position, symbol.lastLine + 1)
    }
    if (position <= to) for (const gap of gaps(position, to, scope)) row.add(gap)
    row.flush()
  }

  const place = (row: ChunkMerger, { symbol: i, first, last, scope }: SymbolSpan) => {
    const symbol = symbols[i]!
    const kind = FUNCTIONS.has(symbol.kind) ? 'function' : 'class'
    const members = children[i]!.filter((j) => symbols[j]!.lastLine >= first)
    const length = last - first + 1
    const opens = CONTAINERS.has(symbol.kind)
      ? length > CLASS
      : nestedSplit && kind === 'function' && length > MAX_WHOLE_CHARS
    if (members.length && opens) {
      row.flush()
      const header = Math.max(first, Math.min(last, Math.min(...members.map((j) => symbols[j]!.docFirstLine)) - 1))
      out.push(...parts(lines, piece({ firstLine: first, lastLine: header, kind, symbols: [i], scope })))
      if (header < last) cover(header + 1, last, members, [...scope, i])
    } else if (length > MAX_WHOLE_CHARS) {
      row.flush()
      out.push(...parts(lines, piece({ firstLine: first, lastLine: last, kind, symbols: [i], scope })))
    } else row.add(piece({ firstLine: first, lastLine: last, kind, symbols: [i, ...members], scope }))
  }

  cover(1, lines.length, top, [])
  return out.filter(hasWord(lines))
}

/** Merges small neighbours as they arrive. */
class ChunkMerger {
  private pending: Piece | null = null
  private readonly out: Piece[]
  constructor(out: Piece[]) {
    this.out = out
  }
  add(next: Piece): void {
    const held = this.pending
    const small = held && (size(next) < SMALL || size(held) < SMALL)
    if (held && small && next.lastLine - held.firstLine + 1 <= MERGED) {
      const kind = held.kind === 'gap' ? next.kind : held.kind
      this.pending = { ...held, lastLine: next.lastLine, kind, symbols: [...held.symbols, ...next.symbols] }
      return
    }
    this.flush()
    this.pending = next
  }
  flush(): void {
    if (this.pending) this.out.push(this.pending)
    this.pending = null
  }
}

function piece(unsplit: Omit<Piece, 'part'>): Piece {
  return { ...unsplit, part: 0 }
}

function size({ firstLine, lastLine }: Piece): number {
  return lastLine - firstLine + 1
}

function hasWord(lines: readonly string[]): (piece: Piece) => boolean {
  return ({ firstLine, lastLine }) => lines.slice(firstLine - 1, lastLine).some((line) => /[\p{L}\p{N}]/u.test(line))
}

/** Splits a long piece into even parts, at a blank line if one is near. */
function parts(lines: readonly string[], whole: Piece, limit = MAX_WHOLE_CHARS): Piece[] {
  if (size(whole) <= limit) return [whole]
  const step = Math.ceil(size(whole) / Math.ceil(size(whole) / PART))
  const result: Piece[] = []
  let first = whole.firstLine
  while (first <= whole.lastLine) {
    let last = Math.min(whole.lastLine, first + step - 1)
    if (last < whole.lastLine) {
      for (let back = 0; back < CUT_WINDOW && last - back > first + 10; back++) {
        if (lines[last - back - 1]?.trim()) continue
        last -= back
        break
      }
    }
    if (whole.lastLine - last < 6) last = whole.lastLine
    result.push({ ...whole, firstLine: first, lastLine: last, part: result.length })
    first = last + 1
  }
  return result
}
