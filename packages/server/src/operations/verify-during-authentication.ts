import { type Challenge, withAnotherCode } from '../domain/challenge.ts'
import type { ChallengeId, ClientId, SecretHash } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import type { Source } from '../domain/network.ts'
import type { SiteSettings } from '../domain/site.ts'
import type { NewSession } from '../ports/storage.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { approvalMails } from './approval-mails.ts'
import { proofMail } from './ask-for-proof.ts'
import { notActive } from './find-member-to-prove.ts'
import { findSite } from './find-site.ts'
import { limitProofs } from './limit-proofs.ts'
import type { SignOn } from './register.ts'
import type { Service } from './service.ts'
import { sessionWithTicket } from './start-session.ts'

export interface Verification {
  readonly stateToken: string
  readonly code: string
  /** The client whose token came with the call; of use only where the login came without one. */
  readonly clientId: ClientId | null
  /** What the browser or app calls itself; see `deviceOf`. */
  readonly device: string | null
  /** For whom codes that are no good are counted; `null` for nobody. */
  readonly source: Source | null
  readonly requestId: string
}

/**
 * Takes the code that a new member was mailed, which proves their address, and lets them in unless the owner has to approve as
 * well. A code is good for the login that it was sent for, and once.
 *
 * @throws {ApplicationRefusal} `VERIFICATION_FAILED` when the code is wrong or too old, or the login is not waiting for one
 *   any more; `data.because` says which, and `data.triesLeft` how many wrong codes are still taken. `IDENTITY_NOT_ACTIVE` for
 *   a member who is blocked or was rejected meanwhile.
 * @throws {Throttled} When too many codes from this source were no good.
 */
export async function verifyDuringAuthentication(service: Service, verification: Verification): Promise<SignOn> {
  return limitProofs(service, verification.source, () => verify(service, verification))
}

async function verify(service: Service, verification: Verification): Promise<SignOn> {
  const { device } = verification
  const taken = await takeCode(service, verification, (about) => sessionWithTicket(service, { ...about, device }))
  const { member, isLetIn, started } = taken
  return isLetIn ? { state: 'SUCCESS', member, ticket: started.ticket } : { state: 'REQUIRE_OWNER_APPROVAL', member }
}

/** Whom a session would be for, once a code has proven their address. */
interface LetIn {
  readonly member: Member
  readonly clientId: ClientId | null
  readonly settings: SiteSettings
}

/**
 * Takes the code of a login, and starts the session that its caller describes where nothing else is waited for.
 *
 * @throws {ApplicationRefusal} As {@link verifyDuringAuthentication} says.
 */
export async function takeCode<Started extends { readonly session: NewSession }>(
  service: Service,
  verification: Pick<Verification, 'stateToken' | 'code' | 'clientId' | 'requestId'> & {
    /** The session secret that the browser held so far; its session ends where another one is started. */
    readonly replaces?: SecretHash | null
    /** A login that was begun at another client waits for no code here. */
    readonly ofClientAlone?: boolean
  },
  start: (about: LetIn) => Started,
): Promise<{ readonly member: Member; readonly isLetIn: boolean; readonly started: Started }> {
  const { code, replaces = null, ofClientAlone = false, requestId } = verification
  const { challenge, member } = await findLogin(service, verification.stateToken)
  if (ofClientAlone && challenge.clientId !== verification.clientId) throw verificationFailed('unknown')
  const site = await findSite(service)
  const { id, codesSent } = challenge
  const clientId = challenge.clientId ?? verification.clientId
  const started = start({ member, clientId, settings: site.settings })
  const { session } = started
  const at = session.createdAt
  const tried = await service.storage.tryCode({
    id,
    memberId: member.id,
    codesSent,
    isRight: service.proofs.isCode(id, codesSent, code),
    session,
    replaces,
    approvalMails: approvalMails(site, member, at),
    at,
    requestId,
  })
  const now = (await service.storage.findMember(member.id)) ?? member
  if (tried.outcome === 'not_active') throw notActive(now)
  if (tried.outcome === 'wrong') {
    const { triesLeft } = tried
    throw verificationFailed(triesLeft === 0 ? 'too_many_tries' : 'wrong', { triesLeft })
  }
  if (tried.outcome !== 'right') throw verificationFailed(tried.outcome)
  return { member: now, isLetIn: tried.standing.status === 'ACTIVE', started }
}

/**
 * Mails another code for a login that waits for one. The code before counts no more.
 *
 * @throws {ApplicationRefusal} `VERIFICATION_FAILED` as above, and when too many codes were sent.
 */
export async function resendCode(
  service: Service,
  { stateToken, source, requestId }: Pick<Verification, 'stateToken' | 'source' | 'requestId'>,
): Promise<void> {
  return limitProofs(service, source, () => sendAnotherCode(service, { stateToken, requestId }))
}

/**
 * Mails another code, without a limit for its source.
 *
 * @param sending.language - Two letters (ISO 639-1), where the request said one.
 * @throws {ApplicationRefusal} As {@link resendCode}.
 */
export async function sendAnotherCode(
  service: Service,
  {
    stateToken,
    language,
    requestId,
  }: Pick<Verification, 'stateToken' | 'requestId'> & { readonly language?: string | undefined },
): Promise<void> {
  const { challenge, member } = await findLogin(service, stateToken)
  const site = await findSite(service)
  const at = service.clock.now()
  const { outcome } = await service.storage.sendAnotherCode({
    id: challenge.id,
    memberId: member.id,
    after: challenge.codesSent,
    mails: [proofMail(site, member, withAnotherCode(challenge, at), { at, language })],
    at,
    requestId,
  })
  if (outcome === 'not_active') throw notActive(member)
  if (outcome !== 'sent' && outcome !== 'sent_meanwhile') throw verificationFailed(outcome)
}

async function findLogin(
  service: Service,
  stateToken: string,
): Promise<{ readonly challenge: Challenge; readonly member: Member }> {
  const id = service.proofs.readStateToken(stateToken)
  const challenge = id === undefined ? undefined : await service.storage.findChallenge(id as ChallengeId)
  if (challenge?.kind !== 'login_verification') throw verificationFailed('unknown')
  const member = await service.storage.findMember(challenge.memberId)
  if (member === undefined) throw verificationFailed('unknown')
  return { challenge, member }
}

const sentences = {
  wrong: 'This code is not right',
  code_expired: 'This code is too old: have another one sent',
  expired: 'This login waited too long for its code: log in again',
  used: 'This code was used: log in again',
  void: 'This code counts no more: log in again',
  too_many_tries: 'Too many wrong codes were tried: log in again',
  too_many_codes: 'Too many codes were sent: use the last one, or log in again',
  unknown: 'No login waits for a code here: log in again',
} as const

function verificationFailed(
  because: keyof typeof sentences,
  more: Readonly<Record<string, unknown>> = {},
): ApplicationRefusal {
  return new ApplicationRefusal('VERIFICATION_FAILED', sentences[because], { because, ...more })
}
