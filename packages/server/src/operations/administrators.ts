import type { AdministratorKey, AdministratorRole } from '../domain/administrator.ts'
import { hashSecret, mintSecret } from '../domain/secrets.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import type { Administrator } from './administration.ts'
import type { Service } from './service.ts'

/** Who administers the site, the first one first. No key can be shown again: only its hash is kept. */
export function listAdministrators({ storage }: Service): Promise<readonly AdministratorKey[]> {
  return storage.listAdministratorKeys()
}

/**
 * Adds an administrator, by a key of their own.
 *
 * @returns The key, and its secret, which is shown this once.
 * @throws {StorageUnavailable} When it is not durable. Where that is unknown there may be a key that nobody holds.
 */
export async function addAdministrator(
  service: Service,
  { keyId }: Administrator,
  given: { readonly name: string; readonly role: AdministratorRole; readonly requestId: string },
): Promise<{ readonly administrator: AdministratorKey; readonly secret: string }> {
  const { siteId, storage, clock, randomness } = service
  const at = clock.now()
  const secret = mintSecret('admin', randomness)
  const administrator: AdministratorKey = { id: randomness.guid(), name: given.name, role: given.role, createdAt: at }
  await storage.addAdministratorKey({
    siteId,
    key: administrator,
    hash: hashSecret(secret),
    actor: { kind: 'administrator', id: keyId },
    at,
    requestId: given.requestId,
  })
  return { administrator, secret }
}

/**
 * Removes an administrator, which may be the caller: from the commit on no node accepts their key.
 *
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such administrator, `LAST_OWNER` when nobody would remain who may
 *   do everything.
 * @throws {StorageUnavailable} When that is not durable.
 */
export async function removeAdministrator(
  service: Service,
  { keyId }: Administrator,
  { id, requestId }: { readonly id: string; readonly requestId: string },
): Promise<void> {
  const { siteId, storage, clock } = service
  const actor = { kind: 'administrator', id: keyId } as const
  const { outcome } = await storage.removeAdministratorKey({ siteId, id, actor, at: clock.now(), requestId })
  if (outcome === 'unknown') throw new ApplicationRefusal('NOT_FOUND', 'There is no administrator with this id')
  if (outcome === 'last_owner') {
    throw new ApplicationRefusal('LAST_OWNER', 'The last owner cannot be removed: add another owner first')
  }
}
