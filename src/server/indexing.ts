/**
 * Keeps the workspace's index up to date in the background: edits of known files are taken in at once and in memory, a
 * run over all files follows when it is quiet; one run at a time, stoppable, reported to the client.
 *
 *   phase      leaves it by                                   to
 *   indexing   the run ends · it fails · pause()              ready · failed · paused
 *   ready      a run with much to report begins · it fails    indexing · failed
 *   failed     the next run begins, or ends                   indexing, ready
 *   paused     resume()                                       indexing
 *
 * Beside the phase, a run is going on or none is (`running`), and `dirty` says whether something changed that only the next
 * run will see. A change starts the timer of the next run; a question starts it at once (`waitUntilCurrent`).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../engine/engine.ts'
import { EngineError, type Progress } from '../engine/types/run.ts'
import { collectGarbage } from '../host/memory.ts'
import type { IndexState } from '../protocol/requests.ts'
import { Stopwatch } from './stopwatch.ts'

/** Editors save and git checks out in bursts; typing comes in words. */
const QUIET_MS = 400
/** Edits that can be asked about already are stored and linked when the user pauses. */
const SETTLED_MS = 3000
/** Of the time, background runs take at most one part in so many. */
const REST_FACTOR = 8
/** A run during which the machine slept tells nothing of what runs take. */
const MAX_COUNTED_RUN_MS = 10 * 60_000
/** File events can be lost: a question looks at the files again when the last look is older. */
const LOOK_AGAIN_MS = 30_000
const REPORT_EVERY_MS = 150
/** While files are indexed for the first time more and more of them can be asked about. */
const COUNT_EVERY_MS = 10_000
/** Files to parse from which a question does not wait for them. */
const MANY_FILES = 200
const NEVER = new AbortController().signal

export interface IndexListener {
  state(state: IndexState): void
  changed(): void
  /** Files or buffers have changed; the index follows. */
  edited(): void
  failed(error: unknown): void
}

/** The run that is going on. */
interface IndexRun {
  readonly stop: AbortController
  /** It began because of a change that only a run sees: questions wait for it. */
  readonly followsChange: boolean
  /** Nothing was indexed before, or there is much to parse: it is not worth waiting for. */
  isLong: boolean
  /** There is much to parse: questions are answered from before it. */
  hasManyFiles: boolean
  done: Promise<void>
}

export class IndexScheduler {
  state: IndexState
  private readonly engine: Engine
  private readonly listener: IndexListener
  private running: IndexRun | null = null
  private timer: NodeJS.Timeout | null = null
  private saying: NodeJS.Timeout | null = null
  /** A run has gone through: what follows is small, as a rule. */
  private hasCompleted = false
  /** Something changed that only a run over all files tells. */
  private dirty = true
  /** Edited since the last run began, and how often something was edited until then. */
  private readonly edits = new Map<string, number>()
  private edited = 0
  private lastLook: Stopwatch | null = null
  /** Since the first change that no run has begun for. */
  private changedSince: Stopwatch | null = null
  private lastRunMs = 0
  private lastSaidAt = 0
  private lastCountedAt = 0
  private closed = false

  constructor(
    engine: Engine,
    listener: IndexListener,
    start: Pick<IndexState, 'fallback' | 'restricted'> & { paused: boolean },
  ) {
    this.engine = engine
    this.listener = listener
    const { fallback, restricted, paused } = start
    const phase = paused ? 'paused' : 'indexing'
    this.state = { phase, stage: null, percent: 0, files: 0, error: '', fallback, restricted }
  }

  /** Whether much is being indexed, so that questions do not wait for its end. */
  get isLongRun(): boolean {
    return this.running?.isLong ?? false
  }

  /** What is on disk from last time can be asked at once. */
  async open(): Promise<void> {
    await this.countFiles()
    if (this.state.phase === 'paused') this.setState({})
    else void this.update()
  }

  /** Something changed: brings the index up to date soon. */
  scheduleRun(): void {
    this.dirty = true
    this.wake(QUIET_MS)
  }

  /** A file was edited, in the editor or on the disk. */
  scheduleEdit(file: string): void {
    this.edits.set(file, ++this.edited)
    this.wake(SETTLED_MS)
  }

  private wake(quiet: number): void {
    this.saying ??= setTimeout(() => {
      this.saying = null
      if (!this.closed) this.listener.edited()
    }, QUIET_MS)
    if (this.state.phase === 'paused' || this.closed) return
    if (this.timer) clearTimeout(this.timer)
    // What never rests is followed all the same.
    this.changedSince ??= new Stopwatch()
    const rest = Math.min(quiet, Math.max(0, LOOK_AGAIN_MS - this.changedSince.ms))
    const wait = Math.max(rest, Math.min(REST_FACTOR * this.lastRunMs, MAX_COUNTED_RUN_MS) - (this.lastLook?.ms ?? 0))
    this.timer = setTimeout(() => void this.update(), wait)
  }

