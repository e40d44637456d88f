/** What the benches of costs share: time and processor of a piece of work, quantiles, and plain tools to compare with. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { used } from '../host/workers.ts'

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

/** What of ours took so many milliseconds. */
export interface Ours {
  readonly what: string
  readonly ms: number
}

/** Ours over what a plain tool takes for one pass, or that it is missing; `input` is what it reads. */
export function comparedWith({ what, ms }: Ours, name: string, args: readonly string[], input = ''): Rows {
  const began = performance.now()
  const { status } = spawnSync(name, args, { input, stdio: ['pipe', 'ignore', 'ignore'] })
  const wall = performance.now() - began
  // rg says 1 when there is no match.
  const ran = status === 0 || (name === 'rg' && status === 1)
  const found = !ran ? 'does not run here: not compared' : `${round(ms / wall)} (that took ${Math.round(wall)} ms)`
  return { [`${what} / one pass of ${name}`]: found }
}

/** Folders as another program takes them. */
export const placesOf = (dirs: readonly string[]): readonly string[] => dirs.map((dir) => resolve(dir))

/** Of the least-squares line through the points. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  const [mx, my] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const over = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0)
  return over / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0)
}
