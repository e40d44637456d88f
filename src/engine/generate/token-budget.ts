/** The tokens that were agreed for a run, of its plan and all its steps, and what was spent of them. */
import type { Usage } from '../types/answer.ts'
import { EngineError } from '../types/run.ts'

export class Purse {
  /** Tokens in all; who allows more raises it. */
  limit: number
  private used: Usage = { input: 0, output: 0, cached: null }

  constructor(limit: number) {
    this.limit = limit
  }

  get spent(): Usage {
    return this.used
  }

  /** Throws when a request of so many tokens is more than what is left. */
  allow(input: number): void {
    if (input > this.left) this.refuse()
  }

  get left(): number {
    return this.limit - this.used.input - this.used.output
  }

  refuse(): never {
    throw new EngineError(
      'input',
      `The ${this.limit} tokens that were agreed are spent: steps that were done are kept; allow more.`,
    )
  }

  spend({ input, output, cached }: Usage): void {
    const { used } = this
    this.used = {
      input: used.input + input,
      output: used.output + output,
      cached: cached === null ? used.cached : (used.cached ?? 0) + cached,
    }
  }
}
