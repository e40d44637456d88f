/**
 * The overlay file store: changes over the workspace's files, in memory, nothing on the disk. A file keeps its line ends and
 * byte order mark; who reads and edits it sees plain line feeds.
 */
import { createHash } from 'node:crypto'
import type { FileChange } from '../model/revision.ts'

/** The workspace as it is. */
export interface Base {
  /** The bytes of a path as shown to the user; null when there is no such file. */
  read(path: string): Promise<Uint8Array | null>
}

/** What cannot be done with a file, in a sentence for whoever asked. */
export class DraftError extends Error {}

interface Original {
  readonly text: string
  readonly bom: boolean
  readonly crlf: boolean
  readonly hash: string
}

interface Entry {
  /** With plain line feeds; null: gone. */
  readonly text: string | null
  /** Where it was; '' when it is new. */
  readonly from: string
}

const MAX_BYTES = 2_000_000

export class Draft {
  private readonly base: Base
  private readonly originals = new Map<string, Original | null>()
  private entries = new Map<string, Entry>()

  constructor(base: Base) {
    this.base = base
  }

  /** The text, or null when there is no such file. Throws for what is no text. */
  async read(path: string): Promise<string | null> {
    const name = pathOf(path)
    const entry = this.entries.get(name)
    return entry ? entry.text : ((await this.original(name))?.text ?? null)
  }

  /** Whether the file stands in the workspace, whatever the draft says. */
  async isOld(path: string): Promise<boolean> {
    return (await this.original(pathOf(path))) !== null
  }

  async write(path: string, text: string): Promise<void> {
    const name = pathOf(path)
    const original = await this.original(name)
    const plain = original && !original.crlf ? text : text.replaceAll('\r\n', '\n')
    this.entries.set(name, { text: plain, from: this.entries.get(name)?.from ?? (original ? name : '') })
  }

  async remove(path: string): Promise<void> {
    const name = pathOf(path)
    if ((await this.read(name)) === null) throw new DraftError(`${name} is not there.`)
    if (await this.original(name)) this.entries.set(name, { text: null, from: name })
    else this.entries.delete(name)
  }

  async rename(path: string, to: string): Promise<void> {
    const [name, target] = [pathOf(path), pathOf(to)]
    const text = await this.read(name)
    if (text === null) throw new DraftError(`${name} is not there.`)
    if ((await this.read(target)) !== null) throw new DraftError(`${target} is there already.`)
    const from = this.entries.get(name)?.from ?? name
    await this.remove(name)
    this.entries.set(target, { text, from })
  }

  /** Paths that differ from the workspace, in order. */
  async changes(): Promise<readonly FileChange[]> {
    const renamed = new Set(
      [...this.entries].flatMap(([path, { text, from }]) => (text !== null && from !== path ? [from] : [])),
    )
    const found: FileChange[] = []
    for (const [path, { text, from }] of [...this.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (text === null && renamed.has(path)) continue
      const source =
        from === path || text === null ? await this.original(path) : from ? await this.original(from) : null
      const before = source && encoded(source, source.text)
      const after = text === null ? null : encoded(source ?? NEW, text)
      if (before === after && (from === path || from === '')) continue
      found.push({ path, from: source ? (text === null ? path : from) : '', before, after, hash: source?.hash ?? '' })
    }
    return found
  }

  /** The state of now, to come back to. */
  snapshot(): ReadonlyMap<string, Entry> {
    return new Map(this.entries)
  }

  restore(snapshot: ReadonlyMap<string, Entry>): void {
    this.entries = new Map(snapshot)
  }

  private async original(path: string): Promise<Original | null> {
    const known = this.originals.get(path)
    if (known !== undefined) return known
    const bytes = await this.base.read(path)
    const original = bytes && originalOf(path, bytes)
    this.originals.set(path, original)
    return original
  }
}

const NEW: Original = { text: '', bom: false, crlf: false, hash: '' }
const BOM = '\uFEFF'

function originalOf(path: string, bytes: Uint8Array): Original {
  if (bytes.length > MAX_BYTES)
    throw new DraftError(`${path} has ${bytes.length} bytes: it is too large to be edited here.`)
  let decoded: string
  try {
    if (bytes.includes(0)) throw new TypeError('binary')
    decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new DraftError(`${path} is not UTF-8 text: it cannot be edited here.`)
  }
  const bom = decoded.startsWith(BOM)
  const text = bom ? decoded.slice(1) : decoded
  // Mixed line ends stay as they are.
  const crlf = text.includes('\r\n') && !/(?<!\r)\n/.test(text)
  return {
    text: crlf ? text.replaceAll('\r\n', '\n') : text,
    bom,
    crlf,
    hash: createHash('sha256').update(bytes).digest('hex'),
  }
}

const encoded = ({ bom, crlf }: Original, text: string): string =>
  `${bom ? BOM : ''}${crlf ? text.replaceAll('\n', '\r\n') : text}`

/** A path within the workspace, with forward slashes; throws for every other. */
export function pathOf(path: string): string {
  const name = path
    .trim()
    .replaceAll('\\', '/')
    .replace(/^(?:\.\/)+/, '')
  const parts = name.split('/')
  if (name === '' || name.endsWith('/')) throw new DraftError(`"${path}" names no file.`)
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name) || parts.includes('..') || name.includes('\0'))
    throw new DraftError(`${path} leaves the workspace: name a path within it.`)
  if (parts.some((part) => part.toLowerCase() === '.git'))
    throw new DraftError(`${path} belongs to git: it is not changed.`)
  return parts.filter((part) => part !== '.' && part !== '').join('/')
}
