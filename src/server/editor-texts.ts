/** What editors show: unsaved text overlays the disk, and files in view are known. */
import { readFile } from 'node:fs/promises'
import { decode, Overlay } from '../engine/engine.ts'

/** Recently viewed files that are remembered. */
const SEEN = 8
/** How long after a keystroke the user counts as typing. */
const TYPING_MS = 3000

export interface TextsListener {
  /** The text of a file changed. */
  edited(path: string): void
  /** Recently viewed files, latest first. */
  looked(paths: readonly string[]): void
}

export class EditorTexts {
  readonly overlay = new Overlay()
  private readonly realOf: (file: string) => Promise<string | null>
  private readonly listener: TextsListener
  /** The latest edit of each open file. */
  private readonly edits = new Map<string, number>()
  /** Location on disk of each open file. */
  private readonly places = new Map<string, string>()
  private count = 0
  private typed = Number.NEGATIVE_INFINITY
  private seen: readonly string[] = []
  private hearing: Promise<unknown> = Promise.resolve()

  /** `realOf`: the file on disk, null for one outside the workspace. */
  constructor(realOf: (file: string) => Promise<string | null>, listener: TextsListener) {
    this.realOf = realOf
    this.listener = listener
  }

  get typing(): boolean {
    return performance.now() - this.typed < TYPING_MS
  }

  /** Resolves once all notifications so far are processed. */
  async whenSettled(): Promise<void> {
    await this.hearing
  }

  /** An editor shows a text: if it differs from the disk, it becomes an overlay. */
  onShown(file: string | null, text: string, version: number): Promise<void> {
    return this.hear(this.show(file, text, version))
  }

  /** A file was written. */
  onWritten(file: string): Promise<void> {
    return this.hear(this.write(file))
  }

  /** Saved or closed: the disk counts again. */
  onSettled(file: string | null): Promise<void> {
    return this.hear(this.settle(file))
  }

  private hear(work: Promise<void>): Promise<void> {
    this.hearing = Promise.allSettled([this.hearing, work]).then(() => {})
    return work
  }

  private async show(file: string | null, text: string, version: number): Promise<void> {
    if (version > 1) this.typed = performance.now()
    const edit = ++this.count
    const path = file && (await this.realOf(file))
    if (!path || (this.edits.get(path) ?? 0) > edit) return
    this.places.set(file, path)
    this.edits.set(path, edit)
    if (this.seen[0] !== path) {
      this.seen = [path, ...this.seen.filter((other) => other !== path)].slice(0, SEEN)
      this.listener.looked(this.seen)
    }
    const bytes = await readFile(path).catch(() => null)
    const disk = bytes && decode(bytes)
    // A later edit, or closing, may have come while the disk was read.
    if (this.edits.get(path) !== edit) return
    if (disk !== text) this.overlay.set(path, text, Date.now())
    else if (!this.overlay.delete(path)) return
    this.listener.edited(path)
  }

  private async write(file: string): Promise<void> {
    const path = await this.realOf(file)
    if (path) this.listener.edited(path)
  }

  private async settle(file: string | null): Promise<void> {
    const edit = ++this.count
    // A deleted file has no spelling on disk any more.
    const path = file && (this.places.get(file) ?? (await this.realOf(file)))
    if (!path || (this.edits.get(path) ?? 0) > edit) return
    this.places.delete(file)
    this.edits.set(path, edit)
    if (this.overlay.delete(path)) this.listener.edited(path)
  }
}
