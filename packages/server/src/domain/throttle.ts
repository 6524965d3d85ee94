/**
 * How often something may be attempted: after how many attempts the next one has to wait, and for how long.
 *
 * A throttle counts attempts under a key that stands for an account or for a source address. It knows nothing of what was
 * attempted, and ends nothing: a session that lives goes on living whatever is counted here.
 */
import type { EpochMs } from './ids.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** By which rule attempts of a kind are counted. */
export interface ThrottleRule {
  /** So many attempts cost nothing but themselves; the one that reaches this number makes the next one wait. */
  readonly allowed: number
  /** How long that one makes the next wait. Every further one doubles it. */
  readonly firstDelayMs: number
  readonly longestDelayMs: number
  /** What was counted is forgotten so long after the first attempt, or after the last, and never during a wait. */
  readonly forgottenAfterMs: number
  readonly forgottenAfter: 'first' | 'last'
  /** From this count on it is not forgotten by time; `null` for no such count. */
  readonly keptFrom: number | null
}

/** What is counted under a key. */
export interface Throttle {
  readonly attempts: number
  /** When the first of them was made. */
  readonly since: EpochMs
  /** Before this nothing more may be attempted. */
  readonly blockedUntil: EpochMs
  /** From then on it is as if nothing had been counted. */
  readonly expiresAt: EpochMs
}

/** After so many failures in a row nobody tells whether a password is right until the account was recovered. */
export const failuresUntilLocked = 100

/** The time of what is not forgotten by time. */
const never = Number.MAX_SAFE_INTEGER

const growing = { firstDelayMs: 30 * second, longestDelayMs: 15 * minute } as const

/** Whoever reached the limit waits until as much time has passed as the limit is for. */
function perHour(allowed: number): ThrottleRule {
  return {
    allowed,
    firstDelayMs: hour,
    longestDelayMs: hour,
    forgottenAfterMs: hour,
    forgottenAfter: 'first',
    keptFrom: null,
  }
}

/** Failures from one address, over a quarter of an hour. */
function failuresOfAddress(allowed: number): ThrottleRule {
  return { ...growing, allowed, forgottenAfterMs: 15 * minute, forgottenAfter: 'first', keptFrom: null }
}

/**
 * The rules. What is said of an account counts attempts that name it, whether anybody has it or not.
 *
 * Those for codes and tokens are generous: what would have to be guessed there has more possibilities than there is time, and
 * a limit only keeps one caller from using the service up.
 */
export const throttleRules = {
  login_account: { ...growing, allowed: 10, forgottenAfterMs: day, forgottenAfter: 'last', keptFrom: null },
  /** The same failures, counted until one succeeds, however slowly they come. */
  login_lock: {
    allowed: failuresUntilLocked,
    firstDelayMs: 0,
    longestDelayMs: 0,
    forgottenAfterMs: 30 * day,
    forgottenAfter: 'last',
    keptFrom: failuresUntilLocked,
  },
  login_address: failuresOfAddress(100),
  /** Every registration counts, not only those that failed. */
  register_address: perHour(20),
  /** Every request counts: each is a mail to somebody. */
  recovery_account: perHour(5),
  recovery_address: perHour(50),
  /** Codes and links that were wrong. How often one code may be tried is a limit of its own. */
  verification_address: failuresOfAddress(100),
  token_address: failuresOfAddress(1000),
  token_info_address: failuresOfAddress(1000),
} as const satisfies Readonly<Record<string, ThrottleRule>>

export type ThrottleKind = keyof typeof throttleRules

/** How long the attempt that came to this count makes the next one wait. */
export function delayAfter(rule: ThrottleRule, attempts: number): number {
  if (attempts < rule.allowed) return 0
  // A bound on the exponent keeps the product a whole number: every delay has reached its longest long before.
  return Math.min(rule.longestDelayMs, rule.firstDelayMs * 2 ** Math.min(attempts - rule.allowed, 20))
}

/** What is counted once attempts were made. `before` is what was, also where its time has passed. */
export function countAttempts(
  rule: ThrottleRule,
  before: Throttle | undefined,
  { at, times }: { readonly at: EpochMs; readonly times: number },
): Throttle {
  const kept = before !== undefined && at < before.expiresAt ? before : undefined
  const attempts = (kept?.attempts ?? 0) + times
  const since = kept?.since ?? at
  const blockedUntil = Math.max(kept?.blockedUntil ?? 0, at + delayAfter(rule, attempts))
  const forgottenAt = (rule.forgottenAfter === 'first' ? since : at) + rule.forgottenAfterMs
  const isKept = rule.keptFrom !== null && attempts >= rule.keptFrom
  return { attempts, since, blockedUntil, expiresAt: isKept ? never : Math.max(forgottenAt, blockedUntil) }
}

/** How many attempts count at a moment. */
export function attemptsAt(throttle: Throttle | undefined, at: EpochMs): number {
  return throttle === undefined || at >= throttle.expiresAt ? 0 : throttle.attempts
}

/** How long whoever is counted has to wait; 0 where they need not. */
export function waitOf(throttle: Throttle | undefined, at: EpochMs): number {
  return throttle === undefined || at >= throttle.expiresAt ? 0 : Math.max(0, throttle.blockedUntil - at)
}
