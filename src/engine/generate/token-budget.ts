/** The token budget of a run, for its plan and all its steps, and how much of it is used. */
import type { Usage } from '../types/answer.ts'
import { addUsage } from '../types/price.ts'
import { EngineError } from '../types/run.ts'

export class TokenBudget {
  /** Total tokens; the user may raise it. */
  limit: number
  private usage: Usage = { input: 0, output: 0, cached: null }

  constructor(limit: number) {
    this.limit = limit
  }

  get spent(): Usage {
    return this.usage
  }

  /** Throws when a request of `input` tokens would exceed the remaining budget. */
  require(input: number): void {
    if (input > this.remaining) this.exceeded()
  }

  get remaining(): number {
    return this.limit - this.usage.input - this.usage.output
  }

  exceeded(): never {
    throw new EngineError(
      'input',
      `The limit of ${this.limit} tokens is reached. Completed steps are kept; allow more tokens to continue.`,
    )
  }

  record(usage: Usage): void {
    this.usage = addUsage(this.usage, usage)
  }
}
