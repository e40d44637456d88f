/**
 * The Workers port over a few child processes at low priority. Processes rather than threads, because the memory of
 * grammars and garbage is freed with a process, a process can be `nice`, and a crash takes down only one: its files are
 * then retried one by one, and the one that crashes the parser is skipped by name. Records travel in the form of
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

/** Resident memory of the process in bytes, and CPU time of the task in milliseconds. */
interface ResourceUse {
  readonly resident: number
  readonly cpu: number
}

export type WorkerReply = ResourceUse & ({ readonly value: unknown } | { readonly error: string })

/** Files per message to a process: about 30 ms of parsing. */
const BATCH_FILES = 8
/** Kind of a low-priority process. */
export const BACKGROUND = 'background'
/** Up to this many files are parsed at normal priority, because a question may be waiting for them. */
const NORMAL_PRIORITY_FILES = 50
/**
 * A process above this many bytes collects garbage, and is replaced if that does not help: the wasm heap of a grammar
 * never shrinks. Rarely reached, because compiled code is freed as garbage and compiled again.
 */
export const MAX_RESIDENT_BYTES = 280e6
/** In MB. V8 reserves three times this for its young generation and never gives it back; more saves little time. */
const YOUNG_GENERATION = '--max-semi-space-size=16'
/** An idle process ends soon, but outlives the pause between two edits. */
const IDLE_MS = 10_000
/** Background processes end before linking needs the memory, but outlive the pause between two rounds of parsing. */
const BACKGROUND_IDLE_MS = 300
const YIELD_MS = 50
const MAX_REST_MS = 2000
const here = import.meta.dirname
const WORKER_SCRIPT =
  ['worker-main.js', 'worker-main.ts'].map((name) => join(here, name)).find(existsSync) ?? join(here, 'worker-main.js')

/** Rejects the task that was running when its process ended. */
class WorkerExited extends Error {}
/** Rejects the tasks that were queued when their process ended. */
class WorkerNotStarted extends Error {}

/** For benchmarks: CPU time of all worker processes so far, and resident bytes of the live ones by process id. */
export const workerUsage = { cpuMs: 0, residentBytes: new Map<number, number>() }

class Worker {
  /** Takes no further tasks. */
  isSpent = false
  readonly kind: string
  private readonly child: ChildProcess
  private readonly tasks: { done(value: unknown): void; failed(error: Error): void }[] = []

  constructor(script: string, kind: string) {
    this.kind = kind
    // Not the parent's flags: a debugger's port, for example, can be used by one process only.
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
      if (reply.resident > MAX_RESIDENT_BYTES) this.isSpent = true
      const task = this.tasks.shift()
      if ('error' in reply) task?.failed(new Error(reply.error))
      else task?.done(reply.value)
      if (this.isSpent && this.tasks.length === 0) this.stop()
      this.updateRef()
    })
    this.recordMemory(0)
    this.child.on('error', (error) => this.end(error.message))
    this.child.on('exit', (code, signal) => this.end(`the process ended with ${signal ?? code}`))
    this.updateRef()
  }

  run(name: WorkerTask['name'], input: unknown): Promise<unknown> {
    return new Promise((done, failed) => {
      if (!this.child.connected) {
        failed(new WorkerNotStarted())
        return
      }
      this.tasks.push({ done, failed })
      this.updateRef()
      this.child.send({ name, input } satisfies WorkerTask, (error) => error && this.end(error.message))
    })
  }

  stop(): void {
    this.isSpent = true
    this.child.kill('SIGKILL')
  }

  private recordMemory(bytes: number): void {
    if (this.child.pid !== undefined) workerUsage.residentBytes.set(this.child.pid, bytes)
  }

  /** An idle process does not keep this one alive. */
  private updateRef(): void {
    const method = this.tasks.length > 0 ? 'ref' : 'unref'
    this.child[method]()
    this.child.channel?.[method]()
  }

  private end(reason: string): void {
    this.isSpent = true
    if (this.child.pid !== undefined) workerUsage.residentBytes.delete(this.child.pid)
    const [first, ...rest] = this.tasks.splice(0)
    first?.failed(new WorkerExited(reason))
    for (const task of rest) task.failed(new WorkerNotStarted())
    this.child.kill('SIGKILL')
  }
}

/** Lends idle processes, and starts new ones when there are too few. */
class WorkerPool {
  private readonly idle: Worker[] = []
  private readonly timers = new Map<string, NodeJS.Timeout>()
  private readonly script: string

  constructor(script: string) {
    this.script = script
  }

  acquire(kind: string): Worker {
    const at = this.idle.findIndex((worker) => worker.kind === kind && !worker.isSpent)
    return at < 0 ? new Worker(this.script, kind) : this.idle.splice(at, 1)[0]!
  }

