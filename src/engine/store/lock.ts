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
const MIN_CHECKS = 30
const MIN_CHECKS_WITHOUT_CLOCK = 300

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
  let seen: string | null = null
  let checks = 0
  for (let hasNotified = false; ; ) {
    signal.throwIfAborted()
    if (await create(file, owner)) break
    const found = await stat(file).catch(() => null)
    const now = `${found?.ino} ${found?.mtimeMs}`
    checks = now === seen ? checks + 1 : 0
    seen = now
    if (found && (await isAbandoned(file, Date.now() - found.mtimeMs, checks))) {
      const staleFile = `${file}.${process.pid}.${Date.now()}`
      await rename(file, staleFile).then(
        () => rm(staleFile, { force: true }),
        () => {},
      )
      continue
    }
    if (!hasNotified) onWait()
    hasNotified = true
    await sleep(POLL_MS, undefined, { signal }).catch(() => {})
  }
  const heartbeat = setInterval(() => utimes(file, new Date(), new Date()).catch(() => {}), HEARTBEAT_MS)
  heartbeat.unref()
  return async () => {
    clearInterval(heartbeat)
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

async function isAbandoned(file: string, ageMs: number, checks: number): Promise<boolean> {
  const isSilent = checks >= MIN_CHECKS_WITHOUT_CLOCK || (checks >= MIN_CHECKS && ageMs > STALE_MS)
  try {
    const { pid, host } = JSON.parse(await readFile(file, 'utf8')) as { pid: number; host: string }
    return isSilent || (host === hostname() && !isAlive(pid))
  } catch {
    // Just created and not yet written, or cut off by a crash.
    return checks >= MIN_CHECKS
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
