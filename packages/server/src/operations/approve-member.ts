import type { MemberId } from '../domain/ids.ts'
import type { MemberStanding } from '../domain/waiting.ts'
import type { ApprovalDecision, EndedSession } from '../ports/storage.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import type { Administrator } from './administration.ts'
import { findMember, noSuchMember } from './find-members.ts'
import { findSite } from './find-site.ts'
import { mailToMember } from './owed-mail.ts'
import type { Service } from './service.ts'

/** About whom an administrator decides, and in which request. */
export interface MemberDecision {
  readonly memberId: MemberId
  readonly requestId: string
}

/**
 * Approves a member who waits for it, or was rejected: they can log in from now on, unless they have to prove their address
 * first or are blocked. Asked again, or of somebody who waits for nothing, it is a success. The member is told by mail, once.
 *
 * @returns What the member is like now.
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such member, `MEMBER_DELETED` when they were deleted.
 * @throws {StorageUnavailable} When the approval is not durable.
 */
export async function approveMember(
  service: Service,
  administrator: Administrator,
  decision: MemberDecision,
): Promise<MemberStanding> {
  const approved = await service.storage.approveMember(await decide(service, administrator, 'approved', decision))
  if (approved.outcome === 'approved') return approved.standing
  if (approved.outcome === 'unknown') throw noSuchMember()
  throw new ApplicationRefusal('MEMBER_DELETED', 'A member who was deleted cannot be approved')
}

/**
 * Rejects a member who waits for approval: they cannot log in, whatever sessions and challenges there are end, and their
 * address stays taken. Approving them later undoes it. Asked again it is a success. The member is told by mail, once.
 *
 * @returns What the member is like now, and the sessions that ended with it.
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such member, `MEMBER_NOT_WAITING` when there is nothing to decide
 *   about them.
 * @throws {StorageUnavailable} When the rejection is not durable.
 */
export async function rejectMember(
  service: Service,
  administrator: Administrator,
  decision: MemberDecision,
): Promise<{ readonly standing: MemberStanding; readonly ended: readonly EndedSession[] }> {
  const rejected = await service.storage.rejectMember(await decide(service, administrator, 'rejected', decision))
  if (rejected.outcome === 'rejected') return rejected
  if (rejected.outcome === 'unknown') throw noSuchMember()
  throw new ApplicationRefusal('MEMBER_NOT_WAITING', 'This member does not wait for approval')
}

async function decide(
  service: Service,
  { keyId }: Administrator,
  kind: 'approved' | 'rejected',
  { memberId, requestId }: MemberDecision,
): Promise<ApprovalDecision> {
  const [site, member] = await Promise.all([findSite(service), findMember(service, memberId)])
  const at = service.clock.now()
  const mails = [mailToMember(site, member, { kind, parameters: {}, at })]
  return { memberId, actor: { kind: 'administrator', id: keyId }, mails, at, requestId }
}
