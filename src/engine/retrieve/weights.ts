/** Weights of the two heads, written by `training/ranking/fit.ts`; not edited by hand. */
import type { ChunkSignal, FileSignal } from './search.ts'

export type Head = Readonly<Record<ChunkSignal | FileSignal, number>>

export interface Weights {
  readonly chunk: Head
  readonly file: Head
}

export const WEIGHTS: Weights = {
  chunk: {
    text: 2.4,
    body: 0.9,
    coverage: 1.12,
    defined: 0.88,
    callee: 0.89,
    pastChunk: 0.74,
    function: 1.03,
    continuation: 0.34,
    chunks: 1.78,
    wholeFile: 0.81,
    path: 0.37,
    mention: 0.8,
    scope: 1.7,
    past: 1.22,
    churn: 0.14,
    references: 0.28,
    length: -0.66,
  },
  file: {
    text: 0.3,
    body: 0.89,
    coverage: 1.13,
    defined: 0.2,
    callee: 0.29,
    pastChunk: 0.49,
    function: 1.24,
    continuation: 0.36,
    chunks: 3.06,
    wholeFile: 0.51,
    path: 0.87,
    mention: 0.47,
    scope: 1.75,
    past: 1.45,
    churn: 0.15,
    references: 0.24,
    length: -0.43,
  },
}
