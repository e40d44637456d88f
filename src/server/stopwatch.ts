/** Measures elapsed time, although the wall clock may be adjusted and the monotonic clock may stop during sleep. */
export class Stopwatch {
  private readonly wallStart = Date.now()
  private readonly monotonicStart = performance.now()

  /** Milliseconds elapsed: the larger reading of the two clocks, never negative. */
  get ms(): number {
    return Math.max(Date.now() - this.wallStart, performance.now() - this.monotonicStart)
  }
}
