/**
 * The Workers port over a few child processes at low priority. Processes, because the memory of grammars and garbage is
 * freed with them, they can be `nice`, and a crash affects one process only: its files are then tried one by one, and
 * the guilty one is skipped by name. Records travel in the form of `store/record-codec.ts`.
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
const BATCH = 8
/** Environment of a low-priority process. */
export const BACKGROUND = 'background'
/** A question may wait for up to this many files: they are parsed at normal priority. */
const FEW = 50
/**
 * Bytes. A process above it collects garbage, and is replaced when that does not help: a grammar's wasm heap never
 * shrinks. Rarely reached, because compiled code is freed as garbage and compiled again.
 */
export const MAX_RESIDENT = 280e6
/** V8 keeps three times this, MB, for what is young; more saves little and is held for good. */
const YOUNG = '--max-semi-space-size=16'
/** One that is not needed ends soon, but not between two edits. */
const IDLE_MS = 10_000
/** What indexed a whole tree is not held beside its linking, but ends not between two rounds. */
const BACKGROUND_IDLE_MS = 300
const YIELD_MS = 50
const MOST_REST_MS = 2000
const here = import.meta.dirname
const tasks = ['tasks.js', 'tasks.ts'].map((name) => join(here, name)).find(existsSync) ?? join(here, 'tasks.js')

/** What was in hand when a process ended. */
class WorkerExited extends Error {}
/** What waited for its turn then. */
class WorkerNotStarted extends Error {}

/** Of all worker processes so far, and what those that live hold, by process: for benchmarks. */
export const used = { cpu: 0, living: new Map<number, number>() }

class Worker {
  /** To be used no more. */
  spent = false
  readonly kind: string
  private readonly child: ChildProcess
  private readonly waiting: { done(value: unknown): void; failed(error: Error): void }[] = []

  constructor(script: string, kind: string) {
    this.kind = kind
    // Without the parent's own flags: a debugger's port, say, can be taken once.
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
    this.child = fork(script, [kind], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [YOUNG],
      env,
    })
    this.child.on('message', (answer: WorkerReply) => {
      used.cpu += answer.cpu
      this.holds(answer.resident)
      if (answer.resident > MAX_RESIDENT) this.spent = true
      const task = this.waiting.shift()
      if ('error' in answer) task?.failed(new Error(answer.error))
      else task?.done(answer.value)
      if (this.spent && this.waiting.length === 0) this.stop()
      this.hold()
    })
    this.holds(0)
    this.child.on('error', (error) => this.end(error.message))
    this.child.on('exit', (code, signal) => this.end(`the process ended with ${signal ?? code}`))
    this.hold()
  }

  run(name: WorkerTask['name'], input: unknown): Promise<unknown> {
    return new Promise((done, failed) => {
      if (!this.child.connected) {
        failed(new WorkerNotStarted())
        return
      }
      this.waiting.push({ done, failed })
      this.hold()
      this.child.send({ name, input } satisfies WorkerTask, (error) => error && this.end(error.message))
    })
  }

  stop(): void {
    this.spent = true
    this.child.kill('SIGKILL')
  }

  private holds(bytes: number): void {
    if (this.child.pid !== undefined) used.living.set(this.child.pid, bytes)
  }

  /** While nothing is asked of it, it keeps no one from ending. */
  private hold(): void {
    const of = this.waiting.length > 0 ? 'ref' : 'unref'
    this.child[of]()
    this.child.channel?.[of]()
  }

  private end(reason: string): void {
    this.spent = true
    if (this.child.pid !== undefined) used.living.delete(this.child.pid)
    const [first, ...rest] = this.waiting.splice(0)
    first?.failed(new WorkerExited(reason))
    for (const task of rest) task.failed(new WorkerNotStarted())
    this.child.kill('SIGKILL')
  }
}

/** Processes that wait for work, and new ones when there are too few. */
class WorkerPool {
  private readonly idle: Worker[] = []
  private readonly timers = new Map<string, NodeJS.Timeout>()
  private readonly script: string

  constructor(script: string) {
    this.script = script
  }

  take(kind: string): Worker {
    const held = this.idle.findIndex((worker) => worker.kind === kind && !worker.spent)
    return held < 0 ? new Worker(this.script, kind) : this.idle.splice(held, 1)[0]!
  }

  give(worker: Worker): void {
    if (worker.spent || this.idle.filter(({ kind }) => kind === worker.kind).length >= PROCESSES) {
      worker.stop()
      return
    }
    this.idle.push(worker)
    const { kind } = worker
    clearTimeout(this.timers.get(kind))
    const rest = kind === BACKGROUND ? BACKGROUND_IDLE_MS : IDLE_MS
    this.timers.set(kind, setTimeout(() => this.clear(kind), rest).unref())
  }

