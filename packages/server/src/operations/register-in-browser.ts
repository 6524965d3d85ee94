import { normalizeEmail } from '../domain/email.ts'
import type { ClientId } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import type { Source } from '../domain/network.ts'
import type { Site } from '../domain/site.ts'
import { isInService } from '../domain/waiting.ts'
import type { Attempt } from '../ports/storage.ts'
import { ApplicationRefusal, ValidationRefusal, violation } from '../protocol/identity-errors.ts'
import { askForProof } from './ask-for-proof.ts'
import { findSite } from './find-site.ts'
import { admitRequest } from './limit-requests.ts'
import { assertNewPassword } from './new-password.ts'
import { nobody } from './nobody.ts'
import { newMember } from './register.ts'
import type { Service } from './service.ts'
import { networkKey } from './throttle-keys.ts'

export interface BrowserRegistration {
  readonly email: string
  readonly password: string
  readonly clientId: ClientId
  /** In which language the person is written to. */
  readonly language: string
  /** For whom registrations are counted; `null` for nobody. */
  readonly source: Source | null
  readonly requestId: string
}

/**
 * Begins a registration on our own page: mails a code to the address, whatever the site asks of those who register by the API, so
 * that the page can say the same whether or not anybody has the address. Nobody is signed in before the code has come back.
 *
 * Whoever has the address already is written so, with a link to a new password, and nothing of theirs changes: neither their
 * password nor what is stored of them. As much is done in either case.
 *
 * @returns What names the registration, to be given back with the code. For an address that somebody has it names nothing.
 * @throws {ValidationRefusal} When the address is none (`email`) or the password breaks a rule (`password`).
 * @throws {ApplicationRefusal} `REGISTRATION_CLOSED` when nobody may register.
 * @throws {Throttled} When there were too many registrations from this source, or too many mails to this address were asked for.
 * @throws {HashingOverloaded} When too many passwords are being hashed.
 * @throws {StorageUnavailable} When it is not safely kept.
 */
export async function registerInBrowser(service: Service, registration: BrowserRegistration): Promise<string> {
  const { source } = registration
  const site = await findSite(service)
  if (site.settings.registration === 'closed') {
    throw new ApplicationRefusal('REGISTRATION_CLOSED', 'This site does not accept new members')
  }
  const emailKey = normalizeEmail(registration.email)
  if (emailKey === undefined) {
    throw new ValidationRefusal([violation('email', 'FORMAT', 'must be an email address', { data: { type: 'EMAIL' } })])
  }
  assertNewPassword(service, site, registration.password, 'password', { email: registration.email, profile: {} })
  const attempts = await admitRequest(service, {
    source: { kind: 'register_address', of: source },
    account: { kind: 'recovery_account', of: emailKey },
  })
  const passwordHash = await service.passwordHasher.hash(registration.password)
  const found = await service.storage.findMemberByEmail(site.id, emailKey)
  if (found !== undefined) return tellOfAccount(service, { site, registration, attempts, member: found, emailKey })
  return addMember(service, { site, registration, attempts, emailKey, passwordHash })
}

interface Beginning {
  readonly site: Site
  readonly registration: BrowserRegistration
  readonly attempts: readonly Attempt[]
  readonly emailKey: string
}

async function addMember(
  service: Service,
  { site, registration, attempts, emailKey, passwordHash }: Beginning & { readonly passwordHash: string },
): Promise<string> {
  const { email, clientId, language, source, requestId } = registration
  const at = service.clock.now()
  const proving: Site = { ...site, settings: { ...site.settings, requireEmailVerification: true } }
  const member = newMember(service, proving, { email, emailKey, passwordHash, profile: {}, at })
  const { challenge, mail } = askForProof(service, site, member, { kind: 'login_verification', clientId, language, at })
  const { outcome } = await service.storage.registerMember({
    member,
    session: null,
    attempts,
    network: source === null ? null : networkKey(service, source.network),
    challenge,
    mails: [mail],
    at,
    requestId,
  })
  if (outcome === 'email_taken') {
    // Somebody else was faster, a moment ago.
    const found = await service.storage.findMemberByEmail(site.id, emailKey)
    return tellOfAccount(service, { site, registration, attempts, member: found, emailKey })
  }
  return service.proofs.stateToken(challenge.id)
}

/** Writes to whoever has the address. A member who is blocked or gone is sent nothing. */
async function tellOfAccount(
  service: Service,
  { site, registration, attempts, member: found, emailKey }: Beginning & { readonly member: Member | undefined },
): Promise<string> {
  const { clientId, language, requestId } = registration
  const at = service.clock.now()
  const member = found !== undefined && isInService(found) ? found : nobody(service, site, emailKey)
  const toldAs = 'already_registered'
  const asked = askForProof(service, site, member, { kind: 'recovery', clientId, language, toldAs, at })
  await service.storage.openChallenge({
    challenge: asked.challenge,
    mails: [asked.mail],
    attempts,
    actor: { kind: 'client', id: clientId },
    at,
    requestId,
  })
  return service.proofs.stateToken(service.randomness.guid().toLowerCase())
}
