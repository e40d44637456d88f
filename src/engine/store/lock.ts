/**
 * One writer per index, across processes: a lock file that names its owner and is touched while held. A lock whose
 * owner is gone is taken over by renaming it away, which only one of several contenders can do.
 */

import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const HEARTBEAT_MS = 2000
const STALE_MS = 15_000
const POLL_MS = 100
/**
 * Clocks are adjusted, laptops sleep, and a file server has its own time: a lock is stale only after this many
 * unsuccessful checks; after this many more when its time cannot be trusted.
 */
const STALE_LOOKS = 30
const MANY_LOOKS = 300

export interface LockWait {
  readonly signal: AbortSignal
  /** Called once when another process holds the lock. */
  onWait(): void
}

/** Resolves to a function that releases the lock; rejects with the signal's reason. Disk errors pass through. */
export async function acquireLock(folder: string, { signal, onWait }: LockWait): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'writer.lock')
  const owner = JSON.stringify({ pid: process.pid, host: hostname(), since: Date.now(), nonce: Math.random() })
  let seen = ''
  let looks = 0
  for (let told = false; ; ) {
    signal.throwIfAborted()
    if (await create(file, owner)) break
    const found = await stat(file).catch(() => null)
    const now = `${found?.ino} ${found?.mtimeMs}`
    looks = now === seen ? looks + 1 : 0
    seen = now
    if (found && (await isStale(file, Date.now() - found.mtimeMs, looks))) {
      const away = `${file}.${process.pid}.${Date.now()}`
      await rename(file, away).then(
        () => rm(away, { force: true }),
        () => {},
      )
      continue
    }
    if (!told) onWait()
    told = true
    await sleep(POLL_MS, undefined, { signal }).catch(() => {})
  }
  const beat = setInterval(() => utimes(file, new Date(), new Date()).catch(() => {}), HEARTBEAT_MS)
  beat.unref()
  return async () => {
    clearInterval(beat)
    if ((await readFile(file, 'utf8').catch(() => '')) === owner) await rm(file, { force: true })
  }
}

async function create(file: string, owner: string): Promise<boolean> {
  const handle = await open(file, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return null
    throw error
  })
  if (!handle) return false
  try {
    await handle.writeFile(owner)
  } catch (error) {
    // On a full disk an empty lock file would lock everybody out without naming an owner.
    await handle.close()
    await rm(file, { force: true })
    throw error
  }
  await handle.close()
  return true
}

async function isStale(file: string, age: number, looks: number): Promise<boolean> {
  const silent = looks >= MANY_LOOKS || (looks >= STALE_LOOKS && age > STALE_MS)
  try {
    const { pid, host } = JSON.parse(await readFile(file, 'utf8')) as { pid: number; host: string }
    return silent || (host === hostname() && !isAlive(pid))
  } catch {
    // Just created and not yet written, or cut off by a crash.
    return looks >= STALE_LOOKS
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
