/** Time that passes only when a test lets it: `setTimeout`, `setInterval`, `Date.now`, `performance.now`. Tests nothing itself. */
import type { TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'

export interface Clock {
  /** What the two clocks say: one can be set, the other may stand still while the machine sleeps. */
  wall: number
  steady: number
  /** A millisecond at a time; what each sets off in this process comes to its end before the next. */
  pass(ms: number): Promise<void>
}

/** Until the test is over. */
export function stopClock({ mock }: TestContext): Clock {
  const clock: Clock = {
    wall: Date.now(),
    steady: 0,
    async pass(ms) {
      await setImmediate()
      for (let i = 0; i < ms; i++) {
        clock.wall++
        clock.steady++
        mock.timers.tick(1)
        await setImmediate()
      }
    },
  }
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  mock.method(Date, 'now', () => clock.wall)
  mock.method(performance, 'now', () => clock.steady)
  return clock
}
