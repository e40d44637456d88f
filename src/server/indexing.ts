/**
 * Keeps the workspace's index up to date in the background. Edits of known files are applied in memory at once; a run
 * over all files follows after a quiet period. There is one run at a time; it can be aborted and reports to the client.
 *
 *   phase      leaves it by                                     to
 *   indexing   the run ends · it fails · pause()                ready · failed · paused
 *   ready      a run reports progress · it fails · pause()      indexing · failed · paused
 *   failed     the next run reports, or ends · pause()          indexing, ready · paused
 *   paused     resume()                                         indexing
 *
 * It begins as indexing, or as paused if the user had paused it; `clear()` pauses. Without a folder there is no
 * scheduler: `WorkspaceIndex` reports the phase `no folder`.
 *
 * Independently of the phase, `running` is the current run, if any, and `dirty` says that something changed which only
 * the next run will see. A change starts the timer of the next run; a question starts the run at once
 * (`waitUntilCurrent`).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../engine/engine.ts'
import { EngineError, type Progress } from '../engine/types/run.ts'
import { collectGarbage } from '../host/heap.ts'
import type { IndexState } from '../protocol/requests.ts'
import { Stopwatch } from './stopwatch.ts'

/** Debounce: editors save and git checks out in bursts, and people type in words. */
const QUIET_MS = 400
/** Debounce for edits that are already applied in memory: they are stored and linked when the user pauses. */
const SETTLED_MS = 3000
/** After a run, background runs rest this many times as long as the run took. */
const REST_FACTOR = 8
/** Longer runs count as this long: the machine may have slept meanwhile. */
const MAX_COUNTED_RUN_MS = 10 * 60_000
/** File events can get lost: a question scans the files again when the last scan is older than this. */
const RESCAN_MS = 30_000
const REPORT_EVERY_MS = 150
/** How often, during the first run, the files that can already be asked about are counted. */
const COUNT_EVERY_MS = 10_000
/** With more files than this to parse, a question does not wait for the run. */
const MANY_FILES = 200
const NEVER = new AbortController().signal

export interface IndexListener {
  state(state: IndexState): void
  changed(): void
  /** Files or buffers have changed; the index follows. */
  edited(): void
  failed(error: unknown): void
}

/** The current run. */
interface IndexRun {
  readonly controller: AbortController
  /** Started by a change that only a run sees, so questions wait for it. */
  readonly followsChange: boolean
  /** Nothing was indexed before, or there are many files to parse: questions do not wait for its end. */
  isLong: boolean
  /** There are many files to parse: questions are answered from the previous state. */
  hasManyFiles: boolean
  done: Promise<void>
}

export class IndexScheduler {
  state: IndexState
  private readonly engine: Engine
  private readonly listener: IndexListener
  private running: IndexRun | null = null
  private timer: NodeJS.Timeout | null = null
  private editNotice: NodeJS.Timeout | null = null
  /** A run has completed; later runs are usually small. */
  private hasCompleted = false
  /** Something changed that only a run over all files finds. */
  private dirty = true
  /** Files edited since the last run began, with the number of their latest edit. */
  private readonly edits = new Map<string, number>()
  private editCount = 0
  private lastScan: Stopwatch | null = null
  /** Time since the first change that no run has started for. */
  private changedSince: Stopwatch | null = null
  private lastRunMs = 0
  private lastReportAt = 0
  private lastCountedAt = 0
  private closed = false

  constructor(
    engine: Engine,
    listener: IndexListener,
    initial: Pick<IndexState, 'fallback' | 'restricted'> & { paused: boolean },
  ) {
    this.engine = engine
    this.listener = listener
    const { fallback, restricted, paused } = initial
    const phase = paused ? 'paused' : 'indexing'
    this.state = { phase, stage: null, percent: 0, files: 0, error: null, fallback, restricted }
  }

  /** Whether the current run is long, so that questions do not wait for its end. */
  get isLongRun(): boolean {
    return this.running?.isLong ?? false
  }

  /** Makes the index from last time available at once, and updates it unless indexing is paused. */
  async open(): Promise<void> {
    await this.countFiles()
    if (this.state.phase === 'paused') this.setState({})
    else void this.update()
  }

  /** Something changed: brings the index up to date soon. */
  scheduleRun(): void {
    this.dirty = true
    this.scheduleUpdate(QUIET_MS)
  }

  /** A file was edited, in the editor or on the disk. */
  scheduleEdit(file: string): void {
    this.edits.set(file, ++this.editCount)
    this.scheduleUpdate(SETTLED_MS)
  }

  private scheduleUpdate(quietMs: number): void {
    this.editNotice ??= setTimeout(() => {
      this.editNotice = null
      if (!this.closed) this.listener.edited()
    }, QUIET_MS)
    if (this.state.phase === 'paused' || this.closed) return
    if (this.timer) clearTimeout(this.timer)
    // A workspace that never goes quiet is indexed all the same.
    this.changedSince ??= new Stopwatch()
    const debounce = Math.min(quietMs, Math.max(0, RESCAN_MS - this.changedSince.ms))
    const delay = Math.max(
      debounce,
      Math.min(REST_FACTOR * this.lastRunMs, MAX_COUNTED_RUN_MS) - (this.lastScan?.ms ?? 0),
    )
    this.timer = setTimeout(() => void this.update(), delay)
  }

  /** Makes the next question scan the files: something may have changed that no watcher has reported. */
  markDirty(): void {
    this.dirty = true
  }