  release(worker: Worker): void {
    if (worker.isSpent || this.idle.filter(({ kind }) => kind === worker.kind).length >= PROCESSES) {
      worker.stop()
      return
    }
    this.idle.push(worker)
    const { kind } = worker
    clearTimeout(this.timers.get(kind))
    const idleMs = kind === BACKGROUND ? BACKGROUND_IDLE_MS : IDLE_MS
    this.timers.set(kind, setTimeout(() => this.stopIdle(kind), idleMs).unref())
  }

  private stopIdle(kind: string): void {
    for (const one of this.idle.filter((worker) => worker.kind === kind)) {
      this.idle.splice(this.idle.indexOf(one), 1)
      one.stop()
    }
  }

  /** Runs `work` on one process; aborting stops the process. */
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

const FULL: Pace = paceAt({ typing: false, battery: false, shortOfMemory: false }, 0)

/** `script` is what a process runs; `pace` is read before every batch of files. */
export function poolWorkers(script = WORKER_SCRIPT, pace: () => Pace = () => FULL): Workers {
  const pool = new WorkerPool(script)
  const runTask = (run: Run, name: WorkerTask['name'], input: unknown, then = (_: Worker) => {}) =>
    pool.withWorker(BACKGROUND, run.signal, (worker) => worker.run(name, input).finally(() => then(worker)))
  return {
    async parse(run, jobs, each) {
      const waiting = [...jobs]
      // A crash does not say which file caused it: the files of the batch are retried one at a time.
      const suspects: ParseJob[] = []
      const next = (restFactor: number) =>
        suspects.length > 0 ? suspects.splice(0, 1) : waiting.splice(0, restFactor > 0 ? 1 : BATCH_FILES)
      let done = 0
      const lane = async (i: number) => {
        let worker: Worker | null = null
        const stop = () => worker?.stop()
        run.signal.addEventListener('abort', stop)
        const turn = async (second: boolean) => {
          for (;;) {
            const idle = ({ processes, restFactor }: Pace) => i >= processes || (second && restFactor > 0)
            while (waiting.length + suspects.length > 0 && idle(pace())) await sleep(YIELD_MS)
            const { restFactor } = pace()
            const batch = next(restFactor)
            if (batch.length === 0) return
            run.signal.throwIfAborted()
            worker ??= pool.acquire(jobs.length > NORMAL_PRIORITY_FILES ? BACKGROUND : '')
            const current = worker
            const began = performance.now()
            const parsed = await parseBatch(current, batch, run.signal)
            if (parsed?.broken) current.stop()
            if (current === worker && current.isSpent) worker = null
            if (!parsed) {
              waiting.unshift(...batch)
              continue
            }
            for (const result of parsed.results) await each(result)
            suspects.push(...batch.slice(parsed.results.length))
            done += parsed.results.length
            run.report({ stage: 'parse', done, total: jobs.length })
            const pause = Math.min(MAX_REST_MS, restFactor * (performance.now() - began))
            if (pause > 0) await sleep(pause, undefined, { signal: run.signal })
          }
        }
        try {
          // Two batches per process: it parses one while the results of the other are stored.
          await Promise.all([turn(false), turn(true)])
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
      const found: unknown[] = []
      let next = 0
      const lane = async () => {
        for (let i = next++; i < files.length; i = next++)
          found[i] = await pool
            .withWorker('', run.signal, (worker) => worker.run('syntax', files[i]!))
            // A text that crashes the grammar is not checked.
            .catch(() => {
              run.signal.throwIfAborted()
              return null
            })
      }
      await Promise.all(Array.from({ length: PROCESSES }, lane))
      return found as readonly (readonly ParseError[] | null)[]
    },

    // A process that loaded all vectors is not kept.
    cluster: (run, input) => runTask(run, 'cluster', input, (worker) => worker.stop()) as Promise<readonly Cluster[]>,
    assign: (run, input) => runTask(run, 'assign', input) as Promise<Assignments>,
  }
}

/** For benchmarks: reads and parses every file below the roots, and nothing else, in a separate process. */
export async function bareParse(signal: AbortSignal, roots: readonly string[]): Promise<SourceSize> {
  return (await new WorkerPool(WORKER_SCRIPT).withWorker('', signal, (worker) =>
    worker.run('bare', roots),
  )) as SourceSize
}

/** Parses a batch; null if it did not start. A process that crashes on a single file reports that file as failed. */
async function parseBatch(
  worker: Worker,
  batch: readonly ParseJob[],
  signal: AbortSignal,
): Promise<ParsedBatch | null> {
  try {
    return (await worker.run('parse', batch)) as ParsedBatch
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof WorkerNotStarted) return null
    const [job] = batch
    const failed: ParseResult[] =
      job && batch.length === 1
        ? [{ path: job.path, failure: 'parser failed', size: 0, mtime: 0, detail: String(error) }]
        : []
    return { results: failed, broken: true }
  }
}
