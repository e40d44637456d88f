/**
 * A clock that advances only when the test says so: `setTimeout`, `setInterval`, `Date.now` and `performance.now`.
 * Contains no tests.
 */
import type { TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'

export interface Clock {
  /** Readings of the two clocks, ms: the wall clock can be set, the steady one may stop while the machine sleeps. */
  wall: number
  steady: number
  /**
   * Advances both clocks one millisecond at a time; whatever a tick triggers in this process settles before the next.
   */
  pass(ms: number): Promise<void>
}

/** Mocks timers and clocks until the test ends. */
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
