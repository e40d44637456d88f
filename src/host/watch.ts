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
const REST = 4
const LOOK_REST = 20
/** Poll intervals where changes are not reported, and where they are: even there some get lost. */
const POLL_MS = 5000
const LOOK_MS = 30_000
/** Delay after a failure, doubled each time. */
const RETRY_MS = 2000
const LONGEST_MS = 10 * 60_000

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

async function liesRemote(folder: string): Promise<boolean> {
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
  { warn, watch = watchTree, isRemote = liesRemote }: WatchOptions,
): Promise<void> {
  const bell = new ChangeSignal(signal)
  const eyes = new FolderWatchers(folders, warn, watch, isRemote, () => bell.ring())
  let failures = 0
  let said = ''
  let first = true
  let look = 0
  try {
    await eyes.open()
    while (!signal.aborted) {
      bell.quiet()
      const began = performance.now()
      let moved = true
      try {
        moved = await update()
        if (failures > 0) await eyes.open()
        failures = 0
        said = ''
        first = false
      } catch (error) {
        if (first || signal.aborted) throw error
        const sentence = sentenceOf(error)
        if (sentence !== said) warn(sentence)
        said = sentence
        failures++
      }
      const took = performance.now() - began
      if (!moved) look = took
      // Failures usually persist for a while, however much changes.
      if (failures > 0) await bell.sleep(Math.max(RETRY_MS * 2 ** (failures - 1), REST * took))
      else {
        await bell.wait(Math.max(eyes.blind ? POLL_MS : LOOK_MS, LOOK_REST * look, REST * took))
        await bell.sleep(Math.max(QUIET_MS, REST * took - (performance.now() - began - took)))
      }
    }
  } finally {
    eyes.close()
  }
  signal.throwIfAborted()
}

function sentenceOf(error: unknown): string {
  if (error instanceof EngineError) return error.message
  return `Something went wrong inside Fovea (${error instanceof Error ? error.message : String(error)}): it is tried again.`
}

/** Waits that end early when something changes or the signal aborts. They keep the process alive. */
class ChangeSignal {
  private rung = false
  private wake = () => {}
  private readonly signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.signal = signal
    signal.addEventListener('abort', () => this.wake(), { once: true })
  }

  ring(): void {
    this.rung = true
    this.wake()
  }

  quiet(): void {
    this.rung = false
  }

  /** Until it rings, at most so long. */
  async wait(ms: number): Promise<void> {
    if (!this.rung) await this.pause(ms, () => this.rung)
  }

  /** However often it rings. */
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
      const timer = setTimeout(end, Math.min(ms, LONGEST_MS))
      this.wake = () => {
        if (isOver() || this.signal.aborted) end()
      }
      this.wake()
    })
  }
}

/** The watchers of the folders; `blind` when they do not report all changes. */
class FolderWatchers {
  blind = false
  private told = false
  private watchers: { close(): void }[] = []
  private readonly folders: readonly string[]
  private readonly warn: (sentence: string) => void
  private readonly watch: WatchFolder
  private readonly isRemote: (folder: string) => Promise<boolean>
  private readonly onChange: () => void

  constructor(
    folders: readonly string[],
    warn: (sentence: string) => void,
    watch: WatchFolder,
    isRemote: (folder: string) => Promise<boolean>,
    onChange: () => void,
  ) {
    this.folders = folders
    this.warn = warn
    this.watch = watch
    this.isRemote = isRemote
    this.onChange = onChange
  }

  /** Retried after a failure: what was watched may have been another folder of that name. */
  async open(): Promise<void> {
    this.close()
    this.blind = false
    for (const folder of this.folders) {
      try {
        const hear = (inner: string) => {
          // git writes its index on every status; branch switches also change HEAD.
          const path = inner.replaceAll('\\', '/')
          if (!/(^|\/)\.git\//.test(path) || /\.git\/(HEAD|logs\/HEAD)$/.test(path)) this.onChange()
        }
        this.watchers.push(this.watch(folder, hear, (error) => this.fail(folder, error)))
      } catch (error) {
        this.fail(folder, error as Error)
      }
      if (await this.isRemote(folder)) this.tell(`${folder} lies on a network, where not all changes are told of`)
    }
  }

  close(): void {
    for (const watcher of this.watchers.splice(0)) watcher.close()
  }

  private fail(folder: string, error: Error): void {
    const { code } = error as NodeJS.ErrnoException
    const spent = code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE'
    const limit = code === 'ENOSPC' ? 'max_user_watches' : 'max_user_instances'
    this.tell(
      spent
        ? `${folder} cannot be watched, as the system’s limit is reached (raise fs.inotify.${limit})`
        : `${folder} cannot be watched (${code ?? error.message})`,
    )
    // Remaining watchers would use up a limit that others need, too.
    this.close()
  }

  private tell(reason: string): void {
    this.blind = true
    if (!this.told) this.warn(`${reason}: it is looked at now and then instead.`)
    this.told = true
  }
}
