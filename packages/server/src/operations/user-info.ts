import type { Member } from '../domain/member.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { type Caller, unauthenticated } from './identify-caller.ts'
import type { Service } from './service.ts'

/**
 * The member who calls.
 *
 * @throws {ApplicationRefusal} `UNAUTHENTICATED` without a token, `PERMISSION_DENIED` for a visitor.
 */
export async function userInfo(service: Service, caller: Caller): Promise<Member> {
  if (caller.kind === 'anonymous') throw unauthenticated('of a member is needed')
  if (caller.kind !== 'member') throw new ApplicationRefusal('PERMISSION_DENIED', 'Only a member has user info')
  const member = await service.storage.findMember(caller.session.memberId)
  if (member === undefined) throw unauthenticated('belongs to a member who is gone')
  return member
}
