import type { Cause } from '../../domain/cause.ts'
import type { Challenge } from '../../domain/challenge.ts'
import type { ClientId, EpochMs, MemberId, SiteId } from '../../domain/ids.ts'
import type { Member, MemberStatus } from '../../domain/member.ts'
import type { ChangeRefused } from '../../domain/member-change.ts'
import type { ProfileChange } from '../../domain/profile-change.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { Session } from '../../domain/session.ts'
import type { Asked } from './asked.ts'
import type { EndedSession } from './ending.ts'
import type { KeptMail, NewMail } from './mails.ts'

/** What an operator does with members besides blocking them. */
export interface MemberAdministration {
  /**
   * Up to `limit` members, whatever their status unless one is asked for. What changes between two pages may be missed or be
   * listed twice; nobody else is.
   */
  listMembers(list: MemberList): Promise<readonly Member[]>
  /** All that is stored of a member besides the audit log; `undefined` for one who never was. */
  findMemberRecord(id: MemberId): Promise<MemberRecord | undefined>
  /**
   * Adds members, all that can be in one commit. Answers are aligned with them. Whoever's address or id is taken is left out,
   * also when it is one of their own list that took it, and nothing else fails with it.
   */
  addMembers(addition: MemberAddition): Promise<readonly MemberAdded[]>
  /** Changes fields of a profile. The revision grows with it. Refused as `deleted` for a member who was deleted. */
  updateMember(update: MemberUpdate): Promise<MemberUpdated>
  /**
   * Gives a member another address, and voids every challenge that is open, since it was for the address of before. The
   * revision grows with it. Of two members who want one address, exactly one gets it. Refused as `deleted` for a member who
   * was deleted.
   */
  changeEmail(change: EmailChange): Promise<EmailChanged>
  /**
   * Deletes a member: ends every session of theirs with the cause `deleted` and erases all that is personal, in one commit.
   * What names them in the audit and in the log goes on naming an id that nobody has. Their address is free from then on.
   * Asked again, it changes nothing and is a success.
   */
  deleteMember(deletion: MemberDeletion): Promise<MemberDeleted>
}

export type MemberList = {
  readonly siteId: SiteId
  readonly limit: number
} & (
  | {
      /** The newest first. */
      readonly by: 'age'
      readonly status: MemberStatus | null
      /** The last one of the page before. */
      readonly after: { readonly createdAt: EpochMs; readonly id: MemberId } | null
    }
  | {
      /** In the order of their addresses, those that begin with `prefix`. Both as `emailKey` has them. */
      readonly by: 'address'
      readonly prefix: string
      /** The last one of the page before. */
      readonly after: string | null
    }
)

/** Without the hashes of what opens anything. Each list begins with what is oldest. */
export interface MemberRecord {
  readonly member: Member
  readonly sessions: readonly RecordedSession[]
  readonly challenges: readonly (Pick<Challenge, 'kind' | 'createdAt' | 'expiresAt'> & {
    readonly settledAt: EpochMs | null
  })[]
  readonly mails: readonly Pick<KeptMail, 'kind' | 'recipient' | 'state' | 'createdAt' | 'settledAt'>[]
  /** When each network was used last from which the member logs in; which ones they are nobody can read. */
  readonly networksUsedAt: readonly EpochMs[]
}

/** A session, also one that ended and is kept for people who ask what happened. */
export interface RecordedSession
  extends Pick<Session, 'id' | 'clientId' | 'createdAt' | 'usedAt' | 'expiresAt' | 'persistent'> {
  readonly device: string | null
  /** Why it ended, where an end is on record; when, is told by the audit log. */
  readonly ended: Cause | null
  /** The clients that had a grant in it, in the order of their grants. */
  readonly clientIds: readonly ClientId[]
}

export interface MemberAddition extends Asked {
  readonly members: readonly Member[]
  readonly event: 'member.created' | 'member.imported'
  readonly actor: Actor
}

export type MemberAdded =
  | { readonly outcome: 'added' }
  /** By the member with this id. */
  | { readonly outcome: 'email_taken'; readonly by: MemberId }
  | { readonly outcome: 'id_taken' }

export interface MemberUpdate extends Asked {
  readonly memberId: MemberId
  readonly actor: Actor
  /** The one that the member must have; `null` for whichever. */
  readonly revision: number | null
  readonly profile: ProfileChange
}

export type MemberUpdated = { readonly outcome: 'updated'; readonly member: Member } | ChangeRefused

export interface EmailChange extends Asked, Pick<Member, 'email' | 'emailKey' | 'emailVerified'> {
  readonly memberId: MemberId
  readonly actor: Actor
  /** The one that the member must have, so that the mails go to the address that is given up. */
  readonly revision: number
  /** Kept only where the address is changed by it. */
  readonly mails: readonly NewMail[]
}

export type EmailChanged =
  | { readonly outcome: 'changed'; readonly member: Member }
  | { readonly outcome: 'email_taken' }
  | ChangeRefused

export interface MemberDeletion extends Asked {
  readonly memberId: MemberId
  readonly actor: Actor
}

export type MemberDeleted =
  | { readonly outcome: 'deleted'; readonly ended: readonly EndedSession[] }
  | { readonly outcome: 'unknown' }
