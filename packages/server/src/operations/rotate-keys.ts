import { accessTokenSecondsMax } from '../domain/site.ts'
import type { SigningPurpose, StoredKey } from '../ports/keys.ts'
import type { Administrator } from './administration.ts'
import type { Service } from './service.ts'
import { keyNewsSecondsMax, takeUpKeys } from './take-up-keys.ts'

/** How long verifiers may hold the published key set; a new key signs only after that as well. See `http/oauth/jwks`. */
export const keySetSecondsMax = 300

/** Signing keys only: a new MAC root would void what lies in cookies and links, and protects nothing that a leak has. */
const rotated: readonly SigningPurpose[] = ['access_token', 'id_token']

/** The keys as they are stored. Callers show nothing of the private half. */
export function listKeys(service: Service): Promise<readonly StoredKey[]> {
  return service.storage.listKeys()
}

/**
 * Makes a new key for each signing purpose. This node publishes it at once, the others within {@link keyNewsSecondsMax},
 * and it signs once no verifier can hold a key set without it; the one before is trusted until the last token that it can
 * have signed is over.
 *
 * @returns All keys after the rotation.
 */
export async function rotateKeys(
  service: Service,
  administrator: Administrator,
  requestId: string,
): Promise<readonly StoredKey[]> {
  const at = service.clock.now()
  const activeFrom = at + (keyNewsSecondsMax + keySetSecondsMax) * 1000
  const before = await service.storage.listKeys()
  const add = await Promise.all(rotated.map((purpose) => service.makeKey(purpose, { createdAt: at, activeFrom })))
  const retiredAt = activeFrom + (accessTokenSecondsMax + 60) * 1000
  await service.storage.rotateKeys({
    add,
    retire: before
      .filter(({ purpose, retiredAt: already }) => purpose !== 'mac' && already === null)
      .map(({ kid }) => ({ kid, retiredAt })),
    actor: { kind: 'administrator', id: administrator.keyId },
    at,
    requestId,
  })
  await takeUpKeys(service)
  return service.storage.listKeys()
}
