import type { ApiKey } from '../domain/api-key.ts'
import type { Permission } from '../domain/permission.ts'
import { hashSecret, mintSecret } from '../domain/secrets.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import type { Administrator } from './administration.ts'
import type { Service } from './service.ts'

/** The API keys of the site, the oldest first. None can be shown again: only its hash is kept. */
export function listApiKeys({ storage }: Service): Promise<readonly ApiKey[]> {
  return storage.listApiKeys()
}

/**
 * Makes an API key.
 *
 * @returns The key, and its secret, which is shown this once.
 * @throws {StorageUnavailable} When it is not durable. Where that is unknown there may be a key that nobody holds.
 */
export async function createApiKey(
  service: Service,
  { keyId }: Administrator,
  given: { readonly name: string; readonly permissions: readonly Permission[]; readonly requestId: string },
): Promise<{ readonly apiKey: ApiKey; readonly secret: string }> {
  const { siteId, storage, clock, randomness } = service
  const at = clock.now()
  const secret = mintSecret('api', randomness)
  const permissions = [...new Set(given.permissions)]
  const apiKey: ApiKey = { id: randomness.guid(), name: given.name, permissions, createdAt: at }
  const actor = { kind: 'administrator', id: keyId } as const
  await storage.createApiKey({
    siteId,
    key: apiKey,
    hash: hashSecret(secret),
    actor,
    at,
    requestId: given.requestId,
  })
  return { apiKey, secret }
}

/**
 * Revokes an API key: from the commit on no node accepts it. The sessions that were started with it live on.
 *
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such key.
 * @throws {StorageUnavailable} When that is not durable.
 */
export async function revokeApiKey(
  service: Service,
  { keyId }: Administrator,
  { id, requestId }: { readonly id: string; readonly requestId: string },
): Promise<void> {
  const { siteId, storage, clock } = service
  const actor = { kind: 'administrator', id: keyId } as const
  const { outcome } = await storage.revokeApiKey({ siteId, id, actor, at: clock.now(), requestId })
  if (outcome === 'unknown') throw new ApplicationRefusal('NOT_FOUND', 'There is no API key with this id')
}
