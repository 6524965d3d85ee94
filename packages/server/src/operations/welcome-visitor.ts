import type { VisitorId } from '../domain/ids.ts'
import { OAuthRefusal } from '../protocol/oauth-errors.ts'
import { findActiveClient } from './find-client.ts'
import { findSite } from './find-site.ts'
import { type TokenSet, visitorTokens } from './issue-tokens.ts'
import type { Service } from './service.ts'

/**
 * Gives somebody anonymous tokens of a new visitor: the grant `anonymous`. Stores nothing.
 *
 * @throws {OAuthRefusal} `invalid_client` when no active client has this id.
 */
export async function welcomeVisitor(service: Service, { clientId }: { readonly clientId: string }): Promise<TokenSet> {
  const [site, client] = await Promise.all([findSite(service), findActiveClient(service, clientId)])
  if (client === undefined) throw new OAuthRefusal('invalid_client', 'clientId names no client')
  const visitorId = service.randomness.guid() as VisitorId
  const refreshToken = service.visitorTokens.mint({
    site: site.id,
    client: client.id,
    visitor: visitorId,
    generation: site.generation,
    clientGeneration: client.generation,
    issuedAt: service.clock.now(),
  })
  return visitorTokens(service, site, {
    clientId: client.id,
    clientGeneration: client.generation,
    visitorId,
    refreshToken,
  })
}
