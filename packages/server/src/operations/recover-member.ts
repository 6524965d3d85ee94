import type { Challenge, ChallengeProblem } from '../domain/challenge.ts'
import { isLink, judgeChallenge } from '../domain/challenge.ts'
import type { ChallengeId, ClientId } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import type { Source } from '../domain/network.ts'
import { isInService } from '../domain/waiting.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { approvalMails } from './approval-mails.ts'
import { notActive } from './find-member-to-prove.ts'
import { findSite } from './find-site.ts'
import { throttlesOfAccount } from './limit-login.ts'
import { limitProofs } from './limit-proofs.ts'
import { assertNewPassword } from './new-password.ts'
import { mailToMember } from './owed-mail.ts'
import type { SignOn } from './register.ts'
import type { Service } from './service.ts'
import { sessionWithTicket } from './start-session.ts'

/** What a link is worth before it is used. */
export type RecoveryStanding =
  | { readonly state: 'good'; readonly challenge: Challenge; readonly member: Member }
  | { readonly state: 'not_active'; readonly challenge: Challenge; readonly member: Member }
  | { readonly state: ChallengeProblem; readonly challenge: Challenge; readonly member: Member }
  | { readonly state: 'unknown' }

/** Looks at a link without using it. */
export async function findRecovery(service: Service, recoveryToken: string): Promise<RecoveryStanding> {
  const id = service.proofs.readRecoveryToken(recoveryToken)
  const challenge = id === undefined ? undefined : await service.storage.findChallenge(id as ChallengeId)
  if (challenge === undefined || !isLink(challenge.kind)) return { state: 'unknown' }
  const member = await service.storage.findMember(challenge.memberId)
  if (member === undefined || member.status === 'DELETED') return { state: 'unknown' }
  const state = judgeChallenge(challenge, member.emailKey, service.clock.now())
  if (state !== 'good') return { state, challenge, member }
  return { state: isInService(member) ? 'good' : 'not_active', challenge, member }
}

export interface Recovery {
  readonly recoveryToken: string
  readonly password: string
  /** The client whose token came with the call, if any. */
  readonly clientId: ClientId | null
  /** What the browser or app calls itself; see `deviceOf`. */
  readonly device: string | null
  /** For whom links that are no good are counted; `null` for nobody. */
  readonly source: Source | null
  readonly requestId: string
}

/** A password that was set by a link. */
export interface PasswordSet {
  /** The member as they are now. */
  readonly member: Member
  readonly challenge: Challenge
}

/**
 * Sets a password by a link from a mail, as {@link setPasswordByLink} does, and logs the member in: a session is started in the
 * same commit and handed out as a ticket, unless the owner has to approve the member first.
 */
export async function recoverMember(service: Service, recovery: Recovery): Promise<SignOn> {
  const { member, ticket } = await limitProofs(service, recovery.source, () =>
    recover(service, recovery, 'starting_a_session'),
  )
  return member.status === 'ACTIVE' && ticket !== null
    ? { state: 'SUCCESS', member, ticket }
    : { state: 'REQUIRE_OWNER_APPROVAL', member }
}

/**
 * Sets a password by a link from a mail, which proves the address on the way. Every session of the member ends, in the same
 * commit, and the member is told by mail. Nobody is signed in.
 *
 * What was counted of failed logins is forgotten: an account that was locked by them is open again. A block stays, and so does what a member waits for besides the address. The password is hashed only for a link that is good.
 *
 * @throws {ApplicationRefusal} `INVALID_RECOVERY_TOKEN` when the link is unknown, expired, used, or void since a newer one was
 *   sent or the password or address was changed; `data.because` says which. `IDENTITY_NOT_ACTIVE` for a member who is
 *   blocked or was rejected: then nothing changes.
 * @throws {ValidationRefusal} When the password breaks a rule (`password`). The link stays good.
 * @throws {Throttled} When too many links from this source were no good.
 * @throws {HashingOverloaded} When too many passwords are being hashed. The link stays good.
 */
export async function setPasswordByLink(service: Service, recovery: Recovery): Promise<PasswordSet> {
  return limitProofs(service, recovery.source, () => recover(service, recovery, 'signing_nobody_in'))
}

async function recover(
  service: Service,
  recovery: Recovery,
  how: 'starting_a_session' | 'signing_nobody_in',
): Promise<PasswordSet & { readonly ticket: string | null }> {
  const { recoveryToken, password, device, requestId } = recovery
  const found = await findRecovery(service, recoveryToken)
  if (found.state === 'unknown') throw invalidRecoveryToken('unknown')
  if (found.state === 'not_active') throw notActive(found.member)
  if (found.state !== 'good') throw invalidRecoveryToken(found.state)
  const { challenge, member } = found
  const site = await findSite(service)
  assertNewPassword(service, site, password, 'password', member)
  const passwordHash = await service.passwordHasher.hash(password)

  const clientId = recovery.clientId ?? challenge.clientId
  const started =
    how === 'starting_a_session'
      ? sessionWithTicket(service, { member, clientId, settings: site.settings, device })
      : null
  const at = service.clock.now()
  const recovered = await service.storage.recoverMember({
    id: challenge.id,
    memberId: member.id,
    passwordHash,
    forget: throttlesOfAccount(service, member.emailKey),
    session: started?.session ?? null,
    mails: [mailToMember(site, member, { kind: 'password_reset', parameters: {}, at })],
    approvalMails: approvalMails(site, member, at),
    at,
    requestId,
  })
  if (recovered.outcome === 'not_active') throw notActive((await service.storage.findMember(member.id)) ?? member)
  if (recovered.outcome !== 'recovered') throw invalidRecoveryToken(recovered.outcome)
  const now = (await service.storage.findMember(member.id)) ?? member
  const { standing } = recovered
  // What the commit decided, even if the member was changed since.
  return { member: { ...now, ...standing }, challenge, ticket: started?.ticket ?? null }
}

const sentences = {
  unknown: 'This link is not known: ask for a new one',
  expired: 'This link is too old: ask for a new one',
  used: 'This link was used: log in with the password that was set, or ask for a new link',
  void: 'A newer link was sent, or the password or the address was changed since: use the newest link, or ask for one',
  too_many_tries: 'This link is worth nothing any more: ask for a new one',
} as const

function invalidRecoveryToken(because: keyof typeof sentences): ApplicationRefusal {
  return new ApplicationRefusal('INVALID_RECOVERY_TOKEN', sentences[because], { because })
}
