/**
 * The Workers port over a few child processes at low priority. Processes rather than threads, because ending them frees
 * the memory of grammars and garbage, they can be `nice`, and a crash affects one process only: its files are then
 * retried one by one, and the one that crashes the parser is skipped and reported. Records are sent in the format of
 * `store/record-codec.ts`.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Assignments, ParseJob, ParseResult, Workers } from '../engine/ports.ts'
import type { Cluster } from '../engine/types/cluster.ts'
import type { ParseError } from '../engine/types/generation.ts'
import type { Run } from '../engine/types/run.ts'
import type { ParsedBatch, SourceSize } from '../engine/worker.ts'
import { type Pace, PROCESSES, paceAt } from './pace.ts'

export interface WorkerTask {
  readonly name: 'parse' | 'syntax' | 'cluster' | 'assign' | 'bare'
  readonly input: unknown
}

/** Memory of the process in bytes, and CPU time of the task in milliseconds. */
interface ResourceUse {
  readonly resident: number
  readonly cpu: number
}

export type WorkerReply = ResourceUse & ({ readonly value: unknown } | { readonly error: string })

/** Files that are usually parsed in about 30 ms. */
const BATCH_FILES = 8
/** Kinds of processes: with low priority, and with normal priority for what a question waits for. */
export const BACKGROUND = 'background'
const FOREGROUND = 'foreground'
/** A question may wait for up to this many files: they are parsed at normal priority. */
const MAX_FOREGROUND_FILES = 50
/**
 * Bytes. A process above it collects garbage, and is replaced when that does not help: a grammar's wasm heap never
 * shrinks. Rarely reached, because compiled code is freed as garbage and compiled again.
 */
export const MAX_RESIDENT_BYTES = 280e6
/** MB. V8 reserves three times this for young objects; more saves little and is never returned. */
const YOUNG_GENERATION = '--max-semi-space-size=16'
/** An idle process ends soon, but not between two edits. */
const IDLE_MS = 10_000
/** A process that indexed a whole tree ends before linking needs memory, but not between two rounds. */
const BACKGROUND_IDLE_MS = 300
const PACE_CHECK_MS = 50
const MAX_PAUSE_MS = 2000
const here = import.meta.dirname
const WORKER_SCRIPT =
  ['worker-main.js', 'worker-main.ts'].map((name) => join(here, name)).find(existsSync) ?? join(here, 'worker-main.js')

/** Error of the task that was running when its process ended. */
class WorkerExited extends Error {}
/** Error of a task that was still queued when its process ended. */
class WorkerNotStarted extends Error {}

/** For benchmarks: CPU time of all worker processes so far (ms), and the memory of those that live (bytes, by pid). */
export const workerUsage = { cpuMs: 0, residentBytes: new Map<number, number>() }

class Worker {
  /** Not to be used for further tasks. */
  isRetired = false
  readonly kind: string
  private readonly child: ChildProcess
  private readonly tasks: { resolve(value: unknown): void; reject(error: Error): void }[] = []

  constructor(script: string, kind: string) {
    this.kind = kind
    // Without the parent's flags: a debugger's port, for example, can only be used once.
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
    this.child = fork(script, [kind], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [YOUNG_GENERATION],
      env,
    })
    this.child.on('message', (reply: WorkerReply) => {
      workerUsage.cpuMs += reply.cpu
      this.recordMemory(reply.resident)
      if (reply.resident > MAX_RESIDENT_BYTES) this.isRetired = true
      const task = this.tasks.shift()
      if ('error' in reply) task?.reject(new Error(reply.error))
      else task?.resolve(reply.value)
      if (this.isRetired && this.tasks.length === 0) this.stop()
      this.updateRef()
    })
    this.recordMemory(0)
    this.child.on('error', (error) => this.onEnd(error.message))
    this.child.on('exit', (code, signal) => this.onEnd(`the process ended with ${signal ?? code}`))
    this.updateRef()
  }

  run(name: WorkerTask['name'], input: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!this.child.connected) {
        reject(new WorkerNotStarted())
        return
      }
      this.tasks.push({ resolve, reject })
      this.updateRef()
      this.child.send({ name, input } satisfies WorkerTask, (error) => error && this.onEnd(error.message))
    })
  }

  stop(): void {
    this.isRetired = true
    this.child.kill('SIGKILL')
  }

  private recordMemory(bytes: number): void {
    if (this.child.pid !== undefined) workerUsage.residentBytes.set(this.child.pid, bytes)
  }

  /** An idle worker does not keep this process alive. */
  private updateRef(): void {
    const ref = this.tasks.length > 0 ? 'ref' : 'unref'
    this.child[ref]()
    this.child.channel?.[ref]()
  }

  private onEnd(reason: string): void {
    this.isRetired = true
    if (this.child.pid !== undefined) workerUsage.residentBytes.delete(this.child.pid)
    const [first, ...rest] = this.tasks.splice(0)
    first?.reject(new WorkerExited(reason))
    for (const task of rest) task.reject(new WorkerNotStarted())
    this.child.kill('SIGKILL')
  }
}

/** Reuses idle processes, and starts new ones when there are too few. */
class WorkerPool {
  private readonly idle: Worker[] = []
  private readonly timers = new Map<string, NodeJS.Timeout>()
  private readonly script: string

  constructor(script: string) {
    this.script = script
  }

  acquire(kind: string): Worker {
    const i = this.idle.findIndex((worker) => worker.kind === kind && !worker.isRetired)
    return i < 0 ? new Worker(this.script, kind) : this.idle.splice(i, 1)[0]!
  }

