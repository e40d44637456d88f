/** What a bench that plants and asks is lent, and what it hands back. */

import type { CompletionResult, Model } from '../engine/ports.ts'
import type { Message } from '../engine/types/answer.ts'
import { ModelError, type Run } from '../engine/types/run.ts'

export interface BenchSetting {
  /** The folder that is measured; nothing in it is written. */
  readonly dir: string
  /** Size of the bench: what one item is, each says in its `unit`. */
  readonly items: number
  /** How long it goes on, instead of so many items; only for a bench that says `timed`. */
  readonly minutes?: number
  readonly seed: number
  /** Temporary, the caller's to remove. */
  readonly folder: string
  /** null when none is configured: the parts that need none are measured. */
  readonly model: Model | null
  readonly signal: AbortSignal
  /** Keeps what is found of a model: tokens of context it reads well. */
  keepEffective(name: string, tokens: number): void
}

/** A share is a number from 0 to 1, a count is text; null: not measured. */
export type Cell = number | string | null

export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

export interface BenchReport {
  /** Sentences on what was cut or could not be measured. */
  readonly notes: readonly string[]
  readonly tables: readonly Table[]
  /** One line: how to read the tables. */
  readonly meaning: string
  /** What went wrong, a line each, to look at. */
  readonly failures: readonly string[]
}

export interface SubBench {
  readonly name: string
  readonly summary: string
  /** What one item is. */
  readonly unit: string
  readonly items: number
  /** It can go on for a time instead. */
  readonly timed?: true
  measure(setting: BenchSetting): Promise<BenchReport>
}

export const NO_MODEL = 'no model is configured (FOVEA_MODEL_URL): the part above needs none'
export const NOT_ASKED = 'no model is asked (--offline): the part above needs none'

/** Progress, on stderr. */
export const say = (text: string): boolean => process.stderr.write(`${text}\n`)

export const runOf = ({ signal }: Pick<BenchSetting, 'signal'>): Run => ({ signal, report: () => {} })

export const shareOf = (flags: readonly boolean[]): number | null =>
  flags.length ? flags.filter(Boolean).length / flags.length : null

export const meanOf = (values: readonly number[]): number | null =>
  values.length ? values.reduce((a, b) => a + b, 0) / values.length : null

const GIVE_UP = 3

/** Puts requests to a model; one that fails is counted and noted, three in a row end the run. */
export class Requests {
  private failed = 0
  private inARow = 0
  private complaint = ''
  private readonly setting: BenchSetting

  constructor(setting: BenchSetting) {
    this.setting = setting
  }

  /** null when the request failed. */
  async try<T>(work: () => Promise<T>): Promise<T | null> {
    this.setting.signal.throwIfAborted()
    try {
      const value = await work()
      this.inARow = 0
      return value
    } catch (error) {
      if (!(error instanceof ModelError)) throw error
      this.failed++
      this.complaint ||= error.message
      if (++this.inARow >= GIVE_UP) throw error
      return null
    }
  }

  /** The whole text a model writes, and what it counted. */
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
    return this.failed ? [`${this.failed} requests to the model failed and count as wrong: ${this.complaint}`] : []
  }
}
