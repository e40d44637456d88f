/**
 * The interface of the benches that plant code and ask about it: the setting they get, the report they return, and how
 * they send requests to a model.
 */

import type { CompletionResult, Model } from '../engine/ports.ts'
import type { Message } from '../engine/types/answer.ts'
import { ModelError, type Run } from '../engine/types/run.ts'

export interface BenchSetting {
  /** The measured folder; nothing is written to it. */
  readonly dir: string
  /** Size of the bench, in the bench's `unit`. */
  readonly items: number
  /** Duration to run for instead of a number of items; only for a bench that is `timed`. */
  readonly minutes?: number
  readonly seed: number
  /** Temporary; the caller removes it. */
  readonly folder: string
  /** null when none is configured; then only the parts that need no model are measured. */
  readonly model: Model | null
  readonly signal: AbortSignal
  /** Stores a model's measured effective context, in tokens. */
  recordEffectiveTokens(name: string, tokens: number): void
}

/** A table cell: a share from 0 to 1 is a number, a count is text, null means not measured. */
export type Cell = number | string | null

export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

export interface BenchReport {
  /** Sentences that say what was left out or could not be measured. */
  readonly notes: readonly string[]
  readonly tables: readonly Table[]
  /** One line on how to read the tables. */
  readonly meaning: string
  /** Failed cases, one line each. */
  readonly failures: readonly string[]
}

export interface SubBench {
  readonly name: string
  readonly summary: string
  /** What one item is. */
  readonly unit: string
  /** Default number of items. */
  readonly items: number
  /** Whether it can run for a duration instead of a number of items. */
  readonly timed?: true
  measure(setting: BenchSetting): Promise<BenchReport>
}

export const NO_MODEL = 'no model is configured (FOVEA_MODEL_URL): the part above needs none'
export const NOT_ASKED = 'no model is asked (--offline): the part above needs none'

/** Writes a line of progress to stderr. */
export const logProgress = (text: string): boolean => process.stderr.write(`${text}\n`)

/** The `Run` of a setting: its signal, without progress. */
export const runOf = ({ signal }: Pick<BenchSetting, 'signal'>): Run => ({ signal, report: () => {} })

/** Share of flags that are true; null when there are none. */
export const shareOf = (flags: readonly boolean[]): number | null =>
  flags.length ? flags.filter(Boolean).length / flags.length : null

export const meanOf = (values: readonly number[]): number | null =>
  values.length ? values.reduce((a, b) => a + b, 0) / values.length : null

const MAX_FAILURES_IN_A_ROW = 3

/** Sends requests to a model. A failed request is counted and noted; three failures in a row end the run. */
export class Requests {
  private failed = 0
  private failedInARow = 0
  private firstError = ''
  private readonly setting: BenchSetting

  constructor(setting: BenchSetting) {
    this.setting = setting
  }

  /** Runs a request; null when it failed. Rethrows errors that are not `ModelError`, and the third failure in a row. */
  async try<T>(work: () => Promise<T>): Promise<T | null> {
    this.setting.signal.throwIfAborted()
    try {
      const value = await work()
      this.failedInARow = 0
      return value
    } catch (error) {
      if (!(error instanceof ModelError)) throw error
      this.failed++
      this.firstError ||= error.message
      if (++this.failedInARow >= MAX_FAILURES_IN_A_ROW) throw error
      return null
    }
  }

  /** Sends the messages and returns the complete text with the model's usage. */
  write(model: Model, messages: readonly Message[]): Promise<(CompletionResult & { readonly text: string }) | null> {
    return this.try(async () => {
      let text = ''
      const written = await model.complete(runOf(this.setting), messages, (piece) => {
        text += piece
      })
      return { ...written, text }
    })
  }

  get notes(): readonly string[] {
    return this.failed ? [`${this.failed} requests to the model failed and count as wrong: ${this.firstError}`] : []
  }
}
