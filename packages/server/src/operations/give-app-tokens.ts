import { OAuthRefusal } from '../protocol/oauth-errors.ts'
import { authenticateClient, type ClientCredentials } from './authenticate-client.ts'
import { findSite } from './find-site.ts'
import { appTokens, type TokenSet } from './issue-tokens.ts'
import type { Service } from './service.ts'

/**
 * Gives a client tokens by which it acts for the site itself and not for a member: the grant `client_credentials`
 * (RFC 6749 section 4.4). Without a refresh token: the client has its secret. Stores nothing.
 *
 * @param instanceId - The site that is meant, where one is named; here there is one.
 * @throws {OAuthRefusal} `invalid_client` when the secret is wrong, `invalid_request` when another site is meant.
 */
export async function giveAppTokens(
  service: Service,
  { instanceId, ...credentials }: ClientCredentials & { readonly instanceId: string | null },
): Promise<TokenSet> {
  const [client, site] = await Promise.all([authenticateClient(service, credentials), findSite(service)])
  if (instanceId !== null && instanceId.toLowerCase() !== site.id.toLowerCase()) {
    throw new OAuthRefusal('invalid_request', 'instanceId is not this site')
  }
  return appTokens(service, site, client)
}
