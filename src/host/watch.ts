/** Calls back when something below the folders changes; one call at a time, and never for every single event. */
import { watch } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Editors save and git checks out in bursts. */
const QUIET_MS = 60
/** Where the platform cannot watch a tree, or drops events, the tree is looked at this often. */
const POLL_MS = 5000

/** Runs `update` at once, then after every change, until the signal stops it. */
export async function watchFolders(
  folders: readonly string[],
  signal: AbortSignal,
  update: () => Promise<void>,
): Promise<void> {
  let changed = true
  let wake = () => {}
  const note = () => {
    changed = true
    wake()
  }
  const watchers = folders.flatMap((folder) => {
    try {
      const watcher = watch(folder, { recursive: true, persistent: true })
      watcher.on('change', (_type, name) => {
        // git writes its index on every status; branch switches also touch HEAD.
        const inner = String(name ?? '').replaceAll('\\', '/')
        if (!/(^|\/)\.git\//.test(inner) || /\.git\/(HEAD|logs\/HEAD)$/.test(inner)) note()
      })
      watcher.on('error', () => watcher.close())
      return [watcher]
    } catch {
      return []
    }
  })
  signal.addEventListener('abort', () => wake(), { once: true })
  try {
    while (!signal.aborted) {
      if (changed) {
        changed = false
        await update()
        continue
      }
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      if (!changed && !signal.aborted) await Promise.race([woken, sleep(POLL_MS, undefined, { ref: false })])
      if (!changed && !signal.aborted) changed = true
      else await sleep(QUIET_MS)
    }
  } finally {
    for (const watcher of watchers) watcher.close()
  }
  signal.throwIfAborted()
}