  /** Called before a question: waits until changes are indexed, unless many files or a first index are under way. */
  async waitUntilCurrent(): Promise<void> {
    if (this.state.phase === 'paused') return
    if (this.isLongRun) return this.waitUntilAskable()
    const isScanned =
      !this.dirty && !this.running?.followsChange && this.lastScan !== null && this.lastScan.ms <= RESCAN_MS
    if (isScanned && (await this.applyPendingEdits())) return
    await this.update()
    // Edits that cannot be stored can still be asked about.
    if (this.state.phase === 'failed') await this.applyPendingEdits().catch(() => false)
  }

  /** Whether questions are answered from the state before the current run. */
  get isBehind(): boolean {
    return this.running?.hasManyFiles ?? false
  }

  /** Applies pending edits to the open index; false when only a run over all files can. */
  private async applyPendingEdits(): Promise<boolean> {
    const { size } = this.edits
    return size === 0 || this.engine.applyEdits({ signal: NEVER, report: () => {} }, [...this.edits.keys()])
  }

  /** Waits until any file can be asked about; indexing all of a large folder may take minutes. */
  private async waitUntilAskable(): Promise<void> {
    while (this.running && this.state.files === 0) await Promise.race([this.running.done, sleep(REPORT_EVERY_MS)])
  }

  async pause(): Promise<void> {
    if (this.timer) clearTimeout(this.timer)
    this.setState({ phase: 'paused', stage: null })
    await this.stop()
    // Files indexed so far are stored and can be asked about.
    await this.countFiles()
    this.setState({})
  }

  resume(): void {
    this.setState({ phase: 'indexing', error: null })
    this.lastRunMs = 0
    this.scheduleRun()
  }

  async clear(): Promise<void> {
    await this.pause()
    await this.engine.clear({ signal: new AbortController().signal, report: () => {} })
    this.dirty = true
    this.hasCompleted = false
    this.setState({ files: 0 })
    this.listener.changed()
  }

  async rebuild(): Promise<void> {
    await this.clear()
    this.resume()
  }

  async close(): Promise<void> {
    this.closed = true
    if (this.timer) clearTimeout(this.timer)
    if (this.editNotice) clearTimeout(this.editNotice)
    await this.stop()
  }

  private async stop(): Promise<void> {
    this.running?.controller.abort()
    await this.running?.done
  }

  private async update(): Promise<void> {
    // The current run may already have passed a file that changed since: another run has to follow it.
    await this.running?.done
    if (this.closed || this.state.phase === 'paused') return
    if (this.running) return this.running.done
    const controller = new AbortController()
    const run: IndexRun = {
      ...{
        controller,
        followsChange: this.dirty,
        isLong: !this.hasCompleted,
        hasManyFiles: false,
        done: Promise.resolve(),
      },
    }
    this.running = run
    run.done = this.run(controller.signal).finally(() => {
      this.running = null
    })
    await run.done
  }

  private async run(signal: AbortSignal): Promise<void> {
    const elapsed = new Stopwatch()
    this.changedSince = null
    this.dirty = false
    const editsBefore = this.editCount
    try {
      const report = await this.engine.index({ signal, report: (progress) => this.reportProgress(progress) })
      // A run that reused nothing says little about how long the next ones take.
      this.lastRunMs = Math.min(elapsed.ms, report.reused === 0 ? QUIET_MS : Number.POSITIVE_INFINITY)
      if (signal.aborted) {
        this.dirty = true
        return
      }
      this.hasCompleted = true
      for (const [file, edit] of this.edits) if (edit <= editsBefore) this.edits.delete(file)
      await this.countFiles()
      // Paused meanwhile: that state stands.
      if (signal.aborted) return
      if (report.parsed + report.fetched > MANY_FILES) collectGarbage()
      const hasChanged = report.parsed + report.fetched + report.removed > 0 || this.state.phase !== 'ready'
      this.setState({ phase: 'ready', stage: null, percent: 100, error: null })
      if (hasChanged) this.listener.changed()
    } catch (error) {
      if (signal.aborted) return
      this.dirty = true
      this.lastRunMs = elapsed.ms
      const sentence = userMessageOf(error)
      if (sentence !== this.state.error) this.listener.failed(error)
      this.setState({ phase: 'failed', stage: null, error: sentence })
    } finally {
      this.lastScan = new Stopwatch()
    }
  }

  private reportProgress({ stage, done, total }: Progress): void {
    if (this.state.phase === 'paused') return
    if (this.running && stage === 'parse' && total > MANY_FILES) this.running.isLong = this.running.hasManyFiles = true
    // A run that finds little to do is not reported.
    const isShown = this.state.phase !== 'ready'
    if (!isShown && (stage === 'walk' || total < 20)) return
    const percent = total > 0 ? Math.floor((100 * done) / total) : 0
    if (stage === this.state.stage && Date.now() - this.lastReportAt < REPORT_EVERY_MS) return
    this.setState({ phase: 'indexing', stage, percent })
    const isAskable = stage === 'parse' || (stage !== 'walk' && total > MANY_FILES)
    if (isShown && isAskable && (this.state.files === 0 || Date.now() - this.lastCountedAt > COUNT_EVERY_MS))
      void this.countFiles()
  }

  private async countFiles(): Promise<void> {
    this.lastCountedAt = Date.now()
    try {
      const { files } = await this.engine.status()
      this.state = { ...this.state, files }
    } catch (error) {
      this.listener.failed(error)
    }
  }

  private setState(change: Partial<IndexState>): void {
    this.state = { ...this.state, ...change }
    this.lastReportAt = Date.now()
    if (!this.closed) this.listener.state(this.state)
  }
}

/** The message a user reads for a failure. */
export function userMessageOf(error: unknown): string {
  if (error instanceof EngineError) return error.message
  return `Something went wrong inside Fovea (${error instanceof Error ? error.message : String(error)}): see the log.`
}
