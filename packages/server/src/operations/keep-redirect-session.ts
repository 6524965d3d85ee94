import { hashSecret, isSecretOf, mintSecret } from '../domain/secrets.ts'
import type { Service } from './service.ts'

/** As long as the tickets that such addresses carry. */
const lifetimeMs = 10 * 60_000

/** One-time secrets stay in the address: what is kept here is readable, and they are stored as hashes only. */
const secretNames: readonly string[] = ['sessionToken', 'logoutTicket']

/**
 * Shortens the parameters of an address: all but the one-time secrets are kept here, under an opaque name that is good
 * for ten minutes.
 *
 * @returns What is left to put into the address.
 */
export async function keepRedirectSession(
  service: Service,
  parameters: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const name = mintSecret('redirect', service.randomness)
  const createdAt = service.clock.now()
  const isSecret = ([key]: readonly [string, string]) => secretNames.includes(key)
  const entries = Object.entries(parameters)
  await service.storage.keepRedirectSession({
    hash: hashSecret(name),
    parameters: Object.fromEntries(entries.filter((entry) => !isSecret(entry))),
    createdAt,
    expiresAt: createdAt + lifetimeMs,
  })
  return { redirectSession: name, ...Object.fromEntries(entries.filter(isSecret)) }
}

/**
 * The parameters of an address, with what was kept of them in their place. An address without a kept part, or with one
 * that is unknown or too old, has only what is written in it.
 */
export async function readRedirectSession(
  service: Service,
  parameters: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const { redirectSession, ...written } = parameters
  if (typeof redirectSession !== 'string' || !isSecretOf('redirect', redirectSession)) return written
  const kept = await service.storage.findRedirectSession(hashSecret(redirectSession))
  if (kept === undefined || service.clock.now() >= kept.expiresAt) return written
  return { ...written, ...kept.parameters }
}
