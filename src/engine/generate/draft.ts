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

/** A file operation that is impossible; the message goes to the model. */
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
  /** Its path in the workspace; null when it is new. */
  readonly from: string | null
}

/** Largest file that a draft can edit. */
const MAX_FILE_BYTES = 2_000_000

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
    return entry ? entry.text : ((await this.loadOriginal(name))?.text ?? null)
  }

  /** The text in the workspace, ignoring the draft; null when there is none. */
  async readOriginal(path: string): Promise<string | null> {
    return (await this.loadOriginal(workspacePath(path)))?.text ?? null
  }

  async write(path: string, text: string): Promise<void> {
    const name = workspacePath(path)
    await this.requireParentFolders(name)
    const from = this.entries.get(name)?.from ?? ((await this.loadOriginal(name)) ? name : null)
    const original = from ? await this.loadOriginal(from) : null
    const normalized = original && !original.crlf ? text : text.replaceAll('\r\n', '\n')
    this.entries.set(name, { text: normalized, from })
  }

  async remove(path: string): Promise<void> {
    const name = workspacePath(path)
    if ((await this.read(name)) === null) throw new DraftError(`${name} is not there.`)
    if (await this.loadOriginal(name)) this.entries.set(name, { text: null, from: name })
    else this.entries.delete(name)
  }

  async rename(path: string, to: string): Promise<void> {
    const [name, target] = [workspacePath(path), workspacePath(to)]
    const text = await this.read(name)
    if (text === null) throw new DraftError(`${name} is not there.`)
    if ((await this.read(target)) !== null) throw new DraftError(`${target} is there already.`)
    await this.requireParentFolders(target)
    const from = this.entries.get(name)?.from ?? name
    await this.remove(name)
    this.entries.set(target, { text, from })
  }

  /**
   * Paths that differ from the workspace, sorted. A file counts as moved when its old path no longer exists and its new
   * path did not exist before; otherwise one is new or changed, and the other changed or deleted.
   */
  async changes(): Promise<readonly FileChange[]> {
    const entries = [...this.entries].sort(([a], [b]) => (a < b ? -1 : 1))
    // New path → old path.
    const movedFrom = new Map<string, string>()
    for (const [path, { text, from }] of entries)
      if (text !== null && from && from !== path && this.entries.get(from)?.text === null)
        if (!(await this.loadOriginal(path)) && ![...movedFrom.values()].includes(from)) movedFrom.set(path, from)
    const vacated = new Set(movedFrom.values())
    const changes: FileChange[] = []
    for (const [path, { text, from }] of entries) {
      if (text === null && vacated.has(path)) continue
      const source = await this.loadOriginal(movedFrom.get(path) ?? path)
      const format = (from ? await this.loadOriginal(from) : source) ?? NEW_FILE
      const before = source && encode(source, source.text)
      const after = text === null ? null : encode(format, text)
      if (before === after && !movedFrom.has(path)) continue
      const { hash = null, mode = format.mode } = source ?? {}
      changes.push({ path, from: source ? (movedFrom.get(path) ?? path) : null, before, after, hash, mode })
    }
    return changes
  }

  /** A checkpoint of the current state. */
  snapshot(): ReadonlyMap<string, Entry> {
    return new Map(this.entries)
  }

  restore(snapshot: ReadonlyMap<string, Entry>): void {
    this.entries = new Map(snapshot)
  }

  /** Throws if a parent folder of the path is a file, in the draft or in the workspace. */
  private async requireParentFolders(path: string): Promise<void> {
    const parts = path.split('/')
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join('/')
      if ((await this.read(folder)) !== null || (await this.loadOriginal(folder)))
        throw new DraftError(`${folder} is a file: it cannot contain other files.`)
    }
  }

  private async loadOriginal(path: string): Promise<Original | null> {
    const cached = this.originals.get(path)
    if (cached !== undefined) return cached
    const bytes = await this.base.read(path)
    const original = bytes && decodeOriginal(path, bytes, await this.base.mode(path))
    this.originals.set(path, original)
    return original
  }
}

const NEW_FILE: Original = { text: '', bom: false, crlf: false, hash: null, mode: 0 }
const BOM = '\uFEFF'

function decodeOriginal(path: string, bytes: Uint8Array, mode: number): Original {
  if (bytes.length > MAX_FILE_BYTES)
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

const encode = ({ bom, crlf }: Original, text: string): string =>
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
