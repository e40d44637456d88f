/**
 * Rows in plain files, for machines where LanceDB's native module cannot run. A pack is a list of entries, each with
 * length and checksum; a half-written entry at its end, left by a crash, is cut off on opening.
 */
import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Rows } from './rows.ts'

/** Bytes before the key of an entry. */
const HEADER_BYTES = 13

/** key length u8 · payload length u32 · checksum u64 · key · payload */
class PackFile {
  private readonly index: Map<string, { readonly at: number; readonly length: number }>
  /** null for a missing file that is opened for reading. */
  private handle: FileHandle | null
  private end: number
  private readonly file: string
  private constructor(file: string, handle: FileHandle | null, index: PackFile['index'], end: number) {
    this.file = file
    this.handle = handle
    this.index = index
    this.end = end
  }

  /** A reader changes nothing: an incomplete entry may be a write in progress. */
  static async open(file: string, writes: boolean): Promise<PackFile> {
    const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0)
      throw error
    })
    const index: PackFile['index'] = new Map()
    let position = 0
    while (position + HEADER_BYTES <= bytes.length) {
      const keyEnd = position + HEADER_BYTES + bytes.readUInt8(position)
      const end = keyEnd + bytes.readUInt32LE(position + 1)
      if (end > bytes.length) break
      const key = bytes.toString('utf8', position + HEADER_BYTES, keyEnd)
      if (bytes.readBigUInt64LE(position + 5) !== checksum(key, bytes.subarray(keyEnd, end))) break
      index.set(key, { at: keyEnd, length: end - keyEnd })
      position = end
    }
    if (!writes) return new PackFile(file, bytes.length > 0 ? await open(file, 'r') : null, index, position)
    const handle = await open(file, 'a+')
    if (position < bytes.length) await handle.truncate(position)
    return new PackFile(file, handle, index, position)
  }

  keys(): Set<string> {
    return new Set(this.index.keys())
  }

  async *get(keys: readonly string[]): AsyncGenerator<readonly [key: string, payload: Uint8Array]> {
    for (const key of keys) {
      const entry = this.index.get(key)
      if (!entry || !this.handle) continue
      const payload = Buffer.alloc(entry.length)
      await this.handle.read(payload, 0, entry.length, entry.at)
      yield [key, payload]
    }
  }

  async add(rows: Iterable<readonly [key: string, payload: Uint8Array]>): Promise<void> {
    const parts: Uint8Array[] = []
    const entries: [string, number, number][] = []
    let position = this.end
    for (const [key, payload] of rows) {
      const name = Buffer.from(key)
      const header = Buffer.alloc(HEADER_BYTES)
      header.writeUInt8(name.length, 0)
      header.writeUInt32LE(payload.length, 1)
      header.writeBigUInt64LE(checksum(key, payload), 5)
      parts.push(header, name, payload)
      entries.push([key, position + HEADER_BYTES + name.length, payload.length])
      position += HEADER_BYTES + name.length + payload.length
    }
    await this.handle?.appendFile(Buffer.concat(parts))
    await this.handle?.datasync()
    for (const [key, at, length] of entries) this.index.set(key, { at, length })
    this.end = position
  }

  /** Rewrites the pack without the keys. */
  async remove(keys: readonly string[]): Promise<void> {
    const removed = new Set(keys)
    const remaining: (readonly [string, Uint8Array])[] = []
    for await (const row of this.get([...this.index.keys()].filter((key) => !removed.has(key)))) remaining.push(row)
    const next = await PackFile.open(`${this.file}.${process.pid}.tmp`, true)
    await next.add(remaining)
    await next.close()
    await this.close()
    await rename(next.file, this.file)
    const fresh = await PackFile.open(this.file, true)
    this.handle = fresh.handle
    this.end = fresh.end
    this.index.clear()
    for (const [key, entry] of fresh.index) this.index.set(key, entry)
  }

  async close(): Promise<void> {
    await this.handle?.close()
  }
}

function checksum(key: string, payload: Uint8Array): bigint {
  return createHash('sha1').update(key).update(payload).digest().readBigUInt64LE(0)
}

export async function openPlainFiles(folder: string, writes: boolean): Promise<Rows> {
  const packs = new Map<string, Promise<PackFile>>()
  const pack = (name: string): Promise<PackFile> => {
    const opened = packs.get(name) ?? PackFile.open(join(folder, `${name}.pack`), writes)
    packs.set(name, opened)
    opened.catch(() => packs.delete(name))
    return opened
  }
  const vectorPack = (embedder: string) =>
    pack(`vectors-${createHash('sha256').update(embedder).digest('hex').slice(0, 12)}`)
  await pack('records')
  return {
    kind: 'files',
    keys: async () => (await pack('records')).keys(),
    async *get(keys) {
      yield* (await pack('records')).get(keys)
    },
    add: async (rows) => (await pack('records')).add(rows.map(({ key, payload }) => [key, payload] as const)),
    async vectors(embedder, keys) {
      const found = new Map<string, Float32Array>()
      for await (const [key, bytes] of (await vectorPack(embedder)).get(keys))
        found.set(key, new Float32Array(bytes.slice().buffer))
      return found
    },
    async addVectors(embedder, vectors) {
      const rows = [...vectors].map(
        ([key, { buffer, byteOffset, byteLength }]) => [key, new Uint8Array(buffer, byteOffset, byteLength)] as const,
      )
      await (await vectorPack(embedder)).add(rows)
    },
    remove: async (keys) => (await pack('records')).remove(keys),
    async keepVectors(keys) {
      const names = (await readdir(folder)).flatMap((file) => /^(vectors-.*)\.pack$/.exec(file)?.[1] ?? [])
      const wanted = names.length > 0 ? await keys() : new Set()
      for (const name of names) {
        const vectors = await pack(name)
        const unwanted = [...vectors.keys()].filter((key) => !wanted.has(key))
        if (unwanted.length > 0) await vectors.remove(unwanted)
      }
    },
    compact: async () => {},
    close: async () => {
      for (const opened of packs.values()) await (await opened).close()
    },
  }
}
