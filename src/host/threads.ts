/** Conversations on disk: one JSON file each in a folder of the workspace's own, the latest kept. */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Thread, ThreadSummary } from '../engine/model/thread.ts'

const KEPT = 50
const ID = /^[\w-]{1,64}$/

export interface Threads {
  /** Latest first. */
  list(): Promise<readonly ThreadSummary[]>
  /** null when there is none of that id, or its file cannot be read. */
  load(id: string): Promise<Thread | null>
  save(thread: Thread): Promise<void>
  forget(id: string): Promise<void>
}

export const newId = (): string => randomUUID()

export function threadsIn(folder: string): Threads {
  const fileOf = (id: string) => join(folder, `${id}.json`)
  const load = async (id: string): Promise<Thread | null> => {
    if (!ID.test(id)) return null
    try {
      const thread: unknown = JSON.parse(await readFile(fileOf(id), 'utf8'))
      return isThread(thread) ? thread : null
    } catch {
      return null
    }
  }
  const ids = async (): Promise<readonly string[]> => {
    const names = await readdir(folder).catch(() => [])
    const files = names.filter((name) => name.endsWith('.json'))
    const dated = await Promise.all(
      files.map(async (name) => ({ name, at: (await stat(join(folder, name)).catch(() => null))?.mtimeMs ?? 0 })),
    )
    return dated.sort((a, b) => b.at - a.at).map(({ name }) => name.slice(0, -'.json'.length))
  }
  return {
    load,
    async list() {
      const threads = await Promise.all((await ids()).map(load))
      return threads
        .filter((thread) => thread !== null)
        .sort((a, b) => b.at - a.at)
        .map(({ id, title, at, turns }) => ({ id, title, at, turns: turns.length }))
    },
    async save(thread) {
      await mkdir(folder, { recursive: true })
      // Aside and renamed: a window that closes meanwhile leaves the previous state.
      const aside = join(folder, `${thread.id}.${process.pid}.tmp`)
      await writeFile(aside, JSON.stringify(thread))
      await rename(aside, fileOf(thread.id))
      for (const old of (await ids()).slice(KEPT)) await rm(fileOf(old), { force: true })
    },
    async forget(id) {
      if (ID.test(id)) await rm(fileOf(id), { force: true })
    },
  }
}

/** Where there is no folder: for as long as the process lives. */
export function threadsInMemory(): Threads {
  const held = new Map<string, Thread>()
  return {
    list: async () =>
      [...held.values()]
        .sort((a, b) => b.at - a.at)
        .map(({ id, title, at, turns }) => ({ id, title, at, turns: turns.length })),
    load: async (id) => held.get(id) ?? null,
    save: async (thread) => void held.set(thread.id, thread),
    forget: async (id) => void held.delete(id),
  }
}

function isThread(value: unknown): value is Thread {
  const { id, title, at, turns } = (value ?? {}) as Partial<Thread>
  return typeof id === 'string' && typeof title === 'string' && typeof at === 'number' && Array.isArray(turns)
}
