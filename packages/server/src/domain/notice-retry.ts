import type { EpochMs } from './ids.ts'

/** What decides whether a notice can be tried again. */
interface Standing {
  readonly state: 'pending' | 'delivered' | 'failed' | 'unconfirmable'
  readonly nextAttemptAt: EpochMs | null
  readonly leasedUntil: EpochMs | null
}

/**
 * What has to be done so that a notice is tried again at once: `again` for one that was settled without having arrived, `sooner`
 * for one that waits for a later attempt, `nothing` for one that is due or being delivered, `delivered` for one that has arrived.
 */
export function judgeRetry(
  { state, nextAttemptAt, leasedUntil }: Standing,
  at: EpochMs,
): 'again' | 'sooner' | 'nothing' | 'delivered' {
  if (state === 'delivered') return 'delivered'
  if (state !== 'pending') return 'again'
  if (leasedUntil !== null && leasedUntil > at) return 'nothing'
  return nextAttemptAt !== null && nextAttemptAt <= at ? 'nothing' : 'sooner'
}
