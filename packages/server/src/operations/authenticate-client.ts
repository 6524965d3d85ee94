import { type Client, isClientActive } from '../domain/client.ts'
import { type ClientId, isGuid } from '../domain/ids.ts'
import { isSecretWithHash } from '../domain/secrets.ts'
import { OAuthRefusal } from '../protocol/oauth-errors.ts'
import type { Service } from './service.ts'

/** How a client proves who it is. */
export interface ClientCredentials {
  readonly clientId: string
  readonly clientSecret: string
}

/**
 * The client that proves itself by its secret. One that is unknown, disabled or without a secret is refused as one whose
 * secret is wrong: whoever asks learns nothing of it.
 *
 * @throws {OAuthRefusal} `invalid_client`, with 401 (RFC 6749 section 5.2).
 */
export async function authenticateClient(
  service: Service,
  { clientId, clientSecret }: ClientCredentials,
): Promise<Client> {
  const client = isGuid(clientId) ? await service.storage.findClient(clientId as ClientId) : undefined
  const isProven = isSecretWithHash(clientSecret, client?.secretHash ?? null)
  if (client === undefined || !isProven || !isClientActive(client)) {
    throw new OAuthRefusal('invalid_client', 'No client has this clientId and clientSecret', { isUnproven: true })
  }
  return client
}
