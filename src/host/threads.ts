/** Conversations on disk: one JSON file each, in a folder per workspace; the oldest are removed. */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Thread, ThreadSummary, Turn } from '../engine/types/thread.ts'
import { THREAD_FORMAT, upgradeThread } from './upgrade-thread.ts'

const MAX_THREADS = 50
const ID = /^[\w-]{1,64}$/

export interface Threads {
  /** Newest first. */
  list(): Promise<readonly ThreadSummary[]>
  /** null when there is no such thread, or its file cannot be read. */
  load(id: string): Promise<Thread | null>
  /** Stores what `update` makes of the current thread, one change at a time; null changes nothing. */
  change(id: string, update: (current: Thread | null) => Thread | null): Promise<Thread | null>
  forget(id: string): Promise<void>
}

/** One store of threads per folder. */
interface ThreadStore {
  all(): Promise<readonly Thread[]>
  load(id: string): Promise<Thread | null>
  save(thread: Thread): Promise<void>
  forget(id: string): Promise<void>
}

export const newId = (): string => randomUUID()

/** If the folder cannot be written, threads are kept in memory, and `warn` gets one sentence, once. */
export function threadsIn(folder: string, warn: (sentence: string) => void): Threads {
  const [disk, memory] = [diskStore(folder), memoryStore()]
  let warned = false
  return threadsFrom({
    async all() {
      const inMemory = await memory.all()
      const onDisk = await disk.all()
      return [...inMemory, ...onDisk.filter(({ id }) => inMemory.every((thread) => thread.id !== id))]
    },
    load: async (id) => (await memory.load(id)) ?? (await disk.load(id)),
    async save(thread) {
      try {
        await disk.save(thread)
        await memory.forget(thread.id)
      } catch (error) {
        await memory.save(thread)
        if (warned) return
        warned = true
        const cause = error instanceof Error ? error.message : String(error)
        warn(
          `The conversation cannot be saved and will be lost when this window closes: make ${folder} writable (${cause}).`,
        )
      }
    },
    async forget(id) {
      await memory.forget(id)
      await disk.forget(id)
    },
  })
}

/** Kept in memory as long as the process lives. */
export function threadsInMemory(): Threads {
  return threadsFrom(memoryStore())
}

function threadsFrom({ all, load, save, forget }: ThreadStore): Threads {
  let last: Promise<unknown> = Promise.resolve()
  const enqueue = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }
  return {
    load,
    async list() {
      const threads = await all()
      return threads
        .toSorted((a, b) => b.at - a.at)
        .map(({ id, title, at, turns }) => ({ id, title, at, turns: turns.length }))
    },
    change: (id, update) =>
      enqueue(async () => {
        const updated = update(await load(id))
        if (updated) await save(updated)
        return updated
      }),
    forget: (id) => enqueue(() => forget(id)),
  }
}

function memoryStore(): ThreadStore {
  const threads = new Map<string, Thread>()
  return {
    all: async () => [...threads.values()],
    load: async (id) => threads.get(id) ?? null,
    save: async (thread) => void threads.set(thread.id, thread),
    forget: async (id) => void threads.delete(id),
  }
}

function diskStore(folder: string): ThreadStore {
  const fileOf = (id: string) => join(folder, `${id}.json`)
  const load = async (id: string): Promise<Thread | null> => {
    if (!ID.test(id)) return null
    try {
      return threadOf(id, JSON.parse(await readFile(fileOf(id), 'utf8')))
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
    async all() {
      const threads = await Promise.all((await ids()).map(load))
      return threads.filter((thread) => thread !== null)
    },
    async save(thread) {
      await mkdir(folder, { recursive: true })
      // Written aside and renamed: a window that closes meanwhile leaves the previous state.
      const tempFile = join(folder, `${thread.id}.${process.pid}.tmp`)
      await writeFile(tempFile, JSON.stringify({ ...thread, format: THREAD_FORMAT }))
      await rename(tempFile, fileOf(thread.id))
      for (const old of (await ids()).slice(MAX_THREADS)) await rm(fileOf(old), { recursive: true, force: true })
    },
    async forget(id) {
      if (ID.test(id)) await rm(fileOf(id), { force: true })
    },
  }
}

/** A file may be damaged or of another version: turns that are still intact are shown. */
function threadOf(id: string, stored: unknown): Thread | null {
  const isCurrent = fieldsOf<{ readonly format: number }>(stored).format === THREAD_FORMAT
  const { title, at, turns } = fieldsOf<Thread>(isCurrent ? stored : upgradeThread(stored))
  if (typeof title !== 'string' || typeof at !== 'number' || !Array.isArray(turns)) return null
  return { id, title, at, turns: turns.filter(isTurn) }
}

function isTurn(value: unknown): value is Turn {
  const { id, question, mentions, overrides, answer, error, nextQuestions } = fieldsOf<Turn>(value)
  const texts =
    [id, question].every((text) => typeof text === 'string') && (error === null || typeof error === 'string')
  return texts && [mentions, overrides, nextQuestions].every(Array.isArray) && (answer === null || isAnswer(answer))
}

function isAnswer(value: unknown): boolean {
  const { mode, context, ...rest } = fieldsOf<NonNullable<Turn['answer']>>(value)
  const { text, citations, prompt, summary, statements } = rest as Readonly<Record<string, unknown>>
  const { hits, packs, notes } = fieldsOf<NonNullable<Turn['answer']>['context']>(context)
  const hasContent =
    mode === 'model'
      ? typeof text === 'string' && Array.isArray(citations) && Array.isArray(prompt)
      : mode === 'offline' && typeof summary === 'string' && Array.isArray(statements)
  return hasContent && [hits, packs, notes].every(Array.isArray)
}

function fieldsOf<T>(value: unknown): Partial<Record<keyof T, unknown>> {
  return typeof value === 'object' && value !== null ? value : {}
}
