import { hashSecret, mintSecret } from '../domain/secrets.ts'
import type { Session } from '../domain/session.ts'
import type { Site } from '../domain/site.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { findSite } from './find-site.ts'
import type { Caller } from './identify-caller.ts'
import { unauthenticated } from './identify-caller.ts'
import { type NewCookie, newCookieOf } from './new-cookie.ts'
import { assertNewPassword } from './new-password.ts'
import { mailToMember } from './owed-mail.ts'
import type { Service } from './service.ts'

export interface NewPassword {
  readonly password: string
  readonly requestId: string
  /** The cookie secret that came with the call, if any. */
  readonly cookieSecret: string | undefined
}

/**
 * Sets the caller's password. The session that asks stays, under a new cookie secret; every other one of the member ends. The
 * member is told by mail.
 *
 * @returns The new cookie when the call came with the session's cookie; otherwise the session is left without one,
 *   because nobody is there to receive it, and the old one is dead all the same.
 * @throws {ApplicationRefusal} `UNAUTHENTICATED` without a member's token or when the session ended meanwhile,
 *   `PERMISSION_DENIED` for anybody else, `RECENT_LOGIN_REQUIRED` when the login is longer ago than the site allows.
 * @throws {ValidationRefusal} When the password breaks a rule (`newPassword`).
 */
export async function changePassword(
  service: Service,
  caller: Caller,
  { password, requestId, cookieSecret }: NewPassword,
): Promise<{ readonly newCookie: NewCookie | null }> {
  if (caller.kind === 'anonymous') throw unauthenticated('of a member is needed')
  if (caller.kind !== 'member') throw new ApplicationRefusal('PERMISSION_DENIED', 'Only a member has a password')
  const { session } = caller
  const [site, member] = await Promise.all([findSite(service), service.storage.findMember(session.memberId)])
  if (member === undefined) throw unauthenticated('belongs to a member who is gone')
  assertRecentLogin(service, site, session)
  assertNewPassword(service, site, password, 'newPassword', member)

  const passwordHash = await service.passwordHasher.hash(password)
  const heldByBrowser = cookieSecret === undefined ? undefined : await sessionOfCookie(service, cookieSecret)
  const newCookieSecret = heldByBrowser === session.id ? mintSecret('session', service.randomness) : undefined
  const at = service.clock.now()
  const changed = await service.storage.changePassword({
    memberId: member.id,
    passwordHash,
    keep: session.id,
    keepSecretHash: newCookieSecret === undefined ? null : hashSecret(newCookieSecret),
    mails: [mailToMember(site, member, { kind: 'password_changed', parameters: { by: 'member' }, at })],
    at,
    requestId,
  })
  if (changed.outcome === 'session_over') throw unauthenticated('belongs to a session that has ended')
  return {
    newCookie: newCookieSecret === undefined ? null : newCookieOf(session, newCookieSecret, service.clock.now()),
  }
}

/** Whoever finds a device that was left signed in must not be able to take the account over, where the site wants that. */
function assertRecentLogin(
  { clock }: Service,
  { settings: { passwordChangeWithinSeconds: within } }: Site,
  { createdAt }: Session,
): void {
  if (within === null || clock.now() < createdAt + within * 1000) return
  const description = 'Log in again to change the password: this login is too long ago'
  throw new ApplicationRefusal('RECENT_LOGIN_REQUIRED', description, { withinSeconds: within })
}

async function sessionOfCookie(service: Service, secret: string): Promise<number | undefined> {
  const facts = await service.storage.check({ by: 'secret', hash: hashSecret(secret) })
  return facts?.session.id
}
