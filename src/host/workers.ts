/**
 * The Workers port over a pool of threads (piscina). A thread lives for a bounded number of files, because the
 * wasm heap of a grammar never shrinks; when one dies, its files are tried one by one and only the guilty one is named.
 */
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Piscina } from 'piscina'
import type { Cluster } from '../engine/model/cluster.ts'
import type { SyntaxTrouble } from '../engine/model/revision.ts'
import type { ParseJob, ParseResult, Workers } from '../engine/ports.ts'
import type { Batch } from '../engine/worker.ts'

const BATCH = 24
const FILES_PER_POOL = 4000
const YIELD_MS = 200
/** The editor and its user keep a core. */
const THREADS = Math.max(1, Math.min(4, availableParallelism() - 1))
const here = import.meta.dirname
const tasks = ['tasks.js', 'tasks.ts'].map((name) => join(here, name)).find(existsSync) ?? join(here, 'tasks.js')

function newPool(script: string): Piscina {
  return new Piscina({ filename: script, minThreads: 0, maxThreads: THREADS, idleTimeout: 2000 })
}

/** `script` is what a thread runs; while `busy` says that the user is at work, one file batch at a time is parsed. */
export function poolWorkers(script = tasks, busy: () => boolean = () => false): Workers {
  const openPool = () => newPool(script)
  return {
    async parse(run, jobs, each) {
      let pool = openPool()
      let served = 0
      const retiring: Promise<void>[] = []
      const retire = () => {
        retiring.push(pool.close().catch(() => pool.destroy()))
        pool = openPool()
        served = 0
      }
      const queue: (readonly ParseJob[])[] = []
      for (let i = 0; i < jobs.length; i += BATCH) queue.push(jobs.slice(i, i + BATCH))
      let done = 0
      const work = async (_: unknown, i: number) => {
        for (;;) {
          while (i > 0 && queue.length > 0 && busy()) await sleep(YIELD_MS)
          const batch = queue.shift()
          if (!batch) return
          run.signal.throwIfAborted()
          if (served >= FILES_PER_POOL) retire()
          served += batch.length
          const owner = pool
          const answer = await attempt(owner, batch, run.signal)
          if (answer.broken && owner === pool) retire()
          for (const result of answer.results) await each(result)
          const rest = batch.slice(answer.results.length)
          // After a death nobody knows which file it was: from now on one at a time.
          if (rest.length) queue.push(...rest.map((job) => [job]))
          done += answer.results.length
          run.report({ stage: 'parse', done, total: jobs.length })
        }
      }
      try {
        // Two batches a thread, so that it finds the next one while the last one is stored.
        await Promise.all(Array.from({ length: 2 * THREADS }).map(work))
      } finally {
        await (run.signal.aborted ? pool.destroy() : pool.close())
        await Promise.all(retiring)
      }
    },

    async syntax(run, files) {
      const pool = openPool()
      const known = (file: (typeof files)[number]) =>
        pool.run(file, { name: 'syntax', signal: run.signal }).catch(() => {
          run.signal.throwIfAborted()
          // A grammar that dies of a text says nothing of it.
          return null
        })
      try {
        const said: unknown[] = []
        let next = 0
        const lane = async () => {
          for (let i = next++; i < files.length; i = next++) said[i] = await known(files[i]!)
        }
        await Promise.all(Array.from({ length: THREADS }, lane))
        return said as readonly (readonly SyntaxTrouble[] | null)[]
      } finally {
        await pool.destroy()
      }
    },

    async cluster(run, input) {
      const pool = openPool()
      try {
        return (await pool.run(input, { name: 'cluster', signal: run.signal })) as readonly Cluster[]
      } finally {
        await pool.destroy()
      }
    },
  }
}

/** A batch's answer; a thread that died with a single file in hand gives that file's failure. */
async function attempt(pool: Piscina, batch: readonly ParseJob[], signal: AbortSignal): Promise<Batch> {
  try {
    return (await pool.run(batch, { name: 'parse', signal })) as Batch
  } catch (error) {
    signal.throwIfAborted()
    const [job] = batch
    const failed: ParseResult[] =
      job && batch.length === 1
        ? [{ path: job.path, failure: 'parser failed', size: 0, mtime: 0, detail: String(error) }]
        : []
    return { results: failed, broken: true }
  }
}
