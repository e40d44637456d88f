/**
 * A record ↔ bytes, the form in which it is stored and sent between processes: its distinct strings once, then
 * variable-length numbers (LEB128, zigzag for signed ones), deflated. For any input, `unpackRecord` returns a record or
 * throws.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { detachedCopy } from '../text/terms.ts'
import { type Chunk, type ChunkKind, FIELDS, type FileRecord, type PackedRecord } from '../types/chunk.ts'
import type { SkipReason } from '../types/source.ts'
import { type Field, REFERENCE_KINDS, type SourceSymbol, type SymbolKind } from '../types/symbol.ts'
import { FlatChunk, FlatReferences, NUMBERS, TEXTS } from './flat-chunks.ts'

/** Separator; indexed text contains no zero byte. */
const SEPARATOR = '\0'
/** A term's four counts take one byte when only one is not zero: field in the upper bits, count in the lower. */
const SEVERAL_COUNTS = 63
/** Largest unpacked record; more is corrupt. */
const MAX_BYTES = 1 << 28
/** Strings interned before the interner starts over. */
const MAX_STRINGS = 500_000
const LENGTH_PREFIX_BYTES = 4

export function packRecord(record: FileRecord): PackedRecord {
  const out = new Writer()
  const { symbols, references, fields, terms, chunks } = record
  out.text(record.key)
  out.text(record.language)
  out.text(record.skipped ?? '')
  out.uint(record.lines)
  out.uint(record.bytes)
  out.uint(record.plain ? 1 : 0)
  out.uint(symbols.length)
  let at = 0
  let line = 0
  for (const symbol of symbols) {
    out.text(symbol.name)
    out.text(symbol.kind)
    out.text(symbol.signature)
    out.text(symbol.doc)
    out.text(symbol.result)
    out.uint(symbol.parameters === null ? 0 : symbol.parameters + 1)
    out.int(symbol.parent)
    out.int(symbol.startOffset - at)
    out.int(symbol.endOffset - symbol.startOffset)
    out.int(symbol.firstLine - line)
    out.int(symbol.lastLine - symbol.firstLine)
    out.int(symbol.firstLine - symbol.docFirstLine)
    out.int(symbol.bodyLine - symbol.firstLine)
    at = symbol.startOffset
    line = symbol.firstLine
  }
  const all = [...references]
  out.uint(all.length)
  line = 0
  for (const reference of all) {
    out.uint(REFERENCE_KINDS.indexOf(reference.kind))
    out.text(reference.name)
    out.text(reference.on)
    out.int(reference.within)
    out.int(reference.line - line)
    line = reference.line
  }
  out.uint(fields.length)
  for (const { owner, name, type } of fields) {
    out.text(owner)
    out.text(name)
    out.text(type)
  }
  packChunks(out, chunks)
  return { key: record.key, bytes: out.finish(terms) }
}

function packChunks(out: Writer, chunks: readonly Chunk[]): void {
  out.uint(chunks.length)
  out.uint(chunks.reduce((sum, { terms }) => sum + terms.length, 0))
  let at = 0
  let line = 0
  let next = 0
  for (const chunk of chunks) {
    out.text(chunk.id)
    out.text(chunk.kind)
    out.texts(chunk.names)
    out.texts(chunk.scope)
    out.int(chunk.firstLine - line)
    out.int(chunk.lastLine - chunk.firstLine)
    out.int(chunk.startOffset - at)
    out.int(chunk.endOffset - chunk.startOffset)
    out.int(chunk.symbol)
    out.uint(chunk.part)
    for (const length of chunk.lengths) out.uint(length)
    const { terms, counts } = chunk
    out.uint(terms.length)
    for (let i = 0; i < terms.length; i++) {
      const term = terms[i]!
      // 0 for a term that is new in the file, as most are.
      out.uint(next - term)
      if (term === next) next++
      out.counts(counts, i * FIELDS)
    }
    at = chunk.endOffset
    line = chunk.lastLine
  }
}

/**
 * Throws when the bytes were not made by `packRecord`. Callers that unpack many records pass the same `strings` to all.
 */
