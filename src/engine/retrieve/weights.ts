/** Weights of the two heads, written by `training/ranking/fit.ts`; not edited by hand. */
import type { ChunkSignal, FileSignal } from './search.ts'

export type Head = Readonly<Record<ChunkSignal | FileSignal, number>>

export interface Weights {
  readonly chunk: Head
  readonly file: Head
}

export const WEIGHTS: Weights = {
  chunk: {
    text: 3,
    body: 0.63,
    coverage: 0.23,
    phrase: 0.83,
    defined: 0.71,
    callee: 0.83,
    pastChunk: 0.75,
    function: 0.97,
    chunks: 1.7,
    wholeFile: 1.06,
    path: 0.09,
    mention: 0.65,
    scope: 1.61,
    past: 1.1,
    churn: 0.12,
    references: 0.25,
    length: -0.56,
  },
  file: {
    text: 0.13,
    body: 0.72,
    coverage: 0.75,
    phrase: 0.78,
    defined: 0.16,
    callee: 0.3,
    pastChunk: 0.5,
    function: 1.03,
    chunks: 2.86,
    wholeFile: 0.58,
    path: 0.89,
    mention: 0.43,
    scope: 1.72,
    past: 1.45,
    churn: 0.1,
    references: 0.23,
    length: -0.31,
  },
}
