/** Time since an event, on machines that sleep and adjust their clocks: one clock may jump, the other stand still. */
export class Stopwatch {
  private readonly wall = Date.now()
  private readonly steady = performance.now()

  /** Never negative; when in doubt, too long. */
  get ms(): number {
    return Math.max(Date.now() - this.wall, performance.now() - this.steady)
  }
}
