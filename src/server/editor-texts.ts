/**
 * Tracks what the editors show: unsaved text becomes an overlay over the disk, and recently viewed files are reported
 * so that they are indexed first. Notifications may overtake each other while the disk is read, so edits are numbered.
 */
import { readFile } from 'node:fs/promises'
import { decode, Overlay } from '../engine/engine.ts'

/** How many recently viewed files are remembered. */
const MAX_RECENT = 8
/** How long after a keystroke the user counts as typing. */
const TYPING_MS = 3000

export interface TextsListener {
  /** The text of a file changed. */
  edited(path: string): void
  /** Recently viewed files, latest first. */
  viewed(paths: readonly string[]): void
}

export class EditorTexts {
  readonly overlay = new Overlay()
  private readonly realPathOf: (file: string) => Promise<string | null>
  private readonly listener: TextsListener
  /** The number of the latest edit of each open file. */
  private readonly edits = new Map<string, number>()
  /** Path on disk of each open file. */
  private readonly diskPaths = new Map<string, string>()
  private editCount = 0
  private lastTypedAt = Number.NEGATIVE_INFINITY
  private recent: readonly string[] = []
  private pending: Promise<unknown> = Promise.resolve()

  /** `realPathOf`: the file on disk, null for one outside the workspace. */
  constructor(realPathOf: (file: string) => Promise<string | null>, listener: TextsListener) {
    this.realPathOf = realPathOf
    this.listener = listener
  }

  get typing(): boolean {
    return performance.now() - this.lastTypedAt < TYPING_MS
  }

  /** Resolves once all notifications so far are processed. */
  async whenSettled(): Promise<void> {
    await this.pending
  }

  /** An editor shows a text: if it differs from the disk, it becomes an overlay. */
  onShown(file: string | null, text: string, version: number): Promise<void> {
    return this.track(this.show(file, text, version))
  }

  /** A file was written. */
  onWritten(file: string): Promise<void> {
    return this.track(this.write(file))
  }

  /** A file was saved or closed: its text on disk counts again. */
  onSettled(file: string | null): Promise<void> {
    return this.track(this.settle(file))
  }

  private track(work: Promise<void>): Promise<void> {
    this.pending = Promise.allSettled([this.pending, work]).then(() => {})
    return work
  }

  private async show(file: string | null, text: string, version: number): Promise<void> {
    if (version > 1) this.lastTypedAt = performance.now()
    const edit = ++this.editCount
    const path = file && (await this.realPathOf(file))
    if (!path || (this.edits.get(path) ?? 0) > edit) return
    this.diskPaths.set(file, path)
    this.edits.set(path, edit)
    if (this.recent[0] !== path) {
      this.recent = [path, ...this.recent.filter((other) => other !== path)].slice(0, MAX_RECENT)
      this.listener.viewed(this.recent)
    }
    const bytes = await readFile(path).catch(() => null)
    const disk = bytes && decode(bytes)
    // The file may have been edited again, or closed, while the disk was read.
    if (this.edits.get(path) !== edit) return
    if (disk !== text) this.overlay.set(path, text, Date.now())
    else if (!this.overlay.delete(path)) return
    this.listener.edited(path)
  }

  private async write(file: string): Promise<void> {
    const path = await this.realPathOf(file)
    if (path) this.listener.edited(path)
  }

  private async settle(file: string | null): Promise<void> {
    const edit = ++this.editCount
    // A deleted file can no longer be resolved on disk.
    const path = file && (this.diskPaths.get(file) ?? (await this.realPathOf(file)))
    if (!path || (this.edits.get(path) ?? 0) > edit) return
    this.diskPaths.delete(file)
    this.edits.set(path, edit)
    if (this.overlay.delete(path)) this.listener.edited(path)
  }
}
