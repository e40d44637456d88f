/** What is known of models by their names: how they count tokens, and how much context they read well. Kept beside the indexes. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Model } from '../engine/ports.ts'
import { cacheHome } from './home.ts'

interface ModelCalibration {
  /** Its tokens for one of ours. */
  readonly stretch: number
  /** Tokens of context it reads well, as `fovea bench needles` measured; 0 when it was not. */
  readonly effective: number
}

/** Until it is measured: models of today are known to lose what stands in more (needle tests, seeds of the design). */
const DEFAULT_EFFECTIVE_TOKENS = 16_000
/** Weight of the latest request among those before. */
const LATEST_WEIGHT = 0.3
/** What lies outside was no count of the same text. */
const [LEAST, MOST] = [0.5, 2.5]

export function withCalibration(model: Omit<Model, 'effectiveTokens' | 'tokenRatio' | 'recordUsage'>): Model {
  const { name } = model
  return {
    ...model,
    get effectiveTokens() {
      return read()[name]?.effective || DEFAULT_EFFECTIVE_TOKENS
    },
    get tokenRatio() {
      return read()[name]?.stretch ?? 1
    },
    recordUsage(counted, actual) {
      const ratio = actual / counted
      if (!(ratio >= LEAST && ratio <= MOST)) return
      const known = read()[name]
      const stretch = known ? known.stretch * (1 - LATEST_WEIGHT) + ratio * LATEST_WEIGHT : ratio
      write(name, { stretch, effective: known?.effective ?? 0 })
    },
  }
}

/** Keeps what a measurement finds, where it is kept now: a measurement may move the home for its own index. */
export function effectiveTokensRecorder(): (name: string, effective: number) => void {
  const home = cacheHome()
  return (name, effective) => write(name, { stretch: read(home)[name]?.stretch ?? 1, effective }, home)
}

const file = (home: string): string => join(home, 'models.json')

/** Small, and read at most twice a question; another window may have written since. */
function read(home = cacheHome()): Readonly<Record<string, ModelCalibration>> {
  try {
    const held: unknown = JSON.parse(readFileSync(file(home), 'utf8'))
    return held && typeof held === 'object' ? (held as Record<string, ModelCalibration>) : {}
  } catch {
    // Nothing was learnt yet, or it cannot be read: the defaults serve.
    return {}
  }
}

function write(name: string, known: ModelCalibration, home = cacheHome()): void {
  const all = JSON.stringify({ ...read(home), [name]: known })
  const path = file(home)
  try {
    mkdirSync(home, { recursive: true })
    writeFileSync(`${path}.${process.pid}`, all)
    renameSync(`${path}.${process.pid}`, path)
  } catch {
    // An estimate that cannot be kept is made again.
  }
}
