/** Counts what the user asks about, by symbol, on this machine only; counts decay over time. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Half-life of a count. */
const HALF_LIFE_MS = 7 * 24 * 3600 * 1000
const MAX_INTERESTS = 500

export interface Interests {
  /** Symbol → its decayed count. */
  all(): Promise<ReadonlyMap<string, number>>
  note(names: readonly string[]): Promise<void>
  forget(): Promise<void>
}

/** null keeps the counts in memory. */
export function interestsIn(file: string | null): Interests {
  let counted: Promise<Map<string, readonly [count: number, at: number]>> | null = null
  const load = () => {
    counted ??= read(file)
    return counted
  }
  return {
    async all() {
      const now = Date.now()
      return new Map([...(await load())].map(([name, [count, at]]) => [name, decayed(count, at, now)]))
    },
    async note(names) {
      const counts = await load()
      const now = Date.now()
      for (const name of names) {
        const [count, at] = counts.get(name) ?? [0, now]
        counts.set(name, [decayed(count, at, now) + 1, now])
      }
      const top = [...counts].sort((a, b) => decayed(...b[1], now) - decayed(...a[1], now)).slice(0, MAX_INTERESTS)
      counted = Promise.resolve(new Map(top))
      if (file) await write(file, JSON.stringify(top))
    },
    async forget() {
      counted = Promise.resolve(new Map())
      if (file) await rm(file, { force: true })
    },
  }
}

const decayed = (count: number, at: number, now: number): number => count * 0.5 ** ((now - at) / HALF_LIFE_MS)

async function read(file: string | null): Promise<Map<string, readonly [number, number]>> {
  try {
    return new Map(file ? (JSON.parse(await readFile(file, 'utf8')) as [string, [number, number]][]) : [])
  } catch {
    // Missing or damaged: counting starts again.
    return new Map()
  }
}

async function write(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(`${file}.tmp`, text)
    await rename(`${file}.tmp`, file)
  } catch {
    // The folder is not writable: storing threads reports that, and the counts are only a convenience.
  }
}
