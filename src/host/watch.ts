/**
 * Calls back when something below the folders changes: one call at a time, and batched. Where the platform does not
 * report changes, the user is told once and the folders are polled instead, less often the longer a poll takes.
 */
import { watch } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { EngineError } from '../engine/types/run.ts'

/** Debounce: editors save and git checks out in bursts. */
const DEBOUNCE_MS = 60
/** After an update the watcher rests this many times its duration; before the next poll, more. */
const UPDATE_REST_FACTOR = 4
const POLL_REST_FACTOR = 20
/** Poll intervals where changes are not reported, and where they are, because some reports get lost. */
const POLL_MS = 5000
const FALLBACK_POLL_MS = 30_000
/** Delay after a failure, doubled each time. */
const RETRY_MS = 2000
const MAX_WAIT_MS = 10 * 60_000

/**
 * Linux statfs types of network file systems: NFS, SMB (three), 9p, FUSE (sshfs, rclone), Ceph, AFS, Lustre,
 * VirtualBox.
 */
const NETWORK = [
  0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x01021997, 0x65735546, 0x00c36400, 0x5346414f, 0x0bd00bd0, 0x786f4256,
]

/** Reports changes below a folder, by relative path, until closed. Throws or reports an error when it cannot. */
export type WatchFolder = (
  folder: string,
  onChange: (inner: string) => void,
  onError: (error: Error) => void,
) => {
  close(): void
}

/** What watching needs from the platform. */
export interface WatchOptions {
  /** One sentence for the user. */
  warn(sentence: string): void
  watch?: WatchFolder
  isRemote?: (folder: string) => Promise<boolean>
}

const watchTree: WatchFolder = (folder, onChange, onError) => {
  // Watching a whole tree may fail silently where watching a single folder reports why.
  if (process.platform === 'linux') watch(folder).close()
  const watcher = watch(folder, { recursive: true, persistent: true })
  watcher.on('change', (_type, name) => onChange(String(name ?? '')))
  watcher.on('error', onError)
  return watcher
}

async function isOnNetwork(folder: string): Promise<boolean> {
  if (process.platform === 'win32') return /^[\\/]{2}/.test(folder)
  if (process.platform !== 'linux') return false
  const { type } = await statfs(folder).catch(() => ({ type: 0 }))
  return NETWORK.includes(type >>> 0)
}

/**
 * Calls `update`, which returns whether it found work, at once, then after every change, until the signal aborts. Only
 * a failure of the first call is fatal.
 */
export async function watchFolders(
  folders: readonly string[],
  signal: AbortSignal,
  update: () => Promise<boolean>,
  { warn, watch = watchTree, isRemote = isOnNetwork }: WatchOptions,
): Promise<void> {
  const changes = new ChangeSignal(signal)
  const watchers = new FolderWatchers(folders, { warn, watch, isRemote }, () => changes.raise())
  let failures = 0
  let lastWarning: string | null = null
  let isFirst = true
  let pollMs = 0
  try {
    await watchers.open()
    while (!signal.aborted) {
      changes.reset()
      const began = performance.now()
      let foundWork = true
      try {
        foundWork = await update()
        if (failures > 0) await watchers.open()
        failures = 0
        lastWarning = null
        isFirst = false
      } catch (error) {
        if (isFirst || signal.aborted) throw error
        const sentence = sentenceOf(error)
        if (sentence !== lastWarning) warn(sentence)
        lastWarning = sentence
        failures++
      }
      const updateMs = performance.now() - began
      if (!foundWork) pollMs = updateMs
      // Failures usually persist for a while, however much changes.
      if (failures > 0) await changes.sleep(Math.max(RETRY_MS * 2 ** (failures - 1), UPDATE_REST_FACTOR * updateMs))
      else {
        const intervalMs = watchers.missChanges ? POLL_MS : FALLBACK_POLL_MS
        await changes.wait(Math.max(intervalMs, POLL_REST_FACTOR * pollMs, UPDATE_REST_FACTOR * updateMs))
        const restedMs = performance.now() - began - updateMs
        await changes.sleep(Math.max(DEBOUNCE_MS, UPDATE_REST_FACTOR * updateMs - restedMs))
      }
    }
  } finally {
    watchers.close()
  }
  signal.throwIfAborted()
}

function sentenceOf(error: unknown): string {
  if (error instanceof EngineError) return error.message
  return `Something went wrong inside Fovea (${error instanceof Error ? error.message : String(error)}): Fovea will try again.`
}

/** Waits that end early when something changes or the signal aborts. They keep the process alive. */
class ChangeSignal {
  private raised = false
  private wake = () => {}
  private readonly signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.signal = signal
    signal.addEventListener('abort', () => this.wake(), { once: true })
  }

  raise(): void {
    this.raised = true
    this.wake()
  }

  reset(): void {
    this.raised = false
  }

  /** Until a change, at most `ms`. */
  async wait(ms: number): Promise<void> {
    if (!this.raised) await this.pause(ms, () => this.raised)
  }

  /** Whatever changes. */
  sleep(ms: number): Promise<void> {
    return this.pause(ms, () => false)
  }

  private pause(ms: number, isOver: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        if (timer) clearTimeout(timer)
        this.wake = () => {}
        resolve()
      }
      const timer = setTimeout(end, Math.min(ms, MAX_WAIT_MS))
      this.wake = () => {
        if (isOver() || this.signal.aborted) end()
      }
      this.wake()
    })
  }
}

/** The watchers of the folders. */
class FolderWatchers {
  /** They do not report all changes, so the folders must be polled. */
  missChanges = false
  private hasWarned = false
  private watchers: { close(): void }[] = []
  private readonly folders: readonly string[]
  private readonly options: Required<WatchOptions>
  private readonly onChange: () => void

  constructor(folders: readonly string[], options: Required<WatchOptions>, onChange: () => void) {
    this.folders = folders
    this.options = options
    this.onChange = onChange
  }

  /** Repeated after a failure: the folder may have been replaced by another of its name. */
  async open(): Promise<void> {
    this.close()
    this.missChanges = false
    for (const folder of this.folders) {
      try {
        const onPath = (inner: string) => {
          // git writes its index on every status; branch switches also change HEAD.
          const path = inner.replaceAll('\\', '/')
          if (!/(^|\/)\.git\//.test(path) || /\.git\/(HEAD|logs\/HEAD)$/.test(path)) this.onChange()
        }
        this.watchers.push(this.options.watch(folder, onPath, (error) => this.fail(folder, error)))
      } catch (error) {
        this.fail(folder, error as Error)
      }
      if (await this.options.isRemote(folder))
        this.poll(`${folder} is on a network drive, which does not report all changes`)
    }
  }

  close(): void {
    for (const watcher of this.watchers.splice(0)) watcher.close()
  }

  private fail(folder: string, error: Error): void {
    const { code } = error as NodeJS.ErrnoException
    const isLimit = code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE'
    const limit = code === 'ENOSPC' ? 'max_user_watches' : 'max_user_instances'
    this.poll(
      isLimit
        ? `${folder} cannot be watched, as the system’s limit is reached (raise fs.inotify.${limit})`
        : `${folder} cannot be watched (${code ?? error.message})`,
    )
    // Keeping the other watchers would use up a limit that other programs need, too.
    this.close()
  }

  private poll(reason: string): void {
    this.missChanges = true
    if (!this.hasWarned) this.options.warn(`${reason}: Fovea polls it instead.`)
    this.hasWarned = true
  }
}
