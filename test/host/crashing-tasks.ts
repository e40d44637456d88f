/** Stands in for the parser in a thread: dies, as a grammar may, when it is given `bad.ts`. */
import type { ParseJob } from '../../src/engine/ports.ts'
import type { Batch } from '../../src/engine/worker.ts'

export function parse(jobs: readonly ParseJob[]): Batch {
  if (jobs.some(({ path }) => path === 'bad.ts')) process.exit(1)
  return { results: jobs.map(({ path }) => ({ path, failure: 'unreadable' })), broken: false }
}
