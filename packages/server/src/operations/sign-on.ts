import type { Member } from '../domain/member.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { emailKeyOf } from './email-key-of.ts'
import { findSite } from './find-site.ts'
import { clientOf } from './identify-caller.ts'
import { newMember } from './register.ts'
import type { Service } from './service.ts'
import { sessionWithTicket } from './start-session.ts'
import { actorOf, type TrustedCaller } from './trusted-caller.ts'

export interface SignOnRequest {
  readonly email: string
  /** What is known of the member. Fields that are left out stay as they are. */
  readonly profile: Readonly<Record<string, unknown>>
  /** The caller knows that the address is the member's. */
  readonly verifyEmail: boolean
  readonly requestId: string
}

/**
 * Signs a member on without any credential of theirs, on the word of a caller who acts for the site. Whoever is not a member yet
 * becomes one, without a password. What the site asks of people who register by themselves is not asked.
 *
 * @returns The member, and a ticket for the session.
 * @throws {ValidationRefusal} When the address is none (`loginId.email`).
 * @throws {ApplicationRefusal} `IDENTITY_NOT_ACTIVE` for a member who is blocked, rejected or gone.
 * @throws {StorageUnavailable} When nothing is durable, or nobody knows. Repeated, it gives another session of the same member.
 */
export async function signOn(
  service: Service,
  caller: TrustedCaller,
  request: SignOnRequest,
): Promise<{ readonly member: Member; readonly ticket: string }> {
  const emailKey = emailKeyOf(request.email, 'loginId.email')
  const site = await findSite(service)
  const at = service.clock.now()
  const { email, profile, verifyEmail, requestId } = request
  const member: Member = {
    ...newMember(service, site, { email, emailKey, passwordHash: null, profile, at }),
    status: 'ACTIVE',
    statusReasons: [],
    emailVerified: verifyEmail,
  }
  const { session, ticket } = sessionWithTicket(service, {
    member,
    clientId: clientOf(caller),
    settings: site.settings,
  })
  const signedOn = await service.storage.signOn({ member, session, actor: actorOf(caller), at, requestId })
  // Somebody was given the address, or another one, in this very moment: now it is known who has it.
  if (signedOn.outcome === 'address_moved') return signOn(service, caller, request)
  if (signedOn.outcome === 'not_active') {
    throw new ApplicationRefusal('IDENTITY_NOT_ACTIVE', 'This member cannot log in', { status: signedOn.status })
  }
  return { member: signedOn.member, ticket }
}
