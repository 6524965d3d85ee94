import { normalizeEmail } from '../domain/email.ts'
import type { MemberId } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import { ApplicationRefusal, ValidationRefusal, violation } from '../protocol/identity-errors.ts'
import type { Service } from './service.ts'

/**
 * The member with this id, whatever their status.
 *
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is none.
 */
export async function findMember(service: Service, id: MemberId): Promise<Member> {
  const member = await service.storage.findMember(id)
  if (member === undefined) throw noSuchMember()
  return member
}

/**
 * The members who have exactly this address: one, or none. Case and composition of letters do not count, as at login.
 *
 * @throws {ValidationRefusal} When the text is no address (`email`).
 */
export async function findMembersByEmail(service: Service, email: string): Promise<readonly Member[]> {
  const emailKey = normalizeEmail(email)
  if (emailKey === undefined) throw new ValidationRefusal([violation('email', 'FORMAT', 'is not an e-mail address')])
  const member = await service.storage.findMemberByEmail(service.siteId, emailKey)
  return member === undefined ? [] : [member]
}

/** For who asked for a member that is not there. Only for callers who may know. */
export function noSuchMember(): ApplicationRefusal {
  return new ApplicationRefusal('NOT_FOUND', 'There is no member with this id')
}