export function unpackRecord(packed: Uint8Array, strings = new StringInterner()): FileRecord {
  const input = new Reader(packed, strings)
  const key = input.text()
  const language = input.text()
  const skipped = input.text()
  const [lines, bytes, plain] = [input.uint(), input.uint(), input.uint() === 1]
  const { terms } = input
  let at = 0
  let line = 0
  const symbols = input.list((): SourceSymbol => {
    const [name, kind, signature] = [input.text(), input.text(), input.text()]
    const [doc, result] = [input.text(), input.text()]
    const parameters = input.uint()
    const parent = input.int()
    const start = at + input.int()
    const end = start + input.int()
    const first = line + input.int()
    const last = first + input.int()
    const docFirst = first - input.int()
    const bodyLine = first + input.int()
    at = start
    line = first
    return {
      name,
      kind: kind as SymbolKind,
      parent,
      startOffset: start,
      endOffset: end,
      firstLine: first,
      lastLine: last,
      docFirstLine: docFirst,
      bodyLine,
      signature,
      doc,
      result,
      parameters: parameters === 0 ? null : parameters - 1,
    }
  })
  const references = unpackReferences(input)
  const fields = input.list((): Field => ({ owner: input.text(), name: input.text(), type: input.text() }))
  const chunks = unpackChunks(input)
  const record = { key, language, lines, bytes, plain, symbols, references, fields, terms, chunks }
  return skipped ? { ...record, skipped: skipped as SkipReason } : record
}

function unpackReferences(input: Reader): FlatReferences {
  const count = input.within(input.uint())
  const numbers = new Int32Array(NUMBERS * count)
  const texts = new Array<string>(TEXTS * count)
  let line = 0
  for (let n = 0, t = 0; n < numbers.length; n += NUMBERS, t += TEXTS) {
    const kind = input.within(input.uint(), REFERENCE_KINDS.length - 1)
    for (let i = 0; i < TEXTS; i++) texts[t + i] = input.text()
    const within = input.int()
    line += input.int()
    numbers.set([kind, line, within], n)
  }
  return new FlatReferences(numbers, texts)
}

const NONE: readonly string[] = []

/** The form a record has after it was stored and read, for corpora that benchmarks build. */
export function storedForm(record: FileRecord, strings: StringInterner): FileRecord {
  return unpackRecord(packRecord(record).bytes, strings)
}

function unpackChunks(input: Reader): Chunk[] {
  const count = input.within(input.uint())
  const total = input.within(input.uint())
  const postings = {
    offsets: new Uint32Array(count + 1),
    terms: input.terms.length > 0xffff ? new Uint32Array(total) : new Uint16Array(total),
    counts: new Uint8Array(FIELDS * total),
    lengths: new Uint32Array(FIELDS * count),
  }
  const chunks: Chunk[] = []
  let at = 0
  let line = 0
  let next = 0
  let row = 0
  for (let i = 0; i < count; i++) {
    const [id, kind] = [input.text(), input.text() as ChunkKind]
    const names = input.texts()
    const scope = input.texts()
    const firstLine = line + input.int()
    const lastLine = firstLine + input.int()
    const startOffset = at + input.int()
    const endOffset = startOffset + input.int()
    const symbol = input.int()
    const part = input.uint()
    for (let field = 0; field < FIELDS; field++) postings.lengths[FIELDS * i + field] = input.uint()
    const from = row
    row = input.within(from + input.uint(), total)
    for (let at = from; at < row; at++) {
      const term = next - input.uint()
      if (term === next) next++
      postings.terms[at] = term
      input.counts(postings.counts, at * FIELDS)
    }
    postings.offsets[i + 1] = row
    const fields = { id, firstLine, lastLine, startOffset, endOffset, kind, names, scope, symbol, part }
    chunks.push(new FlatChunk(fields, postings, i))
    at = endOffset
    line = lastLine
  }
  return chunks
}

/** Files share most of their strings: each is kept once by the records unpacked with the same interner. */
export class StringInterner {
  private readonly strings = new Map<string, string>()

  intern(part: string): string {
    const known = this.strings.get(part)
    if (known !== undefined) return known
    const text = detachedCopy(part)
    if (this.strings.size >= MAX_STRINGS) this.strings.clear()
    this.strings.set(text, text)
    return text
  }
}

