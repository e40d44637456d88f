/**
 * Layers the unsaved text of an editor, or the text of a draft, over the files on disk, so that the index sees what the
 * user sees.
 */
import type { FileEntry, Files, Workers } from './ports.ts'
import { fileKey } from './types/source.ts'

interface Unsaved {
  readonly bytes: Uint8Array
  readonly size: number
  readonly mtime: number
}

export class Overlay {
  /** Keyed by `fileKey`, as is `hidden`. */
  private readonly texts = new Map<string, Unsaved>()
  private readonly hidden = new Set<string>()

  /** Sets the text of a file (absolute path); `now` becomes its modification time, in ms since the epoch. */
  set(file: string, text: string, now: number): void {
    const bytes = new TextEncoder().encode(text)
    this.texts.set(fileKey(file), { bytes, size: bytes.length, mtime: now })
    this.hidden.delete(fileKey(file))
  }

  /** Hides a file as if it did not exist. */
  hide(file: string): void {
    this.texts.delete(fileKey(file))
    this.hidden.add(fileKey(file))
  }

  clear(): void {
    this.texts.clear()
    this.hidden.clear()
  }

  /** Removes the text of a file; true when there was one. */
  delete(file: string): boolean {
    return this.texts.delete(fileKey(file))
  }

  /** `files` with this overlay on top. */
  filesOver(files: Files): Files {
    return {
      list: async (folder) => this.listWithUnsaved(folder, () => files.list(folder)),
      stat: async (path) => this.texts.get(fileKey(path)) ?? (this.hidden.has(fileKey(path)) ? null : files.stat(path)),
      read: async (path) =>
        this.texts.get(fileKey(path))?.bytes ?? (this.hidden.has(fileKey(path)) ? null : files.read(path)),
    }
  }

  /** Lists a folder with overlaid files added and hidden files removed; the folder may exist in the overlay only. */
  private async listWithUnsaved(
    folder: string,
    onDisk: () => Promise<readonly FileEntry[]>,
  ): Promise<readonly FileEntry[]> {
    const prefix = `${fileKey(folder).replace(/\/$/, '')}/`
    const added = new Map<string, FileEntry>()
    for (const file of this.texts.keys()) {
      if (!file.startsWith(prefix)) continue
      const [name = '', ...rest] = file.slice(prefix.length).split('/')
      added.set(name, { name, kind: rest.length ? 'folder' : 'file' })
    }
    const entries = await (added.size ? onDisk().catch(() => []) : onDisk())
    for (const { name } of entries) added.delete(name)
    return [...entries.filter(({ name }) => !this.hidden.has(prefix + name)), ...added.values()]
  }

  /** `workers` with this overlay on top: they read the disk themselves, so unsaved text is sent with the job. */
  workersWith(workers: Workers): Workers {
    return {
      parse: (run, jobs, each) =>
        workers.parse(
          run,
          jobs.map((job) => {
            const unsaved = this.texts.get(fileKey(job.file))
            return unsaved ? { ...job, unsaved } : job
          }),
          each,
        ),
      cluster: (run, input) => workers.cluster(run, input),
      assign: (run, input) => workers.assign(run, input),
      syntax: (run, files) => workers.syntax(run, files),
    }
  }
}
