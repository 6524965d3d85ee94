import type { Cause } from './cause.ts'
import type { Grant } from './grant.ts'
import type { ClientId, EpochMs, MemberId, SessionId, SiteId } from './ids.ts'
import type { MemberStatus } from './member.ts'

/** One login of one member in one user agent. */
export interface Session {
  readonly id: SessionId
  readonly siteId: SiteId
  readonly memberId: MemberId
  /** The client through which the login came; `null` for a call without one. */
  readonly clientId: ClientId | null
  readonly createdAt: EpochMs
  /** Written at most once a minute; see `shouldTouch`. */
  readonly usedAt: EpochMs
  /** The overall limit. */
  readonly expiresAt: EpochMs
  readonly idleMs: number
  /** Until when the session ticket must have been used; `null` once it was, or where there was none. */
  readonly claimBy: EpochMs | null
  /** The member asked to stay signed in, so the cookie outlives the browser. */
  readonly persistent: boolean
  readonly siteGeneration: number
  readonly memberGeneration: number
}

/** All that decides whether a session is alive, read together. */
export interface SessionFacts {
  readonly session: Session
  /** Set when an end of this session is on record. */
  readonly ended: Cause | null
  readonly memberStatus: MemberStatus
  readonly memberGeneration: number
  readonly siteGeneration: number
  /** The grant that the credential named, when it named one. */
  readonly grant: GrantFacts | null
  /** When these facts were read, by the clock that counts. */
  readonly readAt: EpochMs
}

/** A grant with all that decides whether it is alive by itself. */
export interface GrantFacts extends Grant {
  /** Set when an end of this grant is on record. */
  readonly ended: Cause | null
  /** The client's generation as it is now; `null` where there is no such client. */
  readonly clientGenerationNow: number | null
}

/** Whether a session may be used, and if not, why. `generation` is an end of everyone at once, not yet written out. */
export type SessionStanding =
  | { readonly state: 'live' }
  | { readonly state: 'over'; readonly because: Cause | 'generation' | 'member_not_active' }

/**
 * Decides whether a session, and the grant that named it, may still be used.
 *
 * Pure. An end on record comes first, so that a person is told why; limits count even before the reaper has ended what
 * passed them. At exactly a limit the session is over.
 */
export function judgeSession(facts: SessionFacts): SessionStanding {
  const { session, grant, readAt } = facts
  if (facts.ended !== null) return { state: 'over', because: facts.ended }
  if (grant !== null && grant.ended !== null) return { state: 'over', because: grant.ended }
  if (grant !== null && isOfDisabledClient(grant)) return { state: 'over', because: 'client_disabled' }
  if (session.siteGeneration < facts.siteGeneration || session.memberGeneration < facts.memberGeneration) {
    return { state: 'over', because: 'generation' }
  }
  if (facts.memberStatus !== 'ACTIVE') return { state: 'over', because: 'member_not_active' }
  const limit = passedLimit(session, readAt)
  return limit === undefined ? { state: 'live' } : { state: 'over', because: limit }
}

/** Whether a grant is from before its client was disabled or deleted: then it is over, whether or not its end is on record yet. */
function isOfDisabledClient({ clientGeneration, clientGenerationNow }: GrantFacts): boolean {
  return clientGenerationNow === null || clientGeneration < clientGenerationNow
}

/** The limit that a session has passed at a moment, if any: what the reaper ends it for. */
export function passedLimit(session: Session, at: EpochMs): 'expired' | 'idle' | 'unclaimed' | undefined {
  if (at >= session.expiresAt) return 'expired'
  if (session.claimBy !== null && at >= session.claimBy) return 'unclaimed'
  if (at >= session.usedAt + session.idleMs) return 'idle'
  return undefined
}

/** The next moment at which a session can pass a limit if nobody uses it. */
export function nextLimit(session: Pick<Session, 'expiresAt' | 'usedAt' | 'idleMs' | 'claimBy'>): EpochMs {
  return Math.min(session.expiresAt, session.usedAt + session.idleMs, session.claimBy ?? Number.POSITIVE_INFINITY)
}

/**
 * Last use is written at most once a minute: a write for every check would cost as much as the check itself, and a
 * minute is nothing against an idle limit.
 */
const touchIntervalMs = 60_000

/** Whether a use at `at` is worth writing down. */
export function shouldTouch(session: Pick<Session, 'usedAt'>, at: EpochMs): boolean {
  return at - session.usedAt >= touchIntervalMs
}
