/** The price of a model as stated by the user, the only source of prices that Fovea has. */
import type { Usage } from './answer.ts'

/** Price of a million tokens, in the user's currency. */
export interface Price {
  readonly input: number
  readonly output: number
}

/** Parses `3/15`: the price of a million tokens sent and of a million written. Null for anything else. */
export function parsePrice(text: string): Price | null {
  const [, input, output] = /^\s*(\d+(?:\.\d+)?)\s*\/\s*(\d+(?:\.\d+)?)\s*$/.exec(text) ?? []
  return input === undefined || output === undefined ? null : { input: Number(input), output: Number(output) }
}

/** The sum of two usages; `cached` is null only if neither reported it. */
export function addUsage(a: Usage | null, b: Usage): Usage {
  const cached = a?.cached == null && b.cached === null ? null : (a?.cached ?? 0) + (b.cached ?? 0)
  return { input: (a?.input ?? 0) + b.input, output: (a?.output ?? 0) + b.output, cached }
}

/** Rounded to two decimals. Cached tokens count in full, so the result is an upper bound. */
export function costOf({ input, output }: Pick<Usage, 'input' | 'output'>, price: Price): string {
  return ((input * price.input + output * price.output) / 1e6).toFixed(2)
}

/** The cost of `tokens` tokens if all are of the more expensive kind. */
export function mostOf(tokens: number, { input, output }: Price): string {
  return ((tokens * Math.max(input, output)) / 1e6).toFixed(2)
}
