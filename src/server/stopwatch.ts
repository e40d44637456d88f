/** How long ago something was, where clocks are set and machines sleep: one clock jumps, the other may stand still. */
export class Stopwatch {
  private readonly wall = Date.now()
  private readonly steady = performance.now()

  /** Never negative, and rather too much than too little. */
  get ms(): number {
    return Math.max(Date.now() - this.wall, performance.now() - this.steady)
  }
}
