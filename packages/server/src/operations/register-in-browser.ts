import type { ClientId } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import type { Source } from '../domain/network.ts'
import type { Site } from '../domain/site.ts'
import { isInService, waitsFor } from '../domain/waiting.ts'
import type { Attempt } from '../ports/storage.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { askForProof } from './ask-for-proof.ts'
import { emailKeyOf } from './email-key-of.ts'
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
 * Whoever has the address already is written so, with a link to a new password, as if they had asked for one; their password and
 * what is stored of them stay. Who registered before and has not proven the address is mailed another code, where the password is
 * the same. One password is hashed and one is compared, and one commit made, in every case.
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
  const emailKey = emailKeyOf(registration.email, 'email')
  assertNewPassword(service, site, registration.password, 'password', { email: registration.email, profile: {} })
  const attempts = await admitRequest(service, {
    source: { kind: 'register_address', of: source },
    account: { kind: 'recovery_account', of: emailKey },
  })
  const passwordHash = await service.passwordHasher.hash(registration.password)
  const found = await service.storage.findMemberByEmail(site.id, emailKey)
  if (found !== undefined) return meetMember(service, { site, registration, attempts, emailKey }, found)
  await service.passwordHasher.verifyDummy(registration.password)
  const stateToken = await addMember(service, { site, registration, attempts, emailKey, passwordHash })
  if (stateToken !== undefined) return stateToken
  // Somebody else was faster, a moment ago.
  const faster = await service.storage.findMemberByEmail(site.id, emailKey)
  return meetMember(service, { site, registration, attempts, emailKey }, faster)
}

interface Beginning {
  readonly site: Site
  readonly registration: BrowserRegistration
  readonly attempts: readonly Attempt[]
  readonly emailKey: string
}

/** @returns The name of the registration; `undefined` when somebody has the address by now. */
async function addMember(
  service: Service,
  { site, registration, attempts, emailKey, passwordHash }: Beginning & { readonly passwordHash: string },
): Promise<string | undefined> {
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
  return outcome === 'email_taken' ? undefined : service.proofs.stateToken(challenge.id)
}

/** Somebody has the address: whoever registers may be the same person once more, or have forgotten, or be somebody else. */
async function meetMember(service: Service, beginning: Beginning, member: Member | undefined): Promise<string> {
  const { site, registration, attempts } = beginning
  const { passwordHasher, storage } = service
  const { password, clientId, language, requestId } = registration
  const passwordHash = member?.passwordHash ?? null
  const isRight =
    passwordHash === null
      ? await passwordHasher.verifyDummy(password).then(() => false)
      : await passwordHasher.verify(password, passwordHash)
  if (member === undefined || !isRight || waitsFor(member) !== 'address') {
    return tellOfAccount(service, beginning, member)
  }
  const at = service.clock.now()
  const asked = askForProof(service, site, member, { kind: 'login_verification', clientId, language, at })
  const actor = { kind: 'client', id: clientId } as const
  await storage.openChallenge({ challenge: asked.challenge, mails: [asked.mail], attempts, actor, at, requestId })
  return service.proofs.stateToken(asked.challenge.id)
}

/** Writes to whoever has the address. A member who is blocked or gone is sent nothing. */
async function tellOfAccount(
  service: Service,
  { site, registration, attempts, emailKey }: Beginning,
  found: Member | undefined,
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
