/** How a caller follows and stops a piece of work; first parameter of every stage that takes time. */

export type Stage = 'walk' | 'parse' | 'link' | 'embed' | 'cluster' | 'store' | 'wait'

export interface Progress {
  readonly stage: Stage
  readonly done: number
  readonly total: number
}

export interface Run {
  readonly signal: AbortSignal
  report(progress: Progress): void
}

/** A failure the user can act on: `message` is one sentence that says what happened and what to do next. */
export class EngineError extends Error {
  readonly code: 'input' | 'store' | 'damaged' | 'embedder' | 'internal'
  constructor(code: EngineError['code'], message: string) {
    super(message)
    this.name = 'EngineError'
    this.code = code
  }
}
