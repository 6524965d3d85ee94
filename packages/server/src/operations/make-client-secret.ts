import { canKeepSecret } from '../domain/client.ts'
import type { ClientId } from '../domain/ids.ts'
import type { Actor } from '../domain/revocation-log.ts'
import { hashSecret, mintSecret } from '../domain/secrets.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { findClient, noSuchClient } from './find-clients.ts'
import type { Service } from './service.ts'

/**
 * Makes the secret by which a client proves itself. It is shown by this answer and never again: only its hash is stored.
 *
 * @param wanted.replaces - Whether a secret that the client has is put out of force by it; else a client gets one once.
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such client, `PERMISSION_DENIED` for a client that can keep no
 *   secret, `ALREADY_EXISTS` for one that has one.
 */
export async function makeClientSecret(
  service: Service,
  clientId: ClientId,
  wanted: { readonly replaces: boolean; readonly actor: Actor; readonly requestId: string },
): Promise<string> {
  if (!canKeepSecret(await findClient(service, clientId))) {
    throw new ApplicationRefusal('PERMISSION_DENIED', 'A mobile app can keep no secret, so it is given none')
  }
  const secret = mintSecret('client', service.randomness)
  const at = service.clock.now()
  const set = await service.storage.setClientSecret({ ...wanted, clientId, secretHash: hashSecret(secret), at })
  if (set.outcome === 'unknown') throw noSuchClient()
  if (set.outcome === 'has_one') {
    throw new ApplicationRefusal('ALREADY_EXISTS', 'The client has a secret: an administrator can replace it')
  }
  return secret
}
