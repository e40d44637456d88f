/**
 * How hard indexing may work right now: less while the user types, on battery, and when memory is short. Workers ask
 * before every batch how many may run and how long they pause; what a question waits for is parsed at full priority.
 */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, freemem, totalmem } from 'node:os'
import { join } from 'node:path'

export interface Pace {
  /** Worker processes that may run now, and when nothing is constrained. */
  readonly processes: number
  readonly maxProcesses: number
  /** After each batch a process pauses for this many times its duration; above 0, a batch is one file. */
  readonly restFactor: number
}

/** What the pace depends on. */
export interface SystemLoad {
  readonly typing: boolean
  readonly battery: boolean
  readonly shortOfMemory: boolean
}

/** Leaves a core for the editor and its user. */
export const PROCESSES = Math.max(1, Math.min(4, availableParallelism() - 1))
const POWER_INTERVAL_MS = 60_000
const MEMORY_INTERVAL_MS = 5000
/** Share of the memory; with less free, it counts as short. */
const MIN_FREE_SHARE = 0.08
const SUPPLIES = '/sys/class/power_supply'

/** `limit`: the user's maximum of processes, 0 for none. */
export function paceAt(load: SystemLoad, limit: number): Pace {
  const maxProcesses = limit || PROCESSES
  if (load.typing) return { processes: 1, maxProcesses, restFactor: 4 }
  if (load.battery) return { processes: 1, maxProcesses, restFactor: 1 }
  return { processes: load.shortOfMemory ? 1 : maxProcesses, maxProcesses, restFactor: 0 }
}

/** The current pace; power and memory are checked at intervals. */
export function paceMonitor(typing: () => boolean, limit = 0): () => Pace {
  let battery = false
  let shortOfMemory = false
  let [power, memory] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  return () => {
    const now = performance.now()
    if (now - power > POWER_INTERVAL_MS) {
      power = now
      onBattery().then((value) => {
        battery = value
      })
    }
    if (now - memory > MEMORY_INTERVAL_MS) {
      memory = now
      shortOfMemory = freeMemory() < MIN_FREE_SHARE * totalmem()
    }
    return paceAt({ typing: typing(), battery, shortOfMemory }, limit)
  }
}

/** Bytes; includes what the system could free at once, where Node reports it. */
function freeMemory(): number {
  const { availableMemory } = process as { availableMemory?: () => number }
  return availableMemory ? availableMemory.call(process) : freemem()
}

/** Whether the machine runs on battery, where Linux and macOS report it; elsewhere it counts as plugged in. */
export async function onBattery(platform: string = process.platform, supplies = SUPPLIES): Promise<boolean> {
  if (platform === 'darwin')
    return new Promise((done) => {
      execFile('pmset', ['-g', 'batt'], { timeout: 2000 }, (_error, out) => done(/'Battery Power'/.test(out)))
    })
  if (platform !== 'linux') return false
  const read = (name: string, file: string) => readFileSync(join(supplies, name, file), 'utf8').trim()
  try {
    return readdirSync(supplies).some(
      (name) => read(name, 'type') === 'Battery' && read(name, 'status') === 'Discharging',
    )
  } catch {
    // A machine without such files has no battery that can be read.
    return false
  }
}
