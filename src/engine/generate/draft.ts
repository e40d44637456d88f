/**
 * An overlay of changed files over the workspace, in memory, never written to disk. A file keeps its line endings and
 * byte order mark; readers and editors see plain line feeds.
 */
import { createHash } from 'node:crypto'
import type { FileChange } from '../types/generation.ts'

/** The workspace without changes. */
export interface BaseFiles {
  /** The bytes of a displayed path; null when there is no such file. */
  read(path: string): Promise<Uint8Array | null>
  /** Permission bits of an existing file; 0 where there are none. */
  mode(path: string): Promise<number>
}

/** Why a file operation is impossible, in a sentence for the caller. */
export class DraftError extends Error {}

interface Original {
  readonly text: string
  readonly bom: boolean
  readonly crlf: boolean
  /** null when the file does not exist. */
  readonly hash: string | null
  readonly mode: number
}

interface Entry {
  /** With plain line feeds; null: deleted. */
  readonly text: string | null
  /** Its original path; null when it is new. */
  readonly from: string | null
}

const MAX_BYTES = 2_000_000

export class Draft {
  private readonly base: BaseFiles
  private readonly originals = new Map<string, Original | null>()
  private entries = new Map<string, Entry>()

  constructor(base: BaseFiles) {
    this.base = base
  }

  /** The text, or null when there is no such file. Throws when it is not text. */
  async read(path: string): Promise<string | null> {
    const name = workspacePath(path)
    const entry = this.entries.get(name)
    return entry ? entry.text : ((await this.original(name))?.text ?? null)
  }

  /** The text in the workspace, ignoring the draft; null when there is none. */
  async old(path: string): Promise<string | null> {
    return (await this.original(workspacePath(path)))?.text ?? null
  }

  async write(path: string, text: string): Promise<void> {
    const name = workspacePath(path)
    await this.requireFolder(name)
    const from = this.entries.get(name)?.from ?? ((await this.original(name)) ? name : null)
    const original = from ? await this.original(from) : null
    const plain = original && !original.crlf ? text : text.replaceAll('\r\n', '\n')
    this.entries.set(name, { text: plain, from })
  }

  async remove(path: string): Promise<void> {
    const name = workspacePath(path)
    if ((await this.read(name)) === null) throw new DraftError(`${name} is not there.`)
    if (await this.original(name)) this.entries.set(name, { text: null, from: name })
    else this.entries.delete(name)
  }

  async rename(path: string, to: string): Promise<void> {
    const [name, target] = [workspacePath(path), workspacePath(to)]
    const text = await this.read(name)
    if (text === null) throw new DraftError(`${name} is not there.`)
    if ((await this.read(target)) !== null) throw new DraftError(`${target} is there already.`)
    await this.requireFolder(target)
    const from = this.entries.get(name)?.from ?? name
    await this.remove(name)
    this.entries.set(target, { text, from })
  }

  /**
   * Paths that differ from the workspace, in order. A file counts as moved when its old path is empty and its new path
   * was; otherwise one is new or changed, and the other changed or deleted.
   */
  async changes(): Promise<readonly FileChange[]> {
    const entries = [...this.entries].sort(([a], [b]) => (a < b ? -1 : 1))
    const moved = new Map<string, string>()
    for (const [path, { text, from }] of entries)
      if (text !== null && from && from !== path && this.entries.get(from)?.text === null)
        if (!(await this.original(path)) && ![...moved.values()].includes(from)) moved.set(path, from)
    const left = new Set(moved.values())
    const found: FileChange[] = []
    for (const [path, { text, from }] of entries) {
      if (text === null && left.has(path)) continue
      const source = await this.original(moved.get(path) ?? path)
      const style = (from ? await this.original(from) : source) ?? NEW
      const before = source && encoded(source, source.text)
      const after = text === null ? null : encoded(style, text)
      if (before === after && !moved.has(path)) continue
      const { hash = null, mode = style.mode } = source ?? {}
      found.push({ path, from: source ? (moved.get(path) ?? path) : null, before, after, hash, mode })
    }
    return found
  }

  /** A checkpoint of the current state. */
  snapshot(): ReadonlyMap<string, Entry> {
    return new Map(this.entries)
  }

  restore(snapshot: ReadonlyMap<string, Entry>): void {
    this.entries = new Map(snapshot)
  }

  /** No folder of the path may be a file, now or in the workspace: both cannot exist at any time. */
  private async requireFolder(path: string): Promise<void> {
    const parts = path.split('/')
    for (let n = 1; n < parts.length; n++) {
      const folder = parts.slice(0, n).join('/')
      if ((await this.read(folder)) !== null || (await this.original(folder)))
        throw new DraftError(`${folder} is a file: nothing can stand below it.`)
    }
  }

  private async original(path: string): Promise<Original | null> {
    const known = this.originals.get(path)
    if (known !== undefined) return known
    const bytes = await this.base.read(path)
    const original = bytes && originalOf(path, bytes, await this.base.mode(path))
    this.originals.set(path, original)
    return original
  }
}

const NEW: Original = { text: '', bom: false, crlf: false, hash: null, mode: 0 }
const BOM = '\uFEFF'

function originalOf(path: string, bytes: Uint8Array, mode: number): Original {
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
  // Mixed line endings stay as they are.
  const crlf = text.includes('\r\n') && !/(?<!\r)\n/.test(text)
  return {
    text: crlf ? text.replaceAll('\r\n', '\n') : text,
    bom,
    crlf,
    hash: createHash('sha256').update(bytes).digest('hex'),
    mode,
  }
}

const encoded = ({ bom, crlf }: Original, text: string): string =>
  `${bom ? BOM : ''}${crlf ? text.replaceAll('\n', '\r\n') : text}`

/** A path within the workspace, with forward slashes; throws for any other. */
export function workspacePath(path: string): string {
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
