/**
 * Lines + symbols → chunks: whole small symbols, parts of long ones, and the text between, in source order and without
 * overlap. Small neighbours under one parent are merged. Sizes were measured: file and line recall at small budgets
 * rise with symbol boundaries and hardly depend on the exact sizes.
 */
import type { ChunkKind } from '../../types/chunk.ts'
import type { SourceSymbol, SymbolKind } from '../../types/symbol.ts'

/** A longer symbol is split. */
const MAX_WHOLE_LINES = 80
/** Length that parts of a long symbol come close to. */
const PART_LINES = 50
/** A shorter piece is merged with its neighbour, up to `MAX_MERGED_LINES`. */
const SMALL_LINES = 12
const MAX_MERGED_LINES = 40
/** A longer container is split into its members. */
const MAX_CONTAINER_LINES = 40
/** Lines searched backwards for a blank one to cut at. */
const CUT_WINDOW_LINES = 8
/** Shortest part before a cut, and shortest one that is not joined to the part before it. */
const MIN_PART_LINES = 10
const MIN_LAST_PART_LINES = 6

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
    return splitPiece(
      lines,
      piece({ firstLine: 1, lastLine: lines.length, kind: 'window', symbols: [], scope: [] }),
      PART_LINES,
    ).filter(hasWord(lines))
  const children: number[][] = symbols.map(() => [])
  const top: number[] = []
  symbols.forEach(({ parent }, i) => {
    const row = parent < 0 ? top : children[parent]!
    row.push(i)
  })
  const out: Piece[] = []

  const gaps = (firstLine: number, lastLine: number, scope: readonly number[]) =>
    splitPiece(lines, piece({ firstLine, lastLine, kind: 'gap', symbols: [], scope }))

  const cover = (from: number, to: number, list: readonly number[], scope: readonly number[]) => {
    const row = new ChunkMerger(out)
    let position = from
    for (const i of list) {
      const symbol = symbols[i]!
      if (symbol.lastLine < position || symbol.firstLine > to) continue
      const first = Math.max(symbol.docFirstLine, position)
      if (first > position) for (const gap of gaps(position, first - 1, scope)) row.add(gap)
      addSymbol(row, { symbol: i, first, last: Math.min(symbol.lastLine, to), scope })
      position = Math.max(position, symbol.lastLine + 1)
    }
    if (position <= to) for (const gap of gaps(position, to, scope)) row.add(gap)
    row.flush()
  }

  const addSymbol = (row: ChunkMerger, { symbol: i, first, last, scope }: SymbolSpan) => {
    const symbol = symbols[i]!
    const kind = FUNCTIONS.has(symbol.kind) ? 'function' : 'class'
    const members = children[i]!.filter((j) => symbols[j]!.lastLine >= first)
    const length = last - first + 1
    const isSplit = CONTAINERS.has(symbol.kind)
      ? length > MAX_CONTAINER_LINES
      : nestedSplit && kind === 'function' && length > MAX_WHOLE_LINES
    if (members.length && isSplit) {
      row.flush()
      const header = Math.max(first, Math.min(last, Math.min(...members.map((j) => symbols[j]!.docFirstLine)) - 1))
      out.push(...splitPiece(lines, piece({ firstLine: first, lastLine: header, kind, symbols: [i], scope })))
      if (header < last) cover(header + 1, last, members, [...scope, i])
    } else if (length > MAX_WHOLE_LINES) {
      row.flush()
      out.push(...splitPiece(lines, piece({ firstLine: first, lastLine: last, kind, symbols: [i], scope })))
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
    const last = this.pending
    const isSmall = last && (size(next) < SMALL_LINES || size(last) < SMALL_LINES)
    if (last && isSmall && next.lastLine - last.firstLine + 1 <= MAX_MERGED_LINES) {
      const kind = last.kind === 'gap' ? next.kind : last.kind
      this.pending = { ...last, lastLine: next.lastLine, kind, symbols: [...last.symbols, ...next.symbols] }
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
function splitPiece(lines: readonly string[], whole: Piece, limitLines = MAX_WHOLE_LINES): Piece[] {
  if (size(whole) <= limitLines) return [whole]
  const step = Math.ceil(size(whole) / Math.ceil(size(whole) / PART_LINES))
  const result: Piece[] = []
  let first = whole.firstLine
  while (first <= whole.lastLine) {
    let last = Math.min(whole.lastLine, first + step - 1)
    if (last < whole.lastLine) {
      for (let back = 0; back < CUT_WINDOW_LINES && last - back > first + MIN_PART_LINES; back++) {
        if (lines[last - back - 1]?.trim()) continue
        last -= back
        break
      }
    }
    if (whole.lastLine - last < MIN_LAST_PART_LINES) last = whole.lastLine
    result.push({ ...whole, firstLine: first, lastLine: last, part: result.length })
    first = last + 1
  }
  return result
}
