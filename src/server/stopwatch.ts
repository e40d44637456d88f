/** Measures elapsed time, although the wall clock may be adjusted and the monotonic clock may stop during sleep. */
export class Stopwatch {
  private readonly wall = Date.now()
  private readonly steady = performance.now()

  /** Milliseconds elapsed: the larger reading of the two clocks, never negative. */
  get ms(): number {
    return Math.max(Date.now() - this.wall, performance.now() - this.steady)
  }
}