  /** Ends those that wait. */
  private clear(kind: string): void {
    for (const one of this.idle.filter((worker) => worker.kind === kind)) {
      this.idle.splice(this.idle.indexOf(one), 1)
      one.stop()
    }
  }

  /** One task of one process; a stop ends the process. */
  async lend<T>(kind: string, signal: AbortSignal, work: (worker: Worker) => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    const worker = this.take(kind)
    const stop = () => worker.stop()
    signal.addEventListener('abort', stop)
    try {
      return await work(worker)
    } catch (error) {
      signal.throwIfAborted()
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
      this.give(worker)
    }
  }
}

const FULL: Pace = paceAt({ typing: false, battery: false, shortOfMemory: false }, 0)

/** `script` is what a process runs; `pace` is asked before every batch of files. */
export function poolWorkers(script = tasks, pace: () => Pace = () => FULL): Workers {
  const pool = new WorkerPool(script)
  const ask = (run: Run, name: WorkerTask['name'], input: unknown, then = (_: Worker) => {}) =>
    pool.lend(BACKGROUND, run.signal, (worker) => worker.run(name, input).finally(() => then(worker)))
  return {
    async parse(run, jobs, each) {
      const waiting = [...jobs]
      // After a death nobody knows which file it was: those that were in hand are tried one at a time.
      const suspects: ParseJob[] = []
      const next = (rest: number) =>
        suspects.length > 0 ? suspects.splice(0, 1) : waiting.splice(0, rest > 0 ? 1 : BATCH)
      let done = 0
      const lane = async (i: number) => {
        let worker: Worker | null = null
        const stop = () => worker?.stop()
        run.signal.addEventListener('abort', stop)
        const turn = async (second: boolean) => {
          for (;;) {
            const idle = ({ processes, rest }: Pace) => i >= processes || (second && rest > 0)
            while (waiting.length + suspects.length > 0 && idle(pace())) await sleep(YIELD_MS)
            const { rest } = pace()
            const batch = next(rest)
            if (batch.length === 0) return
            run.signal.throwIfAborted()
            worker ??= pool.take(jobs.length > FEW ? BACKGROUND : '')
            const own = worker
            const began = performance.now()
            const answer = await attempt(own, batch, run.signal)
            if (answer?.broken) own.stop()
            if (own === worker && own.spent) worker = null
            if (!answer) {
              waiting.unshift(...batch)
              continue
            }
            for (const result of answer.results) await each(result)
            suspects.push(...batch.slice(answer.results.length))
            done += answer.results.length
            run.report({ stage: 'parse', done, total: jobs.length })
            const pause = Math.min(MOST_REST_MS, rest * (performance.now() - began))
            if (pause > 0) await sleep(pause, undefined, { signal: run.signal })
          }
        }
        try {
          // Two batches a process, so that it finds the next one while the last one is stored.
          await Promise.all([turn(false), turn(true)])
        } finally {
          run.signal.removeEventListener('abort', stop)
          if (worker) pool.give(worker)
        }
      }
      run.signal.throwIfAborted()
      const lanes = Math.min(pace().most, Math.ceil(jobs.length / BATCH))
      await Promise.all(Array.from({ length: lanes }, (_, i) => lane(i)))
    },

    async syntax(run, files) {
      const said: unknown[] = []
      let next = 0
      const lane = async () => {
        for (let i = next++; i < files.length; i = next++)
          said[i] = await pool
            .lend('', run.signal, (worker) => worker.run('syntax', files[i]!))
            // A grammar that dies of a text says nothing of it.
            .catch(() => {
              run.signal.throwIfAborted()
              return null
            })
      }
      await Promise.all(Array.from({ length: PROCESSES }, lane))
      return said as readonly (readonly ParseError[] | null)[]
    },

    // Nothing else is asked of one that holds all vectors.
    cluster: (run, input) => ask(run, 'cluster', input, (worker) => worker.stop()) as Promise<readonly Cluster[]>,
    assign: (run, input) => ask(run, 'assign', input) as Promise<Assignments>,
  }
}

/** For benchmarks: reads and parses every file below the roots and does nothing more, in a process of its own. */
export async function bareParse(signal: AbortSignal, roots: readonly string[]): Promise<SourceSize> {
  return (await new WorkerPool(tasks).lend('', signal, (worker) => worker.run('bare', roots))) as SourceSize
}

/** A batch's answer; a process that died with a single file in hand gives that file's failure. null: it did not begin. */
async function attempt(worker: Worker, batch: readonly ParseJob[], signal: AbortSignal): Promise<ParsedBatch | null> {
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
