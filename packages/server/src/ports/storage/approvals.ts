import type { MemberId } from '../../domain/ids.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { MemberStanding } from '../../domain/waiting.ts'
import type { Asked } from './asked.ts'
import type { EndedSession } from './ending.ts'
import type { NewMail } from './mails.ts'

/** What an administrator decides about members who wait for it. */
export interface Approvals {
  /**
   * Approves a member, also one who was rejected before. Changes nothing for one who waits for no approval. Refused as
   * `deleted` for a member who was deleted.
   */
  approveMember(decision: ApprovalDecision): Promise<MemberApproved>
  /**
   * Rejects a member who waits for approval: takes them out of service, ends whatever sessions there are with the cause
   * `admin`, and makes their challenges void, in one commit. Asked again, nothing else changes. Refused as `not_waiting` for
   * anybody else.
   */
  rejectMember(decision: ApprovalDecision): Promise<MemberRejected>
}

export interface ApprovalDecision extends Asked {
  readonly memberId: MemberId
  readonly actor: Actor
  /** Kept only where something changes. */
  readonly mails: readonly NewMail[]
}

export type MemberApproved =
  | { readonly outcome: 'approved'; readonly standing: MemberStanding }
  | { readonly outcome: 'unknown' | 'deleted' }

export type MemberRejected =
  | { readonly outcome: 'rejected'; readonly standing: MemberStanding; readonly ended: readonly EndedSession[] }
  | { readonly outcome: 'unknown' | 'not_waiting' }
