/**
 * What is known about models by name: how they count tokens, and how much context they read well. Stored next to the
 * indexes.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Model } from '../engine/ports.ts'
import { cacheHome } from './home.ts'

interface ModelCalibration {
  /** Tokens it counts for one token of our tokenizer. */
  readonly stretch: number
  /** Tokens of context it reads well, as measured by `fovea bench needles`; 0 when not measured. */
  readonly effective: number
}

/** Until measured: current models are known to miss things in longer contexts (needle tests; research seeds). */
const DEFAULT_EFFECTIVE_TOKENS = 16_000
/** Weight of the latest request in the moving average. */
const LATEST_WEIGHT = 0.3
/** A ratio outside this range does not come from two counts of the same text. */
const [MIN_RATIO, MAX_RATIO] = [0.5, 2.5]

export function withCalibration(model: Omit<Model, 'effectiveTokens' | 'tokenRatio' | 'recordUsage'>): Model {
  const { name } = model
  return {
    ...model,
    get effectiveTokens() {
      return readAll()[name]?.effective || DEFAULT_EFFECTIVE_TOKENS
    },
    get tokenRatio() {
      return readAll()[name]?.stretch ?? 1
    },
    recordUsage(counted, actual) {
      const ratio = actual / counted
      if (!(ratio >= MIN_RATIO && ratio <= MAX_RATIO)) return
      const known = readAll()[name]
      const stretch = known ? known.stretch * (1 - LATEST_WEIGHT) + ratio * LATEST_WEIGHT : ratio
      store(name, { stretch, effective: known?.effective ?? 0 })
    },
  }
}

/** Stores the result of a measurement in the current home folder: a bench may move the home for its own index. */
export function effectiveTokensRecorder(): (name: string, effective: number) => void {
  const home = cacheHome()
  return (name, effective) => store(name, { stretch: readAll(home)[name]?.stretch ?? 1, effective }, home)
}

const fileIn = (home: string): string => join(home, 'models.json')

/** Small, and read at most twice per question; another window may have written it since. */
function readAll(home = cacheHome()): Readonly<Record<string, ModelCalibration>> {
  try {
    const stored: unknown = JSON.parse(readFileSync(fileIn(home), 'utf8'))
    return stored && typeof stored === 'object' ? (stored as Record<string, ModelCalibration>) : {}
  } catch {
    // Missing or unreadable: the defaults apply.
    return {}
  }
}

function store(name: string, calibration: ModelCalibration, home = cacheHome()): void {
  const all = JSON.stringify({ ...readAll(home), [name]: calibration })
  const path = fileIn(home)
  try {
    mkdirSync(home, { recursive: true })
    writeFileSync(`${path}.${process.pid}`, all)
    renameSync(`${path}.${process.pid}`, path)
  } catch {
    // An estimate that cannot be stored is computed again.
  }
}
