import type { Cause } from '../../domain/cause.ts'
import type { ClientId, EpochMs, MemberId, SecretHash, SessionId, Sid, SiteId, VisitorId } from '../../domain/ids.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { Session, SessionFacts } from '../../domain/session.ts'
import type { Asked } from './asked.ts'
import type { EndAnswer, EndSession } from './ending.ts'
import type { SettledAttempts } from './throttles.ts'

export interface Sessions {
  /** What is known of the session that a credential names; `undefined` when it names none. */
  check(credential: SessionCredential): Promise<SessionFacts | undefined>
  /** Whether a visitor was closed, and the site's generation that its token must not be below. */
  checkVisitor(siteId: SiteId, visitorId: VisitorId): Promise<VisitorFacts>
  /**
   * Up to `limit` of a member's sessions that have no end on record, the newest first. Whether one is alive is for
   * `judgeSession` to say, as after `check`.
   */
  listSessions(list: SessionList): Promise<readonly ListedSession[]>
  /**
   * Starts a session of a member who is active and, when a hash is given, still has that password. However many are started at
   * once, there are never more than it says in `sessionsMost`.
   */
  startSession(start: SessionStart): Promise<SessionStarted>
  /**
   * The newest session without an end on record that was started for a member, through a client, by an API key. Whether it is
   * alive is for `check` to say.
   */
  findSessionOfKey(of: {
    readonly memberId: MemberId
    readonly clientId: ClientId
    readonly apiKeyId: string
  }): Promise<SessionId | undefined>
  /** Notes a use. Does nothing for a session that is over: use never revives. */
  touchSession(id: SessionId, at: EpochMs): Promise<void>
  /** Ends what each request names. Answers are aligned with the requests. */
  endSessions(requests: readonly EndSession[]): Promise<readonly EndAnswer[]>
  /**
   * Looks at up to `limit` sessions whose time may have come and says which passed a limit (or are over by a raised
   * generation) without an end on record. Looking again later is arranged for the rest.
   */
  findOverdueSessions(at: EpochMs, limit: number): Promise<OverdueSessions>
  /** Deletes up to `limit` rows of each kind that no credential can name any more. Resolves to how many went. */
  prune(at: EpochMs, limit: number): Promise<number>
}

export type SessionCredential =
  | { readonly by: 'secret'; readonly hash: SecretHash }
  /** Also by a secret that was replaced since: for asking whether to end the session, never for letting somebody in. */
  | { readonly by: 'secret_or_former'; readonly hash: SecretHash }
  | { readonly by: 'sid'; readonly sid: Sid }
  | { readonly by: 'id'; readonly id: SessionId }

export interface VisitorFacts {
  readonly ended: boolean
  readonly siteGeneration: number
}

export interface SessionList {
  readonly memberId: MemberId
  /** Only what was started before this session: the last one of the page before. `null` for the first page. */
  readonly before: SessionId | null
  readonly limit: number
}

export interface ListedSession {
  /** Without a grant. */
  readonly facts: SessionFacts
  readonly device: string | null
  /** The clients that hold a grant in it which has not ended by itself, in the order of their grants. */
  readonly clientIds: readonly ClientId[]
}

/** A session to be made. Its number, and the generations it carries, are given by the database. */
export interface NewSession
  extends Pick<
    Session,
    'siteId' | 'memberId' | 'clientId' | 'createdAt' | 'expiresAt' | 'idleMs' | 'claimBy' | 'persistent'
  > {
  readonly secretHash: SecretHash | null
  /** The API key that logs the member in through the client, for as long as the session lives; see `findSessionOfKey`. */
  readonly apiKeyId?: string
  /** What the device is called that it was started on; see `deviceOf`. */
  readonly device: string | null
  /** How many living sessions the member may have with it: the oldest end with the cause `capacity`, in the same commit. */
  readonly sessionsMost: number
  readonly ticket: { readonly hash: SecretHash; readonly expiresAt: EpochMs } | null
}

export interface SessionStart extends Asked {
  readonly session: NewSession
  /** Who starts it, where that is not the member. */
  readonly actor?: Actor
  /** The stored hash that the given password matched; `null` where no password was involved. */
  readonly passwordHash: string | null
  /** The secret in the browser's cookie so far: its session ends as `replaced` in the same commit. */
  readonly replaces: SecretHash | null
  /** Settled only where the session is started by it. */
  readonly settles?: SettledAttempts
}

export type SessionStarted =
  | { readonly outcome: 'started'; readonly sessionId: SessionId }
  | { readonly outcome: 'member_not_active' }
  | { readonly outcome: 'password_changed' }

export interface OverdueSessions {
  readonly overdue: readonly { readonly id: SessionId; readonly cause: Cause }[]
  /** Whether more may be waiting. */
  readonly more: boolean
}
