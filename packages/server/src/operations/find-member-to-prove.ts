import type { MemberId } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import { isInService } from '../domain/waiting.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import type { Service } from './service.ts'

/**
 * The member whom a trusted caller wants to be written to.
 *
 * @throws {ApplicationRefusal} `-19999` when there is none, `IDENTITY_NOT_ACTIVE` for one who is blocked or gone.
 */
export async function findMemberToProve(service: Service, memberId: MemberId): Promise<Member> {
  const member = await service.storage.findMember(memberId)
  if (member === undefined) throw noSuchIdentity()
  if (!isInService(member)) throw notActive(member)
  return member
}

export function noSuchIdentity(): ApplicationRefusal {
  return new ApplicationRefusal('-19999', 'Identity not found')
}

/** A member who is blocked, rejected or deleted. */
export function notActive({ status }: Pick<Member, 'status'>): ApplicationRefusal {
  return new ApplicationRefusal('IDENTITY_NOT_ACTIVE', 'This member cannot log in', { status })
}
