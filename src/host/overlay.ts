/** Unsaved text of an editor over the files on disk: what is read and parsed is what the user sees. */
import type { Files, Workers } from '../engine/ports.ts'

interface Unsaved {
  readonly bytes: Uint8Array
  readonly size: number
  readonly mtime: number
}

export class Overlay {
  private readonly texts = new Map<string, Unsaved>()

  /** `file` is absolute. */
  set(file: string, text: string, now: number): void {
    const bytes = new TextEncoder().encode(text)
    this.texts.set(keyOf(file), { bytes, size: bytes.length, mtime: now })
  }

  /** Whether there was something to remove. */
  delete(file: string): boolean {
    return this.texts.delete(keyOf(file))
  }

  over(files: Files): Files {
    return {
      list: (folder) => files.list(folder),
      stat: async (path) => this.texts.get(keyOf(path)) ?? files.stat(path),
      read: async (path) => this.texts.get(keyOf(path))?.bytes ?? files.read(path),
    }
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
    }
  }
}

/** Drive letters come in both cases. */
function keyOf(file: string): string {
  return file.replaceAll('\\', '/').replace(/^[a-z]:/, (drive) => drive.toUpperCase())
}
