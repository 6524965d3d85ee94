import type { MemberId } from '../domain/ids.ts'
import type { MemberStatus } from '../domain/member.ts'
import type { EndedSession, MemberBlocking } from '../ports/storage.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import type { Administrator } from './administration.ts'
import { findMember, noSuchMember } from './find-members.ts'
import { findSite } from './find-site.ts'
import { mailToMember } from './owed-mail.ts'
import type { Service } from './service.ts'

/** Whom an administrator blocks or unblocks, and in which request. */
export interface Blocking {
  readonly memberId: MemberId
  readonly requestId: string
}

/**
 * Blocks a member: from the commit on nothing of theirs is accepted, and they cannot log in. Asked again it is a success, so
 * that an answer that was lost can be had again. The member is told by mail, once.
 *
 * @returns The sessions that ended with it.
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such member, `MEMBER_DELETED` when they were deleted.
 * @throws {StorageUnavailable} When the block is not durable.
 */
export async function blockMember(
  service: Service,
  administrator: Administrator,
  blocking: Blocking,
): Promise<readonly EndedSession[]> {
  const [site, member] = await Promise.all([findSite(service), findMember(service, blocking.memberId)])
  const asked = askedBy(service, administrator, blocking)
  const told = { kind: 'sessions_ended', parameters: { cause: 'blocked' }, at: asked.at } as const
  const blocked = await service.storage.blockMember({ ...asked, mails: [mailToMember(site, member, told)] })
  if (blocked.outcome !== 'blocked') throw refusalOf(blocked.outcome)
  return blocked.ended
}

/**
 * Lifts a block: the member can log in again. What ended stays ended.
 *
 * @returns The status that the member has now.
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such member, `MEMBER_DELETED` when they were deleted.
 * @throws {StorageUnavailable} When that is not durable.
 */
export async function unblockMember(
  service: Service,
  administrator: Administrator,
  blocking: Blocking,
): Promise<MemberStatus> {
  const unblocked = await service.storage.unblockMember(askedBy(service, administrator, blocking))
  if (unblocked.outcome !== 'unblocked') throw refusalOf(unblocked.outcome)
  return unblocked.status
}

function askedBy({ clock }: Service, { keyId }: Administrator, { memberId, requestId }: Blocking): MemberBlocking {
  return { memberId, actor: { kind: 'administrator', id: keyId }, at: clock.now(), requestId }
}

function refusalOf(outcome: 'unknown' | 'deleted'): ApplicationRefusal {
  if (outcome === 'unknown') return noSuchMember()
  return new ApplicationRefusal('MEMBER_DELETED', 'A member who was deleted can be neither blocked nor unblocked')
}
