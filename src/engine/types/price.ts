/** What a model costs, as its user says: nothing of it is known otherwise. */
import type { Usage } from './answer.ts'

/** Of a million tokens, in the user's own currency. */
export interface Price {
  readonly input: number
  readonly output: number
}

/** `3/15`: of a million tokens sent and of a million written; null for what is no such pair. */
export function parsePrice(text: string): Price | null {
  const [, input, output] = /^\s*(\d+(?:\.\d+)?)\s*\/\s*(\d+(?:\.\d+)?)\s*$/.exec(text) ?? []
  return input === undefined || output === undefined ? null : { input: Number(input), output: Number(output) }
}

/** Two digits after the point; cached tokens count in full, so it is no less than what is paid. */
export function costOf({ input, output }: Pick<Usage, 'input' | 'output'>, price: Price): string {
  return ((input * price.input + output * price.output) / 1e6).toFixed(2)
}

/** What so many tokens cost when all are of the dearer kind. */
export function mostOf(tokens: number, { input, output }: Price): string {
  return ((tokens * Math.max(input, output)) / 1e6).toFixed(2)
}