  release(worker: Worker): void {
    if (worker.isRetired || this.idle.filter(({ kind }) => kind === worker.kind).length >= PROCESSES) {
      worker.stop()
      return
    }
    this.idle.push(worker)
    const { kind } = worker
    clearTimeout(this.timers.get(kind))
    const idleMs = kind === BACKGROUND ? BACKGROUND_IDLE_MS : IDLE_MS
    this.timers.set(kind, setTimeout(() => this.stopIdle(kind), idleMs).unref())
  }

  /** Ends the idle processes of a kind. */
  private stopIdle(kind: string): void {
    for (const worker of this.idle.filter((one) => one.kind === kind)) {
      this.idle.splice(this.idle.indexOf(worker), 1)
      worker.stop()
    }
  }

  /** Runs `work` with one process; aborting ends the process. */
  async withWorker<T>(kind: string, signal: AbortSignal, work: (worker: Worker) => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    const worker = this.acquire(kind)
    const stop = () => worker.stop()
    signal.addEventListener('abort', stop)
    try {
      return await work(worker)
    } catch (error) {
      signal.throwIfAborted()
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
      this.release(worker)
    }
  }
}

const FULL_PACE: Pace = paceAt({ typing: false, battery: false, shortOfMemory: false }, 0)

/** `script` is what a process runs; `pace` is asked before every batch of files. */
export function poolWorkers(script = WORKER_SCRIPT, pace: () => Pace = () => FULL_PACE): Workers {
  const pool = new WorkerPool(script)
  const runTask = (run: Run, name: WorkerTask['name'], input: unknown, onDone = (_: Worker) => {}) =>
    pool.withWorker(BACKGROUND, run.signal, (worker) => worker.run(name, input).finally(() => onDone(worker)))
  return {
    async parse(run, jobs, each) {
      const queue = [...jobs]
      // After a crash it is unknown which file caused it, so the files of the batch are retried one at a time.
      const suspects: ParseJob[] = []
      const nextBatch = (rest: number) =>
        suspects.length > 0 ? suspects.splice(0, 1) : queue.splice(0, rest > 0 ? 1 : BATCH_FILES)
      let done = 0
      const lane = async (i: number) => {
        let worker: Worker | null = null
        const stop = () => worker?.stop()
        run.signal.addEventListener('abort', stop)
        const processBatches = async (isSecond: boolean) => {
          for (;;) {
            const mustWait = ({ processes, rest }: Pace) => i >= processes || (isSecond && rest > 0)
            while (queue.length + suspects.length > 0 && mustWait(pace())) await sleep(PACE_CHECK_MS)
            const { rest } = pace()
            const batch = nextBatch(rest)
            if (batch.length === 0) return
            run.signal.throwIfAborted()
            worker ??= pool.acquire(jobs.length > MAX_FOREGROUND_FILES ? BACKGROUND : FOREGROUND)
            const current = worker
            const startedAt = performance.now()
            const parsed = await parseWith(current, batch, run.signal)
            if (parsed?.broken) current.stop()
            if (current === worker && current.isRetired) worker = null
            if (!parsed) {
              queue.unshift(...batch)
              continue
            }
            for (const result of parsed.results) await each(result)
            suspects.push(...batch.slice(parsed.results.length))
            done += parsed.results.length
            run.report({ stage: 'parse', done, total: jobs.length })
            const pause = Math.min(MAX_PAUSE_MS, rest * (performance.now() - startedAt))
            if (pause > 0) await sleep(pause, undefined, { signal: run.signal })
          }
        }
        try {
          // Two batches per process, so that it has the next one while the results of the last are stored.
          await Promise.all([processBatches(false), processBatches(true)])
        } finally {
          run.signal.removeEventListener('abort', stop)
          if (worker) pool.release(worker)
        }
      }
      run.signal.throwIfAborted()
      const lanes = Math.min(pace().maxProcesses, Math.ceil(jobs.length / BATCH_FILES))
      await Promise.all(Array.from({ length: lanes }, (_, i) => lane(i)))
    },

    async syntax(run, files) {
      const errors: unknown[] = []
      let next = 0
      const lane = async () => {
        for (let i = next++; i < files.length; i = next++)
          errors[i] = await pool
            .withWorker(FOREGROUND, run.signal, (worker) => worker.run('syntax', files[i]!))
            // A text that crashes the grammar has no known errors.
            .catch(() => {
              run.signal.throwIfAborted()
              return null
            })
      }
      await Promise.all(Array.from({ length: PROCESSES }, lane))
      return errors as readonly (readonly ParseError[] | null)[]
    },

    // The process that received all vectors is not reused, so that their memory is freed.
    cluster: (run, input) => runTask(run, 'cluster', input, (worker) => worker.stop()) as Promise<readonly Cluster[]>,
    assign: (run, input) => runTask(run, 'assign', input) as Promise<Assignments>,
  }
}

/** For benchmarks: reads and parses every file below the roots, and nothing more, in a separate process. */
export async function bareParse(signal: AbortSignal, roots: readonly string[]): Promise<SourceSize> {
  return (await new WorkerPool(WORKER_SCRIPT).withWorker(FOREGROUND, signal, (worker) =>
    worker.run('bare', roots),
  )) as SourceSize
}

/** Parses a batch. When the process dies on a single file, that file failed. null: the batch was not started. */
async function parseWith(worker: Worker, batch: readonly ParseJob[], signal: AbortSignal): Promise<ParsedBatch | null> {
  try {
    return (await worker.run('parse', batch)) as ParsedBatch
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof WorkerNotStarted) return null
    const [job] = batch
    const failures: ParseResult[] =
      job && batch.length === 1
        ? [{ path: job.path, failure: 'parser failed', size: 0, mtime: 0, detail: String(error) }]
        : []
    return { results: failures, broken: true }
  }
}
