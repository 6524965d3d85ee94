import type { RefreshTokenPolicy } from './client.ts'
import type { EpochMs } from './ids.ts'

/**
 * For how long a spent refresh token still gives the successor it was exchanged for. An answer that was lost on its way
 * costs nobody the login; a thief who is slower than this is found out.
 */
const retryWindowMs = 10_000

/** What to do with a refresh token whose grant and session are alive. */
export type RefreshVerdict = 'reuse_same' | 'rotate' | 'repeat_successor' | 'reuse_detected'

/**
 * Decides what a presented refresh token gives.
 *
 * @param spentAt - When it was exchanged for its successor; `null` while it was not.
 * @param successorSpent - Whether the successor was used: then nobody is waiting for a lost answer any more.
 */
export function judgeRefresh(token: {
  readonly policy: RefreshTokenPolicy
  readonly spentAt: EpochMs | null
  readonly successorSpent: boolean
  readonly at: EpochMs
}): RefreshVerdict {
  if (token.spentAt === null) return token.policy === 'rotating' ? 'rotate' : 'reuse_same'
  const withinWindow = token.at - token.spentAt <= retryWindowMs
  return withinWindow && !token.successorSpent ? 'repeat_successor' : 'reuse_detected'
}
