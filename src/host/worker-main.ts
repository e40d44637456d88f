/** Entry point of a worker process: runs tasks one after the other, replies in order, and exits with its parent. */
import { setPriority } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import type { AssignInput, ClusterInput, ParseJob } from '../engine/ports.ts'
import { assignVectors, clusterChunks, parseBatch, parseOnly, syntaxErrorsIn } from '../engine/worker.ts'
import { grammars } from './assets.ts'
import { blockingFiles } from './files.ts'
import { gitHistory } from './git-history.ts'
import { collectGarbage } from './heap.ts'
import { BACKGROUND, MAX_RESIDENT_BYTES, type WorkerReply, type WorkerTask } from './workers.ts'

/** Nice value: lower priority than the editor's processes, which have 0. Not used for what a question waits for. */
const NICE = 10

/** Cancelling a task ends the process. */
const RUN = { signal: new AbortController().signal, report: () => {} }

const TASKS = {
  parse: (jobs: readonly ParseJob[]) => parseBatch(blockingFiles, grammars, jobs),
  syntax: ({ path, text }: { path: string; text: string }) => syntaxErrorsIn(grammars, path, text),
  cluster: async (input: ClusterInput) => clusterChunks(RUN, input),
  assign: async (input: AssignInput) => assignVectors(RUN, input),
  bare: (roots: readonly string[]) => parseOnly(RUN, { files: blockingFiles, history: gitHistory }, grammars, roots),
}

// Optimised wasm code saves a tenth of a parse, and compiling it takes hundreds of megabytes.
for (const flag of ['--liftoff', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag)

try {
  if (process.argv[2] === BACKGROUND) setPriority(NICE)
} catch {
  // Where the priority cannot be lowered, the tasks run at normal priority.
}

/** CPU time of earlier tasks, ms. */
let reportedCpu = 0
let last: Promise<unknown> = Promise.resolve()
process.on('message', ({ name, input }: WorkerTask) => {
  last = last.then(async () => {
    const task = TASKS[name] as (input: unknown) => Promise<unknown>
    const outcome = await task(input).then(
      (value) => ({ value }),
      (error) => ({ error: String(error) }),
    )
    const { user, system } = process.cpuUsage()
    const cpu = (user + system) / 1000
    if (process.memoryUsage.rss() > MAX_RESIDENT_BYTES) collectGarbage()
    process.send?.({ ...outcome, resident: process.memoryUsage.rss(), cpu: cpu - reportedCpu } satisfies WorkerReply)
    reportedCpu = cpu
  })
})
process.on('disconnect', () => process.exit())
