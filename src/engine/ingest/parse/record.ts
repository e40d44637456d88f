/**
 * One file's bytes → its record: screened, parsed, chunked and counted. Depends on the bytes and the path's name alone.
 */
import { createHash } from 'node:crypto'
import { type Language, languageOf, SCRIPT_LANGUAGES } from '../../text/language.ts'
import { manifestOf } from '../../text/path-role.ts'
import type { Chunk, FileRecord } from '../../types/chunk.ts'
import type { SkipReason } from '../../types/source.ts'
import type { SourceSymbol } from '../../types/symbol.ts'
import { INDEX_VERSION } from '../../types/version.ts'
import { cutChunks, type Piece } from './chunk.ts'
import { fieldsOf, TermCounter } from './count.ts'
import { findHeadings } from './headings.ts'
import { exportsOf } from './imported.ts'
import type { SyntaxParser } from './parse.ts'
import type { Symbols } from './references.ts'
import { screeningOf, screenText } from './screen.ts'
import { findSymbols } from './symbols.ts'

/** Longer lines on average mean data, not code: windows of lines suit it better than symbols. */
const MAX_AVERAGE_LINE_CHARS = 300

/** Equal for all paths that parsing and screening treat alike. */
export function recordKey(path: string, bytes: Uint8Array): string {
  const form = `${INDEX_VERSION} ${manifestOf(path) ?? languageOf(path).id} ${screeningOf(path)}\n`
  return createHash('sha256').update(form).update(bytes).digest('hex').slice(0, 40)
}

export async function recordFile(parser: SyntaxParser, path: string, bytes: Uint8Array): Promise<FileRecord> {
  const language = languageOf(path)
  const key = recordKey(path, bytes)
  const screened = screenText(bytes, path)
  if ('reason' in screened) return emptyRecord(key, language.id, bytes.length, screened.reason)
  const { text, plain } = screened
  const lines = linesOf(text)
  const starts = lineStarts(text)
  const source: SourceText = { path, language, text, lines, starts }
  const found = await symbolsOf(parser, source)
  const manifest = manifestOf(path)
  const counter = new TermCounter()
  const pieces = cutChunks(lines, found.symbols, SCRIPT_LANGUAGES.has(language.id))
  const chunks = pieces.map((piece) => chunkOf(piece, source, found.symbols, counter))
  return {
    key,
    language: language.id,
    lines: lines.length,
    bytes: bytes.length,
    plain,
    symbols: found.symbols,
    references: found.references,
    fields: manifest ? exportsOf(text, manifest) : found.fields,
    terms: counter.terms,
    chunks,
  }
}

/** Lines without their endings; text after the last line ending is no line when empty. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  if (lines.length > 1 && lines.at(-1) === '') lines.pop()
  return lines
}

function emptyRecord(key: string, language: string, bytes: number, skipped: SkipReason): FileRecord {
  return {
    ...{ key, language, lines: 0, bytes, plain: false, symbols: [], references: [], fields: [], terms: [], chunks: [] },
    skipped,
  }
}

interface SourceText {
  readonly path: string
  readonly language: Language
  readonly text: string
  readonly lines: readonly string[]
  /** Offset of each line's first character. */
  readonly starts: readonly number[]
}

async function symbolsOf(parser: SyntaxParser, { path, language, text, lines, starts }: SourceText): Promise<Symbols> {
  const none: Symbols = { symbols: [], references: [], fields: [] }
  if (text.length > MAX_AVERAGE_LINE_CHARS * lines.length) return none
  if (manifestOf(path) === 'go.mod') return none
  if (language.id === 'markdown') return { ...none, symbols: findHeadings(lines, starts, text.length) }
  const parsed = await parser.parse(language, text)
  if (!parsed) return none
  try {
    return findSymbols(parsed, text, lines)
  } finally {
    parsed.tree.delete()
  }
}

function chunkOf(
  piece: Piece,
  { language, text, lines, starts }: SourceText,
  symbols: readonly SourceSymbol[],
  counter: TermCounter,
): Chunk {
  const start = starts[piece.firstLine - 1] ?? 0
  const end = starts[piece.lastLine] ?? text.length
  const id = createHash('sha256').update(`${language.id}\n`).update(text.slice(start, end)).digest('hex').slice(0, 32)
  return {
    id,
    firstLine: piece.firstLine,
    lastLine: piece.lastLine,
    startOffset: start,
    endOffset: end,
    kind: piece.kind,
    names: piece.symbols.map((i) => symbols[i]?.name ?? ''),
    scope: piece.scope.map((i) => symbols[i]?.name ?? ''),
    symbol: piece.symbols[0] ?? -1,
    part: piece.part,
    ...counter.count(fieldsOf(lines, piece, symbols)),
  }
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1)
  return starts
}