  /** Something may have changed that no watcher has told of yet: the next question looks. */
  markDirty(): void {
    this.dirty = true
  }

  /** Before a question: waits for what changed, unless that is much, or all of it is being indexed for the first time. */
  async waitUntilCurrent(): Promise<void> {
    if (this.state.phase === 'paused') return
    if (this.isLongRun) return this.waitUntilAskable()
    const told =
      !this.dirty && !this.running?.followsChange && this.lastLook !== null && this.lastLook.ms <= LOOK_AGAIN_MS
    if (told && (await this.applyPendingEdits())) return
    await this.update()
    // What cannot be stored can be asked about all the same.
    if (this.state.phase === 'failed') await this.applyPendingEdits().catch(() => false)
  }

  /** Whether questions are answered from before what is being indexed. */
  get isLate(): boolean {
    return this.running?.hasManyFiles ?? false
  }

  /** Edits into what is open; false when that is not enough. */
  private async applyPendingEdits(): Promise<boolean> {
    const { size } = this.edits
    return size === 0 || this.engine.applyEdits({ signal: NEVER, report: () => {} }, [...this.edits.keys()])
  }

  /** Until anything can be asked about: all of a large folder may take minutes. */
  private async waitUntilAskable(): Promise<void> {
    while (this.running && this.state.files === 0) await Promise.race([this.running.done, sleep(REPORT_EVERY_MS)])
  }

  async pause(): Promise<void> {
    if (this.timer) clearTimeout(this.timer)
    this.setState({ phase: 'paused', stage: null })
    await this.stop()
    // What was done until then is kept, and can be asked about.
    await this.countFiles()
    this.setState({})
  }

  resume(): void {
    this.setState({ phase: 'indexing', error: '' })
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
    if (this.saying) clearTimeout(this.saying)
    await this.stop()
  }

  private async stop(): Promise<void> {
    this.running?.stop.abort()
    await this.running?.done
  }

  private async update(): Promise<void> {
    // One that runs may have passed what changed since: a second one follows it.
    await this.running?.done
    if (this.closed || this.state.phase === 'paused') return
    if (this.running) return this.running.done
    const stop = new AbortController()
    const run: IndexRun = {
      ...{ stop, followsChange: this.dirty, isLong: !this.hasCompleted, hasManyFiles: false, done: Promise.resolve() },
    }
    this.running = run
    run.done = this.run(stop.signal).finally(() => {
      this.running = null
    })
    await run.done
  }

  private async run(signal: AbortSignal): Promise<void> {
    const began = new Stopwatch()
    this.changedSince = null
    this.dirty = false
    const before = this.edited
    try {
      const report = await this.engine.index({ signal, report: (progress) => this.reportProgress(progress) })
      // The first run says nothing about how long the next ones take.
      this.lastRunMs = Math.min(began.ms, report.reused === 0 ? QUIET_MS : Number.POSITIVE_INFINITY)
      if (signal.aborted) {
        this.dirty = true
        return
      }
      this.hasCompleted = true
      for (const [file, at] of this.edits) if (at <= before) this.edits.delete(file)
      await this.countFiles()
      if (report.parsed + report.fetched > MANY_FILES) collectGarbage()
      const moved = report.parsed + report.fetched + report.removed > 0 || this.state.phase !== 'ready'
      this.setState({ phase: 'ready', stage: null, percent: 100, error: '' })
      if (moved) this.listener.changed()
    } catch (error) {
      if (signal.aborted) return
      this.dirty = true
      this.lastRunMs = began.ms
      const sentence = userMessageOf(error)
      if (sentence !== this.state.error) this.listener.failed(error)
      this.setState({ phase: 'failed', stage: null, error: sentence })
    } finally {
      this.lastLook = new Stopwatch()
    }
  }

  private reportProgress({ stage, done, total }: Progress): void {
    if (this.state.phase === 'paused') return
    if (this.running && stage === 'parse' && total > MANY_FILES) this.running.isLong = this.running.hasManyFiles = true
    // A look that finds little to do is not worth a word.
    const first = this.state.phase !== 'ready'
    if (!first && (stage === 'walk' || total < 20)) return
    const percent = total > 0 ? Math.floor((100 * done) / total) : 0
    if (stage === this.state.stage && Date.now() - this.lastSaidAt < REPORT_EVERY_MS) return
    this.setState({ phase: 'indexing', stage, percent })
    const askable = stage === 'parse' || (stage !== 'walk' && total > MANY_FILES)
    if (first && askable && (this.state.files === 0 || Date.now() - this.lastCountedAt > COUNT_EVERY_MS))
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
    this.lastSaidAt = Date.now()
    if (!this.closed) this.listener.state(this.state)
  }
}

/** What a user reads of a failure. */
export function userMessageOf(error: unknown): string {
  if (error instanceof EngineError) return error.message
  return `Something went wrong inside Fovea (${error instanceof Error ? error.message : String(error)}): see the log.`
}
