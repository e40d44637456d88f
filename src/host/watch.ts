/**
 * Calls back when something below the folders changes: one call at a time, and batched. Where the platform reports no
 * changes, this is logged once and the folders are polled instead, less often the more a poll costs.
 */
import { watch } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { EngineError } from '../engine/types/run.ts'

/** Editors save and git checks out in bursts. */
const QUIET_MS = 60
/** Updates caused by changes take at most 1/n of the time, and polls at most 1/m. */
const UPDATE_REST_FACTOR = 4
const POLL_REST_FACTOR = 20
/** Poll intervals where changes are not reported, and where they are: some get lost even there. */
const BLIND_POLL_MS = 5000
const POLL_MS = 30_000
/** Delay after a failure, doubled each time. */
const RETRY_MS = 2000
const MAX_WAIT_MS = 10 * 60_000

/**
 * Linux statfs types of network file systems: NFS, SMB (three), 9p, FUSE (sshfs, rclone), Ceph, AFS, Lustre,
 * VirtualBox.
 */
const NETWORK_FILE_SYSTEMS = [
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
  return NETWORK_FILE_SYSTEMS.includes(type >>> 0)
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
  const watchers = new FolderWatchers({ folders, warn, watch, isRemote, onChange: () => changes.notify() })
  let failures = 0
  let lastWarning: string | null = null
  let isFirst = true
  /** Duration of the last update that found nothing: the cost of a poll. */
  let pollMs = 0
  try {
    await watchers.open()
    while (!signal.aborted) {
      changes.reset()
      const startedAt = performance.now()
      let foundWork = true
      try {
        foundWork = await update()
        if (failures > 0) await watchers.open()
        failures = 0
        lastWarning = null
        isFirst = false
      } catch (error) {
        if (isFirst || signal.aborted) throw error
        const sentence = warningFor(error)
        if (sentence !== lastWarning) warn(sentence)
        lastWarning = sentence
        failures++
      }
      const elapsed = performance.now() - startedAt
      if (!foundWork) pollMs = elapsed
      const rest = UPDATE_REST_FACTOR * elapsed
      // Failures usually persist for a while, however much changes.
      if (failures > 0) await changes.sleep(Math.max(RETRY_MS * 2 ** (failures - 1), rest))
      else {
        await changes.wait(Math.max(watchers.isBlind ? BLIND_POLL_MS : POLL_MS, POLL_REST_FACTOR * pollMs, rest))
        await changes.sleep(Math.max(QUIET_MS, rest - (performance.now() - startedAt - elapsed)))
      }
    }
  } finally {
    watchers.close()
  }
  signal.throwIfAborted()
}

function warningFor(error: unknown): string {
  if (error instanceof EngineError) return error.message
  return `Something went wrong inside Fovea (${error instanceof Error ? error.message : String(error)}): it will be retried.`
}

/** Waits that end early when something changes or the signal aborts. They keep the process alive. */
class ChangeSignal {
  private hasChanged = false
  private wake = () => {}
  private readonly signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.signal = signal
    signal.addEventListener('abort', () => this.wake(), { once: true })
  }

  notify(): void {
    this.hasChanged = true
    this.wake()
  }

  reset(): void {
    this.hasChanged = false
  }

  /** Waits for a change, at most this long. */
  async wait(ms: number): Promise<void> {
    if (!this.hasChanged) await this.pause(ms, () => this.hasChanged)
  }

  /** Waits this long, whatever changes. */
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

interface FolderWatchersOptions extends Required<WatchOptions> {
  readonly folders: readonly string[]
  readonly onChange: () => void
}

/** The watchers of the folders; `isBlind` when they do not report all changes. */
class FolderWatchers {
  isBlind = false
  private hasWarned = false
  private watchers: { close(): void }[] = []
  private readonly options: FolderWatchersOptions

  constructor(options: FolderWatchersOptions) {
    this.options = options
  }

  /** Called again after a failure: the folder may have been replaced by another of the same name. */
  async open(): Promise<void> {
    this.close()
    this.isBlind = false
    const { folders, watch, isRemote, onChange } = this.options
    for (const folder of folders) {
      try {
        const onEvent = (inner: string) => {
          // git writes its index on every status; branch switches also change HEAD.
          const path = inner.replaceAll('\\', '/')
          if (!/(^|\/)\.git\//.test(path) || /\.git\/(HEAD|logs\/HEAD)$/.test(path)) onChange()
        }
        this.watchers.push(watch(folder, onEvent, (error) => this.fail(folder, error)))
      } catch (error) {
        this.fail(folder, error as Error)
      }
      if (await isRemote(folder)) this.becomeBlind(`${folder} is on a network drive, which does not report all changes`)
    }
  }

  close(): void {
    for (const watcher of this.watchers.splice(0)) watcher.close()
  }

  private fail(folder: string, error: Error): void {
    const { code } = error as NodeJS.ErrnoException
    const isLimitReached = code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE'
    const limit = code === 'ENOSPC' ? 'max_user_watches' : 'max_user_instances'
    this.becomeBlind(
      isLimitReached
        ? `${folder} cannot be watched because the system’s limit is reached (raise fs.inotify.${limit})`
        : `${folder} cannot be watched (${code ?? error.message})`,
    )
    // Remaining watchers would use up a limit that others need, too.
    this.close()
  }

  private becomeBlind(reason: string): void {
    this.isBlind = true
    if (!this.hasWarned) this.options.warn(`${reason}: it is polled instead.`)
    this.hasWarned = true
  }
}
