/** What the benches of costs share: time and processor of a piece of work, quantiles, and plain tools to compare with. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { used } from '../../host/workers.ts'

export type Rows = Record<string, string | number>

export interface Cost<T> {
  readonly value: T
  /** Milliseconds. */
  readonly wall: number
  /** Of all threads and worker processes, user and system, milliseconds. */
  readonly cpu: number
}

export async function costOf<T>(work: () => Promise<T>): Promise<Cost<T>> {
  const [wall, cpu, workers] = [performance.now(), process.cpuUsage(), used.cpu]
  const value = await work()
  const own = process.cpuUsage(cpu)
  return { value, wall: performance.now() - wall, cpu: (own.user + own.system) / 1000 + used.cpu - workers }
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** Three figures. */
export const round = (x: number): number => Number(x.toPrecision(3))

/** `ours` (milliseconds) over what a plain tool takes for one pass over the folders, or that it is missing. */
export function comparedWith(name: string, args: readonly string[], dirs: readonly string[], ours: number): Rows {
  const began = performance.now()
  const { error } = spawnSync(name, [...args, ...dirs.map((dir) => resolve(dir))], { stdio: 'ignore' })
  const wall = performance.now() - began
  const missing = error && (error as NodeJS.ErrnoException).code === 'ENOENT'
  const found = missing ? `${name} is not installed: not compared` : `${round(ours / wall)} (${Math.round(wall)} ms)`
  return { [`ours / ${name}`]: found }
}

/** Of the least-squares line through the points. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  const [mx, my] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const over = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0)
  return over / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0)
}
