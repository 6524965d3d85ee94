import type { ClientId } from '../domain/ids.ts'
import type { Source } from '../domain/network.ts'
import { hashSecret, mintSecret } from '../domain/secrets.ts'
import { waitsFor } from '../domain/waiting.ts'
import { askForCode } from './ask-for-code.ts'
import { findSite } from './find-site.ts'
import { findLoginStanding, limitLogin } from './limit-login.ts'
import { type NewCookie, newCookieOf } from './new-cookie.ts'
import type { Service } from './service.ts'
import { sessionWithCookie } from './start-session.ts'
import { verifyPassword } from './verify-password.ts'

export interface BrowserLogin {
  readonly email: string
  readonly password: string
  /** The member asked to stay signed in. */
  readonly persistent: boolean
  readonly clientId: ClientId
  /** In which language the person is written to, where they are. */
  readonly language: string
  /** What the browser's device is called. */
  readonly device: string | null
  /** The session secret in the browser's cookie so far. The person chose to log in, so its session ends. */
  readonly cookieSecret: string | undefined
  /** For whom attempts are counted; `null` for nobody. */
  readonly source: Source | null
  readonly requestId: string
}

export type BrowserLoggedIn =
  | { readonly outcome: 'logged_in'; readonly newCookie: NewCookie }
  /** The address has to be proven first: a code is on its way, and this names the login that waits for it. */
  | { readonly outcome: 'unproven'; readonly stateToken: string }
  | { readonly outcome: 'refused' | 'waiting' | 'not_active' | 'locked' }
  | { readonly outcome: 'throttled'; readonly waitMs: number }

/**
 * Logs a member in on our own page. The session is new, with a secret of its own, whatever cookie the browser had.
 *
 * `refused` does not say whether the address or the password was wrong; `throttled` and `locked` do not say whether anybody has
 * the address.
 *
 * @throws {Throttled} When too many codes were sent to a member who has to prove their address.
 * @throws {HashingOverloaded} When too many passwords are being checked.
 */
export async function logInBrowser(service: Service, login: BrowserLogin): Promise<BrowserLoggedIn> {
  const [site, standing] = await Promise.all([findSite(service), findLoginStanding(service, login)])
  const { settings } = site
  const verdict = await limitLogin(service, settings, standing, () => verifyPassword(service, login))
  if (verdict.outcome === 'throttled' || verdict.outcome === 'locked') return verdict
  if (verdict.outcome !== 'right') return { outcome: 'refused' }
  const { member, passwordHash, settles } = verdict
  const waiting = waitsFor(member)
  if (waiting === 'approval') return { outcome: 'waiting' }
  if (waiting === 'address') {
    return { outcome: 'unproven', stateToken: await askForCode(service, site, member, login) }
  }
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
