/** Stands in for the parser process: crashes, as a grammar may, when it is given `bad.ts`. */
import type { ParseJob } from '../../src/engine/ports.ts'
import type { WorkerReply, WorkerTask } from '../../src/host/workers.ts'

process.on('message', ({ input }: WorkerTask) => {
  const jobs = input as readonly ParseJob[]
  if (jobs.some(({ path }) => path === 'bad.ts')) process.exit(1)
  const value = { results: jobs.map(({ path }) => ({ path, failure: 'unreadable' })), broken: false }
  process.send?.({ value, resident: 0, cpu: 0 } satisfies WorkerReply)
})
