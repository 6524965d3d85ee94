import { type Client, isClientActive } from '../domain/client.ts'
import type { AccessTokenClaims } from '../ports/access-tokens.ts'
import { findSite } from './find-site.ts'
import type { Service } from './service.ts'

/** Whether a client may act, and has not been disabled since what carries this generation of it was made. */
export function isClientOf(client: Client | undefined, generation: number): client is Client {
  return client !== undefined && isClientActive(client) && generation >= client.generation
}

/**
 * Whether an app may still act by its access token. It has no grant: what can end it is the end of everybody, and the end of
 * its client. Does not look at the age of the token.
 *
 * @throws {StorageUnavailable} When the database does not answer: never a guess.
 */
export async function isAppLive(
  service: Service,
  claims: Extract<AccessTokenClaims, { readonly subject_type: 'app' }>,
): Promise<boolean> {
  const [site, client] = await Promise.all([findSite(service), service.storage.findClient(claims.client_id)])
  return claims.site === site.id && claims.gen >= site.generation && isClientOf(client, claims.client_gen)
}
