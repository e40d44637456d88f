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
const TURN = 32

/** Bytes inflated at once: the default would split a large tree into thousands of pieces. */
const CHUNK = 1 << 20

const pack = promisify(deflate)

export const packTree = (tree: Tree): Promise<Uint8Array> => pack(serialize(tree), { level: 1 })
/** Throws when the bytes were not made by `packTree`. The result is not validated. */
export function unpackTree(payload: Uint8Array): Tree {
  const tree = deserialize(inflateSync(payload, { chunkSize: CHUNK })) as Tree
  // Arrays that are views of the bytes would keep all of them alive.
  const { kind, fromFile, fromSymbol, toFile, toSymbol, weight, line } = tree.edges
  return {
    ...tree,
    clusters: tree.clusters.map((cluster) => ({ ...cluster, centroid: cluster.centroid.slice() })),
    commits: tree.commits.map((commit) => ({ ...commit, hunks: commit.hunks.map((own) => own.slice()) })),
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
    tree: (id) => current.read(fileOf(id)),

    async records(keys) {
      const found = new Map<string, FileRecord>()
      const strings = new StringInterner()
      for await (const [key, payload] of rows.get(keys)) {
        if (found.size % TURN === TURN - 1) await setImmediate()
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
      await current.hold(fileOf(tree.id), tree)
    },

    async compact(forgotten, versions) {
      const named = new Set<string>()
      // Left by a crashed writer: only the holder of the lock compacts.
      for (const place of [folder, trees])
        for (const name of await listed(place)) if (name.endsWith('.tmp')) await rm(join(place, name), { force: true })
      for (const name of await listed(trees)) {
        if (!name.endsWith('.bin')) continue
        const file = join(trees, name)
        const tree = await current.look(file)
        const orphan = tree !== null && !(await exists(tree.roots[0] ?? ''))
        if (orphan && tree.at < Date.now() - forgotten) await rm(file, { force: true })
        else for (const { key } of tree?.entries ?? []) named.add(key)
      }
      const unnamed = [...(await rows.keys())].filter((key) => !named.has(key))
      // Branches come and go: what they share is kept until it outweighs what is in use.
      if (unnamed.length > Math.max(500, named.size)) {
        await rows.keepVectors(async () => {
          const kept = await this.records([...named])
          return new Set(Array.from(kept.values(), ({ chunks }) => chunks.map(({ id }) => id)).flat())
        })
        await rows.remove(unnamed)
      }
      await rows.compact(versions)
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
class Current {
  private held: { readonly stamp: string; readonly tree: Tree } | null = null

  /** Read again only when the file was replaced. */
  async read(file: string): Promise<Tree | null> {
    const stamp = await stampOf(file)
    if (this.held?.stamp === stamp) return this.held.tree
    const tree = await readTree(file)
    // A file that could not be read may be readable a moment later.
    if (tree) this.held = { stamp, tree }
    return tree
  }

  /** The same, without caching. */
  async look(file: string): Promise<Tree | null> {
    return this.held?.stamp === (await stampOf(file)) ? this.held.tree : readTree(file)
  }

  /** Caches what was just written. */
  async hold(file: string, tree: Tree): Promise<void> {
    this.held = { stamp: await stampOf(file), tree }
  }
}

const current = new Current()

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
