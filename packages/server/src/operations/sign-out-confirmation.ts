import { hashSecret } from '../domain/secrets.ts'
import type { Service } from './service.ts'

const lifetimeMs = 10 * 60_000
const form = /^([0-9]{1,15})\.([A-Za-z0-9_-]{43})$/

/**
 * Makes the value that the confirmation page carries and its form sends back.
 *
 * It is a MAC over the secrets of this browser's session and its own expiry, so it is good for this browser's session
 * alone, for ten minutes. It can be used once: what it confirms ends the session that it is bound to.
 */
export function makeSignOutConfirmation(service: Service, cookieSecrets: readonly string[]): string {
  const expiresAt = service.clock.now() + lifetimeMs
  return `${expiresAt}.${Buffer.from(service.keyring.mac('sign-out-confirmation', bound(cookieSecrets, expiresAt))).toString('base64url')}`
}

/** Whether a value is a confirmation for the session of these secrets, and not too old. */
export function readSignOutConfirmation(service: Service, value: string, cookieSecrets: readonly string[]): boolean {
  const match = form.exec(value)
  if (match?.[1] === undefined || match[2] === undefined) return false
  const expiresAt = Number(match[1])
  if (service.clock.now() >= expiresAt) return false
  return service.keyring.verifyMac(
    'sign-out-confirmation',
    bound(cookieSecrets, expiresAt),
    Buffer.from(match[2], 'base64url'),
  )
}

/** A browser may send its cookies in any order. */
function bound(cookieSecrets: readonly string[], expiresAt: number): string {
  return `${expiresAt}.${Buffer.from(hashSecret(cookieSecrets.toSorted().join(' '))).toString('base64url')}`
}