class Writer {
  private readonly indices = new Map<string, number>()
  private bytes = new Uint8Array(4096)
  private length = 0

  byte(value: number): void {
    if (this.length === this.bytes.length) {
      const larger = new Uint8Array(2 * this.length)
      larger.set(this.bytes)
      this.bytes = larger
    }
    this.bytes[this.length++] = value
  }

  uint(value: number): void {
    let left = value
    for (; left > 127; left >>>= 7) this.byte((left & 127) | 128)
    this.byte(left)
  }

  int(value: number): void {
    this.uint(((value << 1) ^ (value >> 31)) >>> 0)
  }

  text(value: string): void {
    let index = this.indices.get(value)
    if (index === undefined) {
      index = this.indices.size
      this.indices.set(value, index)
    }
    this.uint(index)
  }

  texts(values: readonly string[]): void {
    this.uint(values.length)
    for (const value of values) this.text(value)
  }

  counts(all: Uint8Array, from: number): void {
    let field = -1
    for (let f = 0; f < FIELDS; f++) if (all[from + f]! > 0) field = field < 0 ? f : FIELDS
    const count = all[from + field] ?? 0
    const one = field >= 0 && field < FIELDS && count < SEVERAL_COUNTS
    this.byte(one ? (field << 6) | count : SEVERAL_COUNTS)
    for (let f = 0; f < FIELDS && !one; f++) this.byte(all[from + f]!)
  }

  finish(terms: readonly string[]): Uint8Array {
    const texts = [[...this.indices.keys()], terms].map((all) => Buffer.from(all.join(SEPARATOR)))
    const lengths = Buffer.alloc(2 * LENGTH_PREFIX_BYTES)
    texts.forEach((text, i) => {
      lengths.writeUInt32LE(text.length, i * LENGTH_PREFIX_BYTES)
    })
    const numbers = this.bytes.subarray(0, this.length)
    return deflateRawSync(Buffer.concat([lengths, ...texts, numbers]), { level: 1 })
  }
}

class Reader {
  readonly terms: readonly string[]
  private readonly strings: readonly string[]
  private readonly bytes: Uint8Array
  private at: number

  constructor(packed: Uint8Array, shared: StringInterner) {
    const all = inflateRawSync(packed, { maxOutputLength: MAX_BYTES })
    this.bytes = all
    this.at = this.within(2 * LENGTH_PREFIX_BYTES, all.length)
    const [strings, terms] = [all.readUInt32LE(0), all.readUInt32LE(LENGTH_PREFIX_BYTES)]
    const table = (length: number): string[] => {
      const from = this.at
      this.at = this.within(from + length, all.length)
      const parts = length > 0 ? all.toString('utf8', from, this.at).split(SEPARATOR) : []
      return parts.map((part) => shared.intern(part))
    }
    this.strings = table(strings)
    this.terms = table(terms)
  }

  /** A number within the given range. */
  within(value: number, limit = 8 * this.bytes.length): number {
    if (value < 0 || value > limit) throw new Error('corrupt record')
    return value
  }

  byte(): number {
    if (this.at >= this.bytes.length) throw new Error('corrupt record')
    return this.bytes[this.at++]!
  }

  uint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      value |= (byte & 127) << shift
      if (byte < 128) return value >>> 0
    }
    throw new Error('corrupt record')
  }

  int(): number {
    const value = this.uint()
    return (value >>> 1) ^ -(value & 1)
  }

  text(): string {
    const text = this.strings[this.uint()]
    if (text === undefined) throw new Error('corrupt record')
    return text
  }

  texts(): readonly string[] {
    const texts = this.list(() => this.text())
    return texts.length > 0 ? texts : NONE
  }

  list<T>(read: () => T): T[] {
    return Array.from({ length: this.within(this.uint()) }, read)
  }

  counts(all: Uint8Array, to: number): void {
    const byte = this.byte()
    if (byte !== SEVERAL_COUNTS) all[to + (byte >> 6)] = byte & SEVERAL_COUNTS
    else for (let f = 0; f < FIELDS; f++) all[to + f] = this.byte()
  }
}
