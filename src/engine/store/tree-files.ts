/** Rows → a content-addressed store: packed records, and trees as single files that are replaced as a whole. */
import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { deflate, inflateSync } from 'node:zlib'
import type { FileRecord } from '../types/chunk.ts'
import type { Tree } from '../types/tree.ts'
import { StringInterner, unpackRecord } from './record-codec.ts'
import type { Rows } from './rows.ts'
import type { StoreWriter } from './store.ts'

/** Records unpacked before yielding to other work: a few milliseconds. */
const RECORDS_PER_TURN = 32

/** Fewer records that no tree names are left in place. */
const MIN_UNNAMED_RECORDS = 500

/** Bytes inflated at once: the default would split a large tree into thousands of pieces. */
const INFLATE_BYTES = 1 << 20

const pack = promisify(deflate)

export const packTree = (tree: Tree): Promise<Uint8Array> => pack(serialize(tree), { level: 1 })
/** Throws when the bytes were not made by `packTree`. The result is not validated. */
export function unpackTree(payload: Uint8Array): Tree {
  const tree = deserialize(inflateSync(payload, { chunkSize: INFLATE_BYTES })) as Tree
  // Arrays that are views of the bytes would keep all of them alive.
  const { kind, fromFile, fromSymbol, toFile, toSymbol, weight, line } = tree.edges
  return {
    ...tree,
    clusters: tree.clusters.map((cluster) => ({ ...cluster, centroid: cluster.centroid.slice() })),
    commits: tree.commits.map((commit) => ({ ...commit, hunks: commit.hunks.map((hunk) => hunk.slice()) })),
    edges: {
      ...{ kind: kind.slice(), weight: weight.slice(), line: line.slice() },
      ...{ fromFile: fromFile.slice(), fromSymbol: fromSymbol.slice() },
      ...{ toFile: toFile.slice(), toSymbol: toSymbol.slice() },
    },
  }
}

export function contentStore(folder: string, rows: Rows): StoreWriter {
  const trees = join(folder, 'trees')
  const fileOf = (id: string): string =>
    join(trees, `${createHash('sha256').update(id).digest('hex').slice(0, 24)}.bin`)

  return {
    kind: rows.kind,
    tree: (id) => treeCache.read(fileOf(id)),

    async records(keys) {
      const found = new Map<string, FileRecord>()
      const strings = new StringInterner()
      for await (const [key, payload] of rows.get(keys)) {
        if (found.size % RECORDS_PER_TURN === RECORDS_PER_TURN - 1) await setImmediate()
        found.set(key, unpackRecord(payload, strings))
      }
      return found
    },

    count: async () => (await rows.keys()).size,

    async has(keys) {
      const stored = await rows.keys()
      return new Set(keys.filter((key) => stored.has(key)))
    },

    async packed(keys) {
      const found = new Map<string, Uint8Array>()
      for await (const [key, payload] of rows.get(keys)) found.set(key, payload)
      return found
    },

    async putRecords(records) {
      const stored = await rows.keys()
      const fresh = new Map(records.filter(({ key }) => !stored.has(key)).map(({ key, bytes }) => [key, bytes]))
      await rows.add([...fresh].map(([key, payload]) => ({ key, payload })))
    },

    vectors: (embedder, ids) => rows.vectors(embedder, ids),
    putVectors: (embedder, vectors) => rows.addVectors(embedder, vectors),

    async putTree(tree) {
      await mkdir(trees, { recursive: true })
      await replaceFile(fileOf(tree.id), await packTree(tree))
      await treeCache.put(fileOf(tree.id), tree)
    },

    async compact(treeRetentionMs, versionRetentionMs) {
      const named = new Set<string>()
      // Left by a crashed writer: only the holder of the lock compacts.
      for (const parent of [folder, trees])
        for (const name of await listFiles(parent))
          if (name.endsWith('.tmp')) await rm(join(parent, name), { force: true })
      for (const name of await listFiles(trees)) {
        if (!name.endsWith('.bin')) continue
        const file = join(trees, name)
        const tree = await treeCache.peek(file)
        const isOrphan = tree !== null && !(await exists(tree.roots[0] ?? ''))
        if (isOrphan && tree.at < Date.now() - treeRetentionMs) await rm(file, { force: true })
        else for (const { key } of tree?.entries ?? []) named.add(key)
      }
      const unnamed = [...(await rows.keys())].filter((key) => !named.has(key))
      // Branches come and go: their records are kept until they outnumber those in use.
      if (unnamed.length > Math.max(MIN_UNNAMED_RECORDS, named.size)) {
        await rows.keepVectors(async () => {
          const records = await this.records([...named])
          return new Set(Array.from(records.values(), ({ chunks }) => chunks.map(({ id }) => id)).flat())
        })
        await rows.remove(unnamed)
      }
      await rows.compact(versionRetentionMs)
    },

    size: () => sizeOf(folder),
    close: () => rows.close(),
  }
}

/** null when there is no tree, or it is damaged: the next run rebuilds it. */
async function readTree(file: string): Promise<Tree | null> {
  try {
    return unpackTree(await readFile(file))
  } catch {
    return null
  }
}

/** Caches the tree that this process read or wrote last, from any store: reading a large one takes a second. */
class TreeCache {
  private cached: { readonly stamp: string; readonly tree: Tree } | null = null

  /** Read again only when the file was replaced. */
  async read(file: string): Promise<Tree | null> {
    const stamp = await stampOf(file)
    if (this.cached?.stamp === stamp) return this.cached.tree
    const tree = await readTree(file)
    // A file that could not be read may be readable a moment later.
    if (tree) this.cached = { stamp, tree }
    return tree
  }

  /** The same, without caching. */
  async peek(file: string): Promise<Tree | null> {
    return this.cached?.stamp === (await stampOf(file)) ? this.cached.tree : readTree(file)
  }

  /** Caches what was just written. */
  async put(file: string, tree: Tree): Promise<void> {
    this.cached = { stamp: await stampOf(file), tree }
  }
}

const treeCache = new TreeCache()

/** Changes whenever the file is replaced. */
async function stampOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => null)
  return found ? `${file} ${found.ino} ${found.size} ${found.mtimeMs}` : file
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

async function listFiles(folder: string): Promise<string[]> {
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
