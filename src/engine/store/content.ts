/** Rows → a content-addressed store: records packed, trees as single files that are replaced whole. */
import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { deflate, inflateSync } from 'node:zlib'
import type { FileRecord } from '../model/chunk.ts'
import type { Tree } from '../model/tree.ts'
import type { Row, Rows } from './rows.ts'
import type { StoreWriter } from './store.ts'

const pack = promisify(deflate)
/** No record is larger once unpacked. */
const MAX_RECORD = 2 ** 28

export const packRecord = (record: FileRecord): Promise<Uint8Array> => pack(serialize(record), { level: 1 })
export const unpackRecord = (payload: Uint8Array): FileRecord =>
  deserialize(inflateSync(payload, { maxOutputLength: MAX_RECORD })) as FileRecord
export const packTree = (tree: Tree): Promise<Uint8Array> => pack(serialize(tree), { level: 1 })
export const unpackTree = (payload: Uint8Array): Tree => deserialize(inflateSync(payload)) as Tree

export function contentStore(folder: string, rows: Rows): StoreWriter {
  const trees = join(folder, 'trees')
  const fileOf = (id: string): string =>
    join(trees, `${createHash('sha256').update(id).digest('hex').slice(0, 24)}.bin`)

  const current = currentTree()
  return {
    kind: rows.kind,
    tree: (id) => current(fileOf(id)),

    async records(keys) {
      const found = await rows.get(keys)
      return new Map(Array.from(found, ([key, payload]) => [key, unpackRecord(payload)]))
    },

    async has(keys) {
      const stored = await rows.keys('records')
      return new Set(keys.filter((key) => stored.has(key)))
    },

    packed: (keys) => rows.get(keys),

    async putRecords(records, packed) {
      const stored = await rows.keys('records')
      const fresh = [...new Map(records.map((record) => [record.key, record])).values()].filter(
        ({ key }) => !stored.has(key),
      )
      if (fresh.length === 0) return
      // Texts first: a crash between the two leaves texts without a record, which compaction drops.
      const known = await rows.keys('chunks')
      const texts = new Map<string, string>()
      for (const { chunks, terms } of fresh)
        for (const chunk of chunks)
          if (!known.has(chunk.id)) texts.set(chunk.id, Array.from(chunk.terms, (t) => terms[t]).join(' '))
      await rows.addTexts([...texts].map(([key, terms]) => ({ key, terms })))
      await rows.add(await Promise.all(fresh.map((record) => rowOf(record, packed))))
    },

    vectors: (embedder, ids) => rows.vectors(embedder, ids),
    putVectors: (embedder, vectors) => rows.addVectors(embedder, vectors),
    search: (terms, limit) => rows.search(terms, limit),

    async putTree(tree) {
      await mkdir(trees, { recursive: true })
      await replaceFile(fileOf(tree.id), await packTree(tree))
    },

    async compact(retention) {
      const named = new Set<string>()
      for (const name of await listed(trees)) {
        if (!name.endsWith('.bin')) continue
        const file = join(trees, name)
        const tree = await readTree(file)
        const orphan = tree !== null && !(await exists(tree.roots[0] ?? ''))
        if (orphan && tree.at < Date.now() - retention) await rm(file, { force: true })
        else for (const { key } of tree?.entries ?? []) named.add(key)
      }
      const stored = await rows.keys('records')
      const unnamed = [...stored].filter((key) => !named.has(key))
      // Branches come and go: what they share is kept until it outweighs what is in use.
      if (unnamed.length > Math.max(500, named.size)) {
        await rows.remove('records', unnamed)
        const chunks = new Set<string>()
        for (const [, payload] of await rows.get([...named]))
          for (const { id } of unpackRecord(payload).chunks) chunks.add(id)
        await rows.remove(
          'chunks',
          [...(await rows.keys('chunks'))].filter((id) => !chunks.has(id)),
        )
      }
      await rows.compact(retention)
    },

    size: () => sizeOf(folder),
    close: () => rows.close(),
  }
}

async function rowOf(record: FileRecord, packed?: ReadonlyMap<string, Uint8Array>): Promise<Row> {
  return { key: record.key, payload: packed?.get(record.key) ?? (await packRecord(record)) }
}

/** null when there is none, or when it is damaged: it is then made anew by the next run. */
async function readTree(file: string): Promise<Tree | null> {
  try {
    return unpackTree(await readFile(file))
  } catch {
    return null
  }
}

/** The tree of a file, read again only when the file was replaced. */
function currentTree(): (file: string) => Promise<Tree | null> {
  let held: { readonly stamp: string; readonly tree: Tree | null } | null = null
  return async (file) => {
    const stamp = `${file} ${await stampOf(file)}`
    if (held?.stamp !== stamp) held = { stamp, tree: await readTree(file) }
    return held.tree
  }
}

/** Another text whenever the file was replaced. */
async function stampOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => null)
  return found ? `${found.ino} ${found.size} ${found.mtimeMs}` : ''
}

async function replaceFile(file: string, bytes: Uint8Array): Promise<void> {
  const next = `${file}.${process.pid}.tmp`
  const handle = await open(next, 'w')
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(next, file)
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}

async function listed(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}

async function sizeOf(folder: string): Promise<number> {
  let total = 0
  for (const name of await readdir(folder, { recursive: true }).catch(() => [])) {
    const found = await stat(join(folder, name)).catch(() => null)
    if (found?.isFile()) total += found.size
  }
  return total
}
