/**
 * The Workers port over a few child processes. Processes, because what grammars and garbage take of memory goes back
 * with them, they can be `nice`, and one that dies takes no one along: its files are tried one by one then, and only the
 * guilty one is named.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../engine/model/cluster.ts'
import type { SyntaxTrouble } from '../engine/model/revision.ts'
import type { ParseJob, ParseResult, Workers } from '../engine/ports.ts'
import type { Batch, Source } from '../engine/worker.ts'

export interface Task {
  readonly name: 'parse' | 'syntax' | 'cluster' | 'bare'
  readonly input: unknown
}

/** What the process holds, bytes, and what the task cost, milliseconds of all its threads. */
interface Use {
  readonly resident: number
  readonly cpu: number
}

export type Answer = Use & ({ readonly value: unknown } | { readonly error: string })

const BATCH = 24
/** Bytes. A process that holds more collects its garbage, and is replaced when that does not help: a grammar's wasm heap never shrinks. */
export const MAX_RESIDENT = 240e6
/** One that is not needed ends soon, but not between two edits. */
const IDLE_MS = 10_000
/** After more files than this none is kept. */
const FEW = 100
const YIELD_MS = 200
/** The editor and its user keep a core. */
const PROCESSES = Math.max(1, Math.min(4, availableParallelism() - 1))
const here = import.meta.dirname
const tasks = ['tasks.js', 'tasks.ts'].map((name) => join(here, name)).find(existsSync) ?? join(here, 'tasks.js')

/** What was in hand when a process ended. */
class Ended extends Error {}
/** What waited for its turn then. */
class NotBegun extends Error {}

/** Of all worker processes so far, and what those that live hold, by process: for benchmarks. */
export const used = { cpu: 0, living: new Map<number, number>() }

class Worker {
  /** To be used no more. */
  spent = false
  private readonly child: ChildProcess
  private readonly waiting: { done(value: unknown): void; failed(error: Error): void }[] = []

  constructor(script: string) {
    // Without the parent's own flags: a debugger's port, say, can be taken once.
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
    this.child = fork(script, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
      env,
    })
    this.child.on('message', (answer: Answer) => {
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

  run(name: Task['name'], input: unknown): Promise<unknown> {
    return new Promise((done, failed) => {
      if (!this.child.connected) {
        failed(new NotBegun())
        return
      }
      this.waiting.push({ done, failed })
      this.hold()
      this.child.send({ name, input } satisfies Task, (error) => error && this.end(error.message))
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
    first?.failed(new Ended(reason))
    for (const task of rest) task.failed(new NotBegun())
    this.child.kill('SIGKILL')
  }
}

/** Processes that wait for work, and new ones when there are too few. */
class Pool {
  private readonly idle: Worker[] = []
  private timer: NodeJS.Timeout | null = null
  private readonly script: string

  constructor(script: string) {
    this.script = script
  }

  take(): Worker {
    for (let worker = this.idle.pop(); worker; worker = this.idle.pop()) if (!worker.spent) return worker
    return new Worker(this.script)
  }

  give(worker: Worker): void {
    if (worker.spent || this.idle.length >= PROCESSES) {
      worker.stop()
      return
    }
    this.idle.push(worker)
    if (this.timer) clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      for (const one of this.idle.splice(0)) one.stop()
    }, IDLE_MS).unref()
  }

  /** One task of one process; a stop ends the process. */
  async lend<T>(signal: AbortSignal, work: (worker: Worker) => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    const worker = this.take()
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

/** `script` is what a process runs; while `busy` says that the user is at work, one batch of files at a time is parsed. */
export function poolWorkers(script = tasks, busy: () => boolean = () => false): Workers {
  const pool = new Pool(script)
  return {
    async parse(run, jobs, each) {
      const queue: (readonly ParseJob[])[] = []
      for (let i = 0; i < jobs.length; i += BATCH) queue.push(jobs.slice(i, i + BATCH))
      let done = 0
      const lane = async (i: number) => {
        let worker = pool.take()
        const stop = () => worker.stop()
        run.signal.addEventListener('abort', stop)
        const turn = async (second: boolean) => {
          for (;;) {
            while ((second || i > 0) && queue.length > 0 && busy()) await sleep(YIELD_MS)
            const batch = queue.shift()
            if (!batch) return
            run.signal.throwIfAborted()
            const own = worker
            const answer = await attempt(own, batch, run.signal)
            if (answer?.broken) own.stop()
            if (own === worker && own.spent) worker = pool.take()
            if (!answer) {
              queue.unshift(batch)
              continue
            }
            for (const result of answer.results) await each(result)
            const rest = batch.slice(answer.results.length)
            // After a death nobody knows which file it was: from now on one at a time.
            if (rest.length) queue.push(...rest.map((job) => [job]))
            done += answer.results.length
            run.report({ stage: 'parse', done, total: jobs.length })
          }
        }
        try {
          // Two batches a process, so that it finds the next one while the last one is stored.
          await Promise.all([turn(false), turn(true)])
        } finally {
          run.signal.removeEventListener('abort', stop)
          if (jobs.length > FEW) worker.stop()
          pool.give(worker)
        }
      }
      run.signal.throwIfAborted()
      await Promise.all(Array.from({ length: Math.min(PROCESSES, queue.length) }, (_, i) => lane(i)))
    },

    async syntax(run, files) {
      const said: unknown[] = []
      let next = 0
      const lane = async () => {
        for (let i = next++; i < files.length; i = next++)
          said[i] = await pool
            .lend(run.signal, (worker) => worker.run('syntax', files[i]!))
            // A grammar that dies of a text says nothing of it.
            .catch(() => {
              run.signal.throwIfAborted()
              return null
            })
      }
      await Promise.all(Array.from({ length: PROCESSES }, lane))
      return said as readonly (readonly SyntaxTrouble[] | null)[]
    },

    async cluster(run, input) {
      const found = await pool.lend(run.signal, (worker) => worker.run('cluster', input))
      return found as readonly Cluster[]
    },
  }
}

/** For benchmarks: reads and parses every file below the roots and does nothing more, in a process of its own. */
export async function bareParse(signal: AbortSignal, roots: readonly string[]): Promise<Source> {
  return (await new Pool(tasks).lend(signal, (worker) => worker.run('bare', roots))) as Source
}

/** A batch's answer; a process that died with a single file in hand gives that file's failure. null: it did not begin. */
async function attempt(worker: Worker, batch: readonly ParseJob[], signal: AbortSignal): Promise<Batch | null> {
  try {
    return (await worker.run('parse', batch)) as Batch
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof NotBegun) return null
    const [job] = batch
    const failed: ParseResult[] =
      job && batch.length === 1
        ? [{ path: job.path, failure: 'parser failed', size: 0, mtime: 0, detail: String(error) }]
        : []
    return { results: failed, broken: true }
  }
}
