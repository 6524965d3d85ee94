import type { Challenge } from '../../domain/challenge.ts'
import type { MemberId, SecretHash, SessionId, SiteId } from '../../domain/ids.ts'
import type { Member, MemberStatus } from '../../domain/member.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { Asked } from './asked.ts'
import type { EndedSession } from './ending.ts'
import type { NewMail } from './mails.ts'
import type { NewSession } from './sessions.ts'
import type { Attempt } from './throttles.ts'

export interface Members {
  findMember(id: MemberId): Promise<Member | undefined>
  findMemberByEmail(siteId: SiteId, emailKey: string): Promise<Member | undefined>
  /** Adds a member, and starts a session when one is given. Of two calls with one address, exactly one registers. */
  registerMember(registration: MemberRegistration): Promise<{ readonly outcome: 'registered' | 'email_taken' }>
  /** Replaces a stored hash by one of the same password; `changed` when the stored one is not `from` any more. */
  rehashPassword(rehash: {
    readonly memberId: MemberId
    readonly from: string
    readonly to: string
  }): Promise<{ readonly outcome: 'replaced' | 'changed' }>
  /**
   * Sets a new password, gives the session that asked a new secret (or none), and ends every other session of the member,
   * in one commit. The former secret passes no check any more; `endSessions` still knows the session by it. Refused as `session_over` when the asking session is over by then.
   */
  changePassword(change: PasswordChange): Promise<PasswordChanged>
  /**
   * Blocks a member and ends every session of theirs with the cause `blocked`, in one commit. A session that is started at
   * the same time is either there before, and ends, or not started at all. Asked again, it ends what there may be, and
   * nothing else changes. Refused as `deleted` for a member who was deleted.
   */
  blockMember(block: MemberBlocking): Promise<MemberBlocked>
  /**
   * Lifts a block. Revives nothing that ended with it. Changes nothing for a member who is not blocked; refused as `deleted`
   * for one who was deleted.
   */
  unblockMember(unblock: MemberBlocking): Promise<MemberUnblocked>
}

export interface MemberRegistration extends Asked {
  readonly member: Member
  /** What the member has to prove first; kept only where the member is registered by it. */
  readonly challenge?: Challenge | null
  /** Kept only where the member is registered by it. */
  readonly mails?: readonly NewMail[]
  readonly session: NewSession | null
  /** Counted in the same commit, also where the address is taken. */
  readonly attempts?: readonly Attempt[]
  /** The network that it comes from, which is familiar to the member from then on; `null` where that is not known. */
  readonly network?: string | null
}

export interface PasswordChange extends Asked {
  readonly memberId: MemberId
  readonly passwordHash: string
  readonly keep: SessionId
  /** The new cookie secret of the kept session; `null` leaves it without one. */
  readonly keepSecretHash: SecretHash | null
  /** Kept only where the password is changed by it. */
  readonly mails?: readonly NewMail[]
}

export type PasswordChanged =
  | { readonly outcome: 'changed'; readonly ended: readonly EndedSession[] }
  | { readonly outcome: 'session_over' }

/** Whom to block or unblock, and who wants it. */
export interface MemberBlocking extends Asked {
  readonly memberId: MemberId
  readonly actor: Actor
  /** Kept only where the status of the member changes by it. */
  readonly mails?: readonly NewMail[]
}

export type MemberBlocked =
  | { readonly outcome: 'blocked'; readonly ended: readonly EndedSession[] }
  | { readonly outcome: 'unknown' | 'deleted' }

/** `status` is the one that the member has now. */
export type MemberUnblocked =
  | { readonly outcome: 'unblocked'; readonly status: MemberStatus }
  | { readonly outcome: 'unknown' | 'deleted' }
