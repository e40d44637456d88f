/** Text that is not saved, of an editor or of a draft, over the files on disk: what is read and parsed is what the user sees. */
import type { FileEntry, Files, Workers } from './ports.ts'

interface Unsaved {
  readonly bytes: Uint8Array
  readonly size: number
  readonly mtime: number
}

export class Overlay {
  private readonly texts = new Map<string, Unsaved>()
  private readonly gone = new Set<string>()

  /** `file` is absolute. */
  set(file: string, text: string, now: number): void {
    const bytes = new TextEncoder().encode(text)
    this.texts.set(keyOf(file), { bytes, size: bytes.length, mtime: now })
    this.gone.delete(keyOf(file))
  }

  /** As if the file were not there. */
  hide(file: string): void {
    this.texts.delete(keyOf(file))
    this.gone.add(keyOf(file))
  }

  clear(): void {
    this.texts.clear()
    this.gone.clear()
  }

  /** Whether there was something to remove. */
  delete(file: string): boolean {
    return this.texts.delete(keyOf(file))
  }

  over(files: Files): Files {
    return {
      list: async (folder) => this.listed(folder, () => files.list(folder)),
      stat: async (path) => this.texts.get(keyOf(path)) ?? (this.gone.has(keyOf(path)) ? null : files.stat(path)),
      read: async (path) =>
        this.texts.get(keyOf(path))?.bytes ?? (this.gone.has(keyOf(path)) ? null : files.read(path)),
    }
  }

  /** With what is new in the folder, and without what is gone; a new folder is not on the disk. */
  private async listed(folder: string, onDisk: () => Promise<readonly FileEntry[]>): Promise<readonly FileEntry[]> {
    const below = `${keyOf(folder).replace(/\/$/, '')}/`
    const added = new Map<string, FileEntry>()
    for (const file of this.texts.keys()) {
      if (!file.startsWith(below)) continue
      const [name = '', ...more] = file.slice(below.length).split('/')
      added.set(name, { name, kind: more.length ? 'folder' : 'file' })
    }
    const held = await (added.size ? onDisk().catch(() => []) : onDisk())
    for (const { name } of held) added.delete(name)
    return [...held.filter(({ name }) => !this.gone.has(below + name)), ...added.values()]
  }

  /** Threads read the disk themselves, so what is unsaved travels with the job. */
  before(workers: Workers): Workers {
    return {
      parse: (run, jobs, each) =>
        workers.parse(
          run,
          jobs.map((job) => {
            const unsaved = this.texts.get(keyOf(job.file))
            return unsaved ? { ...job, unsaved } : job
          }),
          each,
        ),
      cluster: (run, input) => workers.cluster(run, input),
      syntax: (run, files) => workers.syntax(run, files),
    }
  }
}

/** Drive letters come in both cases. */
function keyOf(file: string): string {
  return file.replaceAll('\\', '/').replace(/^[a-z]:/, (drive) => drive.toUpperCase())
}
