/** Weights of the two heads, written by `training/ranking/fit.ts`; not edited by hand. */
import type { ChunkSignal, FileSignal } from './search.ts'

export type Head = Readonly<Record<ChunkSignal | FileSignal, number>>

export interface Weights {
  readonly chunk: Head
  readonly file: Head
}

export const WEIGHTS: Weights = {
  chunk: {
    text: 3.13,
    body: 0.71,
    coverage: 0.66,
    defined: 0.85,
    callee: 0.9,
    pastChunk: 0.74,
    function: 1.04,
    continuation: 0.45,
    chunks: 1.8,
    wholeFile: 1.04,
    path: 0.06,
    mention: 0.69,
    scope: 1.68,
    past: 1.12,
    churn: 0.18,
    references: 0.28,
    length: -0.67,
  },
  file: {
    text: 0.13,
    body: 0.9,
    coverage: 1.22,
    defined: 0.21,
    callee: 0.29,
    pastChunk: 0.5,
    function: 1.24,
    continuation: 0.37,
    chunks: 3.03,
    wholeFile: 0.48,
    path: 0.91,
    mention: 0.48,
    scope: 1.74,
    past: 1.46,
    churn: 0.15,
    references: 0.24,
    length: -0.44,
  },
}
