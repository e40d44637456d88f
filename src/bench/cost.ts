/**
 * Shared by the cost benches (`ingest`, `query`, `soak`, `centroids`): wall and CPU time of a piece of work,
 * quantiles, a line fit, and a comparison with command-line tools.
 */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { workerUsage } from '../host/workers.ts'

/** Label → measured value, in the order printed. */
export type Rows = Record<string, string | number>

export interface Cost<T> {
  readonly value: T
  /** Wall time in milliseconds. */
  readonly wall: number
  /** CPU time of all threads and worker processes, user and system, in milliseconds. */
  readonly cpu: number
}

export async function costOf<T>(work: () => Promise<T>): Promise<Cost<T>> {
  const [wall, cpu, workers] = [performance.now(), process.cpuUsage(), workerUsage.cpuMs]
  const value = await work()
  const { user, system } = process.cpuUsage(cpu)
  return { value, wall: performance.now() - wall, cpu: (user + system) / 1000 + workerUsage.cpuMs - workers }
}

/** The value at the given share (0 to 1) of the sorted values; 0 when there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** Rounds to three significant digits. */
export const round = (x: number): number => Number(x.toPrecision(3))

/** A measurement of Fovea to compare with a tool. */
export interface Ours {
  readonly what: string
  readonly ms: number
}

/** Ratio of our time to one pass of a command-line tool, or a note that it does not run. `input` is its stdin. */
export function comparedWith({ what, ms }: Ours, name: string, args: readonly string[], input = ''): Rows {
  const began = performance.now()
  const { status } = spawnSync(name, args, { input, stdio: ['pipe', 'ignore', 'ignore'] })
  const wall = performance.now() - began
  // rg exits with 1 when there is no match.
  const ran = status === 0 || (name === 'rg' && status === 1)
  const found = !ran ? 'does not run here: not compared' : `${round(ms / wall)} (that took ${Math.round(wall)} ms)`
  return { [`${what} / one pass of ${name}`]: found }
}

/** Folders as absolute paths, to pass to another program. */
export const placesOf = (dirs: readonly string[]): readonly string[] => dirs.map((dir) => resolve(dir))

/** Slope of the least-squares line through the points. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  const [mx, my] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const over = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0)
  return over / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0)
}
