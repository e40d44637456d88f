/**
 * Unsaved text of an editor, or drafted text, layered over the files on disk, so that the index sees what the user
 * sees.
 */

import type { FileEntry, Files, Workers } from './ports.ts'
import { fileKey } from './types/source.ts'

interface Unsaved {
  readonly bytes: Uint8Array
  readonly size: number
  readonly mtime: number
}

export class Overlay {
  private readonly texts = new Map<string, Unsaved>()
  private readonly hidden = new Set<string>()

  /** `file` is absolute. */
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

  /** True when there was something to remove. */
  delete(file: string): boolean {
    return this.texts.delete(fileKey(file))
  }

  filesOver(files: Files): Files {
    return {
      list: async (folder) => this.listWithUnsaved(folder, () => files.list(folder)),
      stat: async (path) => this.texts.get(fileKey(path)) ?? (this.hidden.has(fileKey(path)) ? null : files.stat(path)),
      read: async (path) =>
        this.texts.get(fileKey(path))?.bytes ?? (this.hidden.has(fileKey(path)) ? null : files.read(path)),
    }
  }

  /** Adds what is new in the folder and removes what is gone; a new folder is not on disk. */
  private async listWithUnsaved(
    folder: string,
    onDisk: () => Promise<readonly FileEntry[]>,
  ): Promise<readonly FileEntry[]> {
    const below = `${fileKey(folder).replace(/\/$/, '')}/`
    const added = new Map<string, FileEntry>()
    for (const file of this.texts.keys()) {
      if (!file.startsWith(below)) continue
      const [name = '', ...more] = file.slice(below.length).split('/')
      added.set(name, { name, kind: more.length ? 'folder' : 'file' })
    }
    const held = await (added.size ? onDisk().catch(() => []) : onDisk())
    for (const { name } of held) added.delete(name)
    return [...held.filter(({ name }) => !this.hidden.has(below + name)), ...added.values()]
  }

  /** Workers read the disk themselves, so unsaved text travels with the job. */
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
