import type { ClientId } from '../domain/ids.ts'
import type { Source } from '../domain/network.ts'
import { waitsFor } from '../domain/waiting.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { Throttled } from '../protocol/throttled.ts'
import { askForCode } from './ask-for-code.ts'
import { assertCaptcha, type PresentedCaptcha } from './assert-captcha.ts'
import { notActive } from './find-member-to-prove.ts'
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
  /** `null` where the caller need not solve one. */
  readonly captcha: PresentedCaptcha | null
  readonly requestId: string
}

/**
 * Logs a member in by password and hands the new session out as a ticket. A member who has to prove their address first is
 * mailed a new code.
 *
 * @throws {ApplicationRefusal} `-19999` for an address that nobody has (or `-19976`, where the site hides that), `-19976`
 *   for a wrong password, `IDENTITY_NOT_ACTIVE` for a member who is blocked, deleted or offline,
 *   `-19973` for a member who has no password yet (hidden likewise), and once so many attempts failed in a row that it has to be
 *   set anew; `-19971` and `-19970` where a captcha has to be solved and is missing or wrong.
 * @throws {CaptchaUnavailable} When nobody can tell whether it was solved.
 * @throws {Throttled} When too many attempts failed, for this address or from this source, or too many codes were sent.
 * @throws {HashingOverloaded} When too many passwords are being checked.
 */
export async function logIn(service: Service, login: Login): Promise<SignOn> {
  const [site, standing] = await Promise.all([findSite(service), findLoginStanding(service, login)])
  const { settings } = site
  const verdict = await limitLogin(service, settings, standing, async () => {
    await assertCaptcha(service, login.captcha)
    return verifyPassword(service, login)
  })
  if (verdict.outcome === 'throttled') throw new Throttled(verdict.waitMs)
  if (verdict.outcome === 'locked') {
    throw new ApplicationRefusal('-19973', 'Too many attempts failed: a new password has to be set')
  }
  if (verdict.outcome === 'unknown_address' && !settings.hideUnknownAddresses) {
    throw new ApplicationRefusal('-19999', 'Identity not found')
  }
  if (verdict.outcome === 'no_password' && !settings.hideUnknownAddresses) {
    throw new ApplicationRefusal('-19973', 'This member has no password yet: it is set by a link that is mailed')
  }
  if (verdict.outcome !== 'right') throw wrongPassword()

  const { member, passwordHash, settles } = verdict
  const waiting = waitsFor(member)
  if (waiting === 'approval') return { state: 'REQUIRE_OWNER_APPROVAL', member }
  if (waiting === 'address') {
    const stateToken = await askForCode(service, site, member, login)
    return { state: 'REQUIRE_EMAIL_VERIFICATION', member, stateToken }
  }
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
  if (outcome === 'member_not_active') throw notActive(member)
  // The password was right when it was checked and is so no more.
  if (outcome === 'password_changed') throw wrongPassword()
  return { state: 'SUCCESS', member, ticket }
}

function wrongPassword(): ApplicationRefusal {
  return new ApplicationRefusal('-19976', 'Wrong password')
}
