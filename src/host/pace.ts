/**
 * How hard indexing may work right now: less while the user types, on battery, and when memory is short. Workers ask
 * before every batch how many may run and how long they pause; files a question waits for are parsed at normal priority.
 */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, freemem, totalmem } from 'node:os'
import { join } from 'node:path'

export interface Pace {
  /** Worker processes that may run now, and when nothing is constrained. */
  readonly processes: number
  readonly maxProcesses: number
  /** After each batch a process pauses for this many times its duration; with a pause, a batch is one file. */
  readonly rest: number
}

/** What the pace depends on. */
export interface SystemLoad {
  readonly typing: boolean
  readonly battery: boolean
  readonly shortOfMemory: boolean
}

/** Cores left for the editor and its user. */
export const PROCESSES = Math.max(1, Math.min(4, availableParallelism() - 1))
const POWER_CHECK_MS = 60_000
const MEMORY_CHECK_MS = 5000
/** Share of the memory below which it counts as short. */
const MIN_FREE_SHARE = 0.08
const POWER_SUPPLY_FOLDER = '/sys/class/power_supply'

/** `limit`: the user's limit; 0: as suits the machine. */
export function paceAt(load: SystemLoad, limit: number): Pace {
  const maxProcesses = limit || PROCESSES
  if (load.typing) return { processes: 1, maxProcesses, rest: 4 }
  if (load.battery) return { processes: 1, maxProcesses, rest: 1 }
  return { processes: load.shortOfMemory ? 1 : maxProcesses, maxProcesses, rest: 0 }
}

/** The current pace; power and memory are checked at intervals. */
export function paceMonitor(typing: () => boolean, limit = 0): () => Pace {
  let battery = false
  let shortOfMemory = false
  let [powerCheckedAt, memoryCheckedAt] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  return () => {
    const now = performance.now()
    if (now - powerCheckedAt > POWER_CHECK_MS) {
      powerCheckedAt = now
      onBattery().then((isOnBattery) => {
        battery = isOnBattery
      })
    }
    if (now - memoryCheckedAt > MEMORY_CHECK_MS) {
      memoryCheckedAt = now
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
export async function onBattery(platform: string = process.platform, supplies = POWER_SUPPLY_FOLDER): Promise<boolean> {
  if (platform === 'darwin')
    return new Promise((resolve) => {
      execFile('pmset', ['-g', 'batt'], { timeout: 2000 }, (_error, out) => resolve(/'Battery Power'/.test(out)))
    })
  if (platform !== 'linux') return false
  const readField = (supply: string, field: string) => readFileSync(join(supplies, supply, field), 'utf8').trim()
  try {
    return readdirSync(supplies).some(
      (supply) => readField(supply, 'type') === 'Battery' && readField(supply, 'status') === 'Discharging',
    )
  } catch {
    // A machine without such files has no battery that can be read.
    return false
  }
}
