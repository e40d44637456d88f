/** The tokens agreed for a run, its plan and all its steps, and what was spent of them. */
import type { Usage } from '../types/answer.ts'
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

  /** Throws when a request would exceed what is left. */
  require(input: number): void {
    if (input > this.remaining) this.exceeded()
  }

  get remaining(): number {
    return this.limit - this.usage.input - this.usage.output
  }

  exceeded(): never {
    throw new EngineError(
      'input',
      `The ${this.limit} tokens that were agreed are spent: steps that were done are kept; allow more.`,
    )
  }

  record({ input, output, cached }: Usage): void {
    const { usage: used } = this
    this.usage = {
      input: used.input + input,
      output: used.output + output,
      cached: cached === null ? used.cached : (used.cached ?? 0) + cached,
    }
  }
}
