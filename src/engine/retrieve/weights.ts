/** Weights of the two heads, written by `training/ranking/fit.ts`; not edited by hand. */
import type { ChunkSignal, FileSignal } from './search.ts'

export type Head = Readonly<Record<ChunkSignal | FileSignal, number>>

export interface Weights {
  readonly chunk: Head
  readonly file: Head
}

export const WEIGHTS: Weights = {
  chunk: {
    text: 3.23,
    body: 0.71,
    coverage: 0.58,
    defined: 0.8,
    callee: 0.8,
    pastChunk: 0.75,
    function: 1,
    chunks: 1.79,
    wholeFile: 1.08,
    path: 0.02,
    mention: 0.69,
    scope: 1.69,
    past: 1.11,
    churn: 0.18,
    references: 0.27,
    length: -0.65,
  },
  file: {
    text: -0.03,
    body: 0.92,
    coverage: 1.29,
    defined: 0.19,
    callee: 0.25,
    pastChunk: 0.48,
    function: 1.18,
    chunks: 3.19,
    wholeFile: 0.5,
    path: 0.91,
    mention: 0.5,
    scope: 1.77,
    past: 1.48,
    churn: 0.15,
    references: 0.24,
    length: -0.38,
  },
}
