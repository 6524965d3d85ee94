import { normalizeEmail } from '../domain/email.ts'
import type { Member } from '../domain/member.ts'
import { ApplicationRefusal, ValidationRefusal, violation } from '../protocol/identity-errors.ts'
import type { Administrator } from './administration.ts'
import { findSite } from './find-site.ts'
import { assertNewPassword } from './new-password.ts'
import { newMember } from './register.ts'
import type { Service } from './service.ts'

export interface MemberToCreate {
  readonly email: string
  readonly emailVerified: boolean
  /** `null` for a member who has none yet, and cannot log in by one. */
  readonly password: string | null
  readonly profile: Readonly<Record<string, unknown>>
  readonly requestId: string
}

/**
 * Adds a member in an administrator's name: active at once, whatever the site asks of those who register. Starts no session
 * and sends no mail.
 *
 * @throws {ValidationRefusal} When the address is none (`email`) or the password breaks a rule (`password`).
 * @throws {ApplicationRefusal} `-19995` when the address is taken.
 * @throws {HashingOverloaded} When too many passwords are being hashed.
 * @throws {StorageUnavailable} When the member is not durable.
 */
export async function createMember(
  service: Service,
  administrator: Administrator,
  { email, emailVerified, password, profile, requestId }: MemberToCreate,
): Promise<Member> {
  const site = await findSite(service)
  const emailKey = normalizeEmail(email)
  if (emailKey === undefined) throw notAnAddress()
  if (password !== null) assertNewPassword(service, site, password, 'password', { email, profile })
  const passwordHash = password === null ? null : await service.passwordHasher.hash(password)
  const at = service.clock.now()
  const member: Member = {
    ...newMember(service, site, { email, emailKey, passwordHash, profile, at }),
    emailVerified,
    status: 'ACTIVE',
    statusReasons: [],
  }
  const actor = { kind: 'administrator', id: administrator.keyId } as const
  const [added] = await service.storage.addMembers({ members: [member], event: 'member.created', actor, at, requestId })
  if (added?.outcome !== 'added') throw emailTaken()
  return member
}

/** For who gave a text that is no address, in the field `email`. */
export function notAnAddress(): ValidationRefusal {
  return new ValidationRefusal([violation('email', 'FORMAT', 'is not an e-mail address')])
}

/** For who wants an address that another member has. Only for callers who may know. */
export function emailTaken(): ApplicationRefusal {
  return new ApplicationRefusal('-19995', 'A member with this email address exists already')
}
