import type { ClientId } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import type { Source } from '../domain/network.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { Throttled } from '../protocol/throttled.ts'
import { findSite } from './find-site.ts'
import { findLoginStanding, limitLogin } from './limit-login.ts'
import type { SignOn } from './register.ts'
import type { Service } from './service.ts'
import { sessionWithTicket } from './start-session.ts'
import { verifyPassword } from './verify-password.ts'

export interface Login {
  readonly email: string
  readonly password: string
  readonly clientId: ClientId | null
  /** What the caller's device is called. */
  readonly device: string | null
  /** For whom attempts are counted; `null` for nobody. */
  readonly source: Source | null
  readonly requestId: string
}

/**
 * Logs a member in by password and hands the new session out as a ticket.
 *
 * @throws {ApplicationRefusal} `-19999` for an address that nobody has (or `-19976`, where the site hides that), `-19976`
 *   for a wrong password, `IDENTITY_NOT_ACTIVE` for a member who is blocked, deleted or offline,
 *   `-19973` once so many failed in a row that the password has to be set anew.
 * @throws {Throttled} When too many attempts failed, for this address or from this source.
 * @throws {HashingOverloaded} When too many passwords are being checked.
 */
export async function logIn(service: Service, login: Login): Promise<SignOn> {
  const [{ settings }, standing] = await Promise.all([findSite(service), findLoginStanding(service, login)])
  const verdict = await limitLogin(service, settings, standing, () => verifyPassword(service, login))
  if (verdict.outcome === 'throttled') throw new Throttled(verdict.waitMs)
  if (verdict.outcome === 'locked') {
    throw new ApplicationRefusal('-19973', 'Too many attempts failed: a new password has to be set')
  }
  if (verdict.outcome === 'unknown_address' && !settings.hideUnknownAddresses) {
    throw new ApplicationRefusal('-19999', 'Identity not found')
  }
  if (verdict.outcome !== 'right') throw wrongPassword()

  const { member, passwordHash, settles } = verdict
  if (isWaiting(member)) return { state: 'REQUIRE_OWNER_APPROVAL', member }
  const { session, ticket } = sessionWithTicket(service, {
    member,
    clientId: login.clientId,
    settings,
    device: login.device,
  })
  const { outcome } = await service.storage.startSession({
    session,
    passwordHash,
    replaces: null,
    settles,
    at: session.createdAt,
    requestId: login.requestId,
  })
  if (outcome === 'member_not_active') {
    throw new ApplicationRefusal('IDENTITY_NOT_ACTIVE', 'This member cannot log in', { status: member.status })
  }
  // The password was right when it was checked and is so no more.
  if (outcome === 'password_changed') throw wrongPassword()
  return { state: 'SUCCESS', member, ticket }
}

/** Whether a member is waiting for the owner's approval. */
export function isWaiting(member: Member): boolean {
  return member.status === 'PENDING'
}

function wrongPassword(): ApplicationRefusal {
  return new ApplicationRefusal('-19976', 'Wrong password')
}
