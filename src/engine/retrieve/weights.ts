/** Weights of the two heads, written by `training/ranking/fit.ts`; not edited by hand. */
import type { ChunkSignal, FileSignal } from './search.ts'

export type Head = Readonly<Record<ChunkSignal | FileSignal, number>>

export interface Weights {
  readonly chunk: Head
  readonly file: Head
}

export const WEIGHTS: Weights = {
  chunk: {
    text: 2.99,
    body: 0.68,
    coverage: 0.2,
    phrase: 0.84,
    defined: 0.68,
    callee: 0.92,
    pastChunk: 0.74,
    function: 1.02,
    chunks: 1.5,
    wholeFile: 1.19,
    path: 0.15,
    mention: 0.6,
    scope: 1.62,
    past: 1.14,
    churn: 0.11,
    references: 0.25,
    length: -0.53,
  },
  file: {
    text: 0.27,
    body: 0.79,
    coverage: 0.7,
    phrase: 0.79,
    defined: 0.19,
    callee: 0.27,
    pastChunk: 0.51,
    function: 1.06,
    chunks: 2.68,
    wholeFile: 0.59,
    path: 0.92,
    mention: 0.4,
    scope: 1.71,
    past: 1.47,
    churn: 0.08,
    references: 0.24,
    length: -0.29,
  },
}
