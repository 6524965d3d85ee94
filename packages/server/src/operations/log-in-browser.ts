import { hashSecret, mintSecret } from '../domain/secrets.ts'
import { waitsFor } from '../domain/waiting.ts'
import { findSite } from './find-site.ts'
import { findLoginStanding, limitLogin } from './limit-login.ts'
import { type NewCookie, newCookieOf } from './new-cookie.ts'
import type { Service } from './service.ts'
import type { SigningInBrowser } from './signing-in-browser.ts'
import { sessionWithCookie } from './start-session.ts'
import { verifyPassword } from './verify-password.ts'

export interface BrowserLogin extends SigningInBrowser {
  readonly email: string
  readonly password: string
}

export type BrowserLoggedIn =
  | { readonly outcome: 'logged_in'; readonly newCookie: NewCookie }
  | { readonly outcome: 'refused' | 'waiting' | 'not_active' | 'locked' }
  | { readonly outcome: 'throttled'; readonly waitMs: number }

/**
 * Logs a member in on our own page. The session is new, with a secret of its own, whatever cookie the browser had.
 *
 * `refused` does not say whether the address or the password was wrong, or whether somebody has yet to prove that address; `throttled` and `locked` do not say whether anybody has
 * the address.
 *
 * @throws {HashingOverloaded} When too many passwords are being checked.
 */
export async function logInBrowser(service: Service, login: BrowserLogin): Promise<BrowserLoggedIn> {
  const [{ settings }, standing] = await Promise.all([findSite(service), findLoginStanding(service, login)])
  const verdict = await limitLogin(service, settings, standing, () => verifyPassword(service, login))
  if (verdict.outcome === 'throttled' || verdict.outcome === 'locked') return verdict
  if (verdict.outcome !== 'right') return { outcome: 'refused' }
  const { member, passwordHash, settles } = verdict
  const waiting = waitsFor(member)
  if (waiting === 'approval') return { outcome: 'waiting' }
  // Said to be wrong: whoever registers an address and then logs in would otherwise learn whether it was free.
  if (waiting === 'address') return { outcome: 'refused' }
  const secret = mintSecret('session', service.randomness)
  const session = sessionWithCookie(service, {
    member,
    clientId: login.clientId,
    settings,
    persistent: login.persistent,
    secretHash: hashSecret(secret),
    device: login.device,
  })
  const { outcome } = await service.storage.startSession({
    session,
    passwordHash,
    replaces: login.cookieSecret === undefined ? null : hashSecret(login.cookieSecret),
    settles,
    at: session.createdAt,
    requestId: login.requestId,
  })
  if (outcome === 'member_not_active') return { outcome: 'not_active' }
  if (outcome === 'password_changed') return { outcome: 'refused' }
  return { outcome: 'logged_in', newCookie: newCookieOf(session, secret, session.createdAt) }
}
