import type { EpochMs } from '../../src/domain/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves it by `ms`; a negative number turns it back, as a clock that was corrected does. */
  advance(ms: number): void
  /** Moves it to a moment. */
  set(at: EpochMs): void
}

/** Lengths of time in milliseconds, so that a test can say what it means. */
export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/**
 * Makes a clock that a test moves by hand.
 *
 * @param start - Where it stands at first; any moment does, as long as it is the same in every run.
 */
export function manualClock(start: EpochMs = Date.UTC(2026, 0, 15, 9, 30)): ManualClock {
  let now = start
  return {
    now: () => now,
    advance: (ms) => {
      now += ms
    },
    set: (at) => {
      now = at
    },
  }
}
