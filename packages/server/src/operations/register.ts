import type { ClientId, EpochMs, MemberId } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import type { Source } from '../domain/network.ts'
import type { Site } from '../domain/site.ts'
import { reasonsToWait, statusWaitingFor, waitsFor } from '../domain/waiting.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { approvalMails } from './approval-mails.ts'
import { askForProof } from './ask-for-proof.ts'
import { assertCaptcha, isWrongCaptcha, type PresentedCaptcha } from './assert-captcha.ts'
import { emailKeyOf } from './email-key-of.ts'
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
  /** `null` where the caller need not solve one. */
  readonly captcha: PresentedCaptcha | null
  readonly requestId: string
}

/** What registering and logging in come to. */
export type SignOn =
  | { readonly state: 'SUCCESS'; readonly member: Member; readonly ticket: string }
  | { readonly state: 'REQUIRE_OWNER_APPROVAL'; readonly member: Member }
  /** The address has to be proven first; a code is on its way. */
  | { readonly state: 'REQUIRE_EMAIL_VERIFICATION'; readonly member: Member; readonly stateToken: string }

/**
 * Adds a member and, unless they have to prove their address or be approved first, starts a session that is handed out as a
 * ticket. The mails that belong to it are kept in the same commit.
 *
 * The password is hashed before the address is looked up, so that a taken address takes as long as a free one.
 *
 * @throws {ValidationRefusal} When the address is none (`loginId.email`) or the password breaks a rule (`password`).
 * @throws {ApplicationRefusal} `-19995` when the address is taken, `REGISTRATION_CLOSED` when nobody may register.
 *   `-19971` and `-19970` where a captcha has to be solved and is missing or wrong.
 * @throws {CaptchaUnavailable} When nobody can tell whether it was solved.
 * @throws {Throttled} When there were too many registrations from this source.
 * @throws {HashingOverloaded} When too many passwords are being hashed.
 */
export async function register(service: Service, registration: Registration): Promise<SignOn> {
  const site = await findSite(service)
  if (site.settings.registration === 'closed') {
    throw new ApplicationRefusal('REGISTRATION_CLOSED', 'This site does not accept new members')
  }
  const emailKey = emailKeyOf(registration.email, 'loginId.email')
  assertNewPassword(service, site, registration.password, 'password', registration)

  const { source } = registration
  const attempts = await admitRequest(service, { source: { kind: 'register_address', of: source } })
  try {
    await assertCaptcha(service, registration.captcha)
  } catch (error) {
    // Each guess asks the provider: there is only so much of it.
    if (isWrongCaptcha(error)) await service.storage.countAttempts(attempts)
    throw error
  }
  const passwordHash = await service.passwordHasher.hash(registration.password)
  const now = service.clock.now()
  const member = newMember(service, site, { ...registration, emailKey, passwordHash, at: now })
  const { clientId, device } = registration
  const waiting = waitsFor(member)
  const started =
    waiting === undefined ? sessionWithTicket(service, { member, clientId, settings: site.settings, device }) : null
  const asked =
    waiting === 'address' ? askForProof(service, site, member, { kind: 'login_verification', clientId, at: now }) : null
  const { outcome } = await service.storage.registerMember({
    member,
    session: started?.session ?? null,
    attempts,
    network: source === null ? null : networkKey(service, source.network),
    challenge: asked?.challenge ?? null,
    mails: [
      ...(asked === null ? [] : [asked.mail]),
      ...(waiting === 'approval' ? approvalMails(site, member, now) : []),
    ],
    at: now,
    requestId: registration.requestId,
  })
  if (outcome === 'email_taken') {
    throw new ApplicationRefusal('-19995', 'A member with this email address exists already')
  }
  if (started !== null) return { state: 'SUCCESS', member, ticket: started.ticket }
  if (asked === null) return { state: 'REQUIRE_OWNER_APPROVAL', member }
  const stateToken = service.proofs.stateToken(asked.challenge.id)
  return { state: 'REQUIRE_EMAIL_VERIFICATION', member, stateToken }
}

/** A member as registering makes one: who waits where that is demanded of new members. Nothing is stored. */
export function newMember(
  { randomness }: Pick<Service, 'randomness'>,
  site: Site,
  given: Pick<Member, 'email' | 'emailKey' | 'passwordHash' | 'profile'> & { readonly at: EpochMs },
): Member {
  const { email, emailKey, passwordHash, profile, at } = given
  const statusReasons = reasonsToWait(site.settings)
  return {
    id: randomness.guid() as MemberId,
    siteId: site.id,
    email,
    emailKey,
    emailVerified: false,
    status: statusWaitingFor(statusReasons),
    statusReasons,
    passwordHash,
    profile,
    generation: 1,
    revision: 1,
    createdAt: at,
    updatedAt: at,
  }
}
