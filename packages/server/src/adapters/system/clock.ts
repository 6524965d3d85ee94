import type { Clock } from '../../ports/clock.ts'

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() }

/**
 * A clock that is never set: it counts on from the machine's clock as that stood when the process began. For measuring how
 * much time has passed; what time it is, others know better.
 */
export const steadyClock: Clock = { now: () => performance.timeOrigin + performance.now() }
