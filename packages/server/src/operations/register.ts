import { normalizeEmail } from '../domain/email.ts'
import type { ClientId, EpochMs, MemberId } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import type { Source } from '../domain/network.ts'
import type { Site } from '../domain/site.ts'
import { ApplicationRefusal, ValidationRefusal, violation } from '../protocol/identity-errors.ts'
import { findSite } from './find-site.ts'
import { admitRequest } from './limit-requests.ts'
import { assertNewPassword } from './new-password.ts'
import type { Service } from './service.ts'
import { sessionWithTicket } from './start-session.ts'
import { networkKey } from './throttle-keys.ts'

export interface Registration {
  readonly email: string
  readonly password: string
  readonly profile: Readonly<Record<string, unknown>>
  /** The client whose token came with the call, if any. */
  readonly clientId: ClientId | null
  /** What the caller's device is called. */
  readonly device: string | null
  /** For whom registrations are counted; `null` for nobody. */
  readonly source: Source | null
  readonly requestId: string
}

/** What registering and logging in come to. */
export type SignOn =
  | { readonly state: 'SUCCESS'; readonly member: Member; readonly ticket: string }
  | { readonly state: 'REQUIRE_OWNER_APPROVAL'; readonly member: Member }

/**
 * Adds a member and, unless somebody has to approve first, starts a session that is handed out as a ticket.
 *
 * The password is hashed before the address is looked up, so that a taken address takes as long as a free one.
 *
 * @throws {ValidationRefusal} When the address is none (`loginId.email`) or the password breaks a rule (`password`).
 * @throws {ApplicationRefusal} `-19995` when the address is taken, `REGISTRATION_CLOSED` when nobody may register.
 * @throws {Throttled} When there were too many registrations from this source.
 * @throws {HashingOverloaded} When too many passwords are being hashed.
 */
export async function register(service: Service, registration: Registration): Promise<SignOn> {
  const site = await findSite(service)
  if (site.settings.registration === 'closed') {
    throw new ApplicationRefusal('REGISTRATION_CLOSED', 'This site does not accept new members')
  }
  const emailKey = normalizeEmail(registration.email)
  if (emailKey === undefined) {
    throw new ValidationRefusal([
      violation('loginId.email', 'FORMAT', 'must be an email address', { data: { type: 'EMAIL' } }),
    ])
  }
  assertNewPassword(service, site, registration.password, 'password', registration)

  const { source } = registration
  const attempts = await admitRequest(service, { source: { kind: 'register_address', of: source } })
  const passwordHash = await service.passwordHasher.hash(registration.password)
  const now = service.clock.now()
  const member = newMember(service, site, { ...registration, emailKey, passwordHash, at: now })
  const started = site.settings.requireOwnerApproval
    ? null
    : sessionWithTicket(service, {
        member,
        clientId: registration.clientId,
        settings: site.settings,
        device: registration.device,
      })
  const { outcome } = await service.storage.registerMember({
    member,
    session: started?.session ?? null,
    attempts,
    network: source === null ? null : networkKey(service, source.network),
    at: now,
    requestId: registration.requestId,
  })
  if (outcome === 'email_taken') {
    throw new ApplicationRefusal('-19995', 'A member with this email address exists already')
  }
  return started === null
    ? { state: 'REQUIRE_OWNER_APPROVAL', member }
    : { state: 'SUCCESS', member, ticket: started.ticket }
}

/** A member as registering makes one: who waits where somebody has to approve first. Nothing is stored. */
export function newMember(
  { randomness }: Pick<Service, 'randomness'>,
  site: Site,
  given: Pick<Member, 'email' | 'emailKey' | 'passwordHash' | 'profile'> & { readonly at: EpochMs },
): Member {
  const { email, emailKey, passwordHash, profile, at } = given
  const waits = site.settings.requireOwnerApproval
  return {
    id: randomness.guid() as MemberId,
    siteId: site.id,
    email,
    emailKey,
    emailVerified: false,
    status: waits ? 'PENDING' : 'ACTIVE',
    statusReasons: waits ? ['PENDING_ADMIN_APPROVAL_REQUIRED'] : [],
    passwordHash,
    profile,
    generation: 1,
    revision: 1,
    createdAt: at,
    updatedAt: at,
  }
}
