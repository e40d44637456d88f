/**
 * `Run`: how a caller follows and aborts a piece of work; the first parameter of every stage that takes time. Also the
 * errors that reach the user.
 */

export type Stage = 'walk' | 'share' | 'parse' | 'link' | 'embed' | 'cluster' | 'store' | 'wait'

export interface Progress {
  readonly stage: Stage
  readonly done: number
  readonly total: number
}

export interface Run {
  readonly signal: AbortSignal
  report(progress: Progress): void
}

/** Rejects when the signal aborts; the work itself continues. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {}
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
  })
  signal.addEventListener('abort', stop, { once: true })
  try {
    if (signal.aborted) stop()
    return await Promise.race([stopped, work])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** A failure the user can act on: `message` is one sentence that says what happened and what to do next. */
export class EngineError extends Error {
  readonly code: 'input' | 'store' | 'damaged' | 'embedder' | 'model' | 'internal'
  constructor(code: EngineError['code'], message: string) {
    super(message)
    this.name = 'EngineError'
    this.code = code
  }
}

/** A language model failed or did not answer as required. */
export class ModelError extends EngineError {
  /** The request exceeded the model's context window: try again with less context. */
  readonly tooLong: boolean
  constructor(message: string, tooLong = false) {
    super('model', message)
    this.name = 'ModelError'
    this.tooLong = tooLong
  }
}
