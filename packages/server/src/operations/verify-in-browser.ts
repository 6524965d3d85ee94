import { hashSecret, mintSecret } from '../domain/secrets.ts'
import { limitProofs } from './limit-proofs.ts'
import { type NewCookie, newCookieOf } from './new-cookie.ts'
import type { Service } from './service.ts'
import type { SigningInBrowser } from './signing-in-browser.ts'
import { sessionWithCookie } from './start-session.ts'
import { takeCode } from './verify-during-authentication.ts'

export interface BrowserVerification extends SigningInBrowser {
  readonly stateToken: string
  readonly code: string
}

/**
 * Takes the code of a mail on our own page, which proves the address, and signs its member in there unless the owner has to
 * approve them as well.
 *
 * @throws {ApplicationRefusal} `VERIFICATION_FAILED` when the code is no good, or no login of this client waits for one;
 *   `IDENTITY_NOT_ACTIVE` for a member who is blocked or was rejected meanwhile.
 * @throws {Throttled} When too many codes from this source were no good.
 * @throws {StorageUnavailable} When it is not durable.
 */
export async function verifyInBrowser(
  service: Service,
  verification: BrowserVerification,
): Promise<{ readonly outcome: 'signed_in'; readonly newCookie: NewCookie } | { readonly outcome: 'waiting' }> {
  const { persistent, device, source, cookieSecret } = verification
  const replaces = cookieSecret === undefined ? null : hashSecret(cookieSecret)
  const secret = mintSecret('session', service.randomness)
  const { isLetIn, started } = await limitProofs(service, source, () =>
    takeCode(service, { ...verification, replaces, ofClientAlone: true }, (about) => ({
      session: sessionWithCookie(service, { ...about, persistent, secretHash: hashSecret(secret), device }),
    })),
  )
  if (!isLetIn) return { outcome: 'waiting' }
  const { session } = started
  return { outcome: 'signed_in', newCookie: newCookieOf(session, secret, session.createdAt) }
}
