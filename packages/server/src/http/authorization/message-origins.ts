import type { Client } from '../../domain/client.ts'
import { clientOrigins, domainOrigins } from '../../domain/redirects.ts'
import { findSite } from '../../operations/find-site.ts'
import type { Surroundings } from '../wire/surroundings.ts'

/**
 * The origins of the pages that a client's answer may be posted to: that of the redirect URI where the request has one, else
 * those of all its registered addresses and domains, and those that the operator allows while developing. One by one: where
 * every origin may call the API, still not every page may be given a code.
 */
export async function messageOrigins(
  { service, developmentOrigins }: Surroundings,
  client: Client,
  redirectUri: string | undefined,
): Promise<readonly string[]> {
  if (redirectUri !== undefined) return clientOrigins({ allowedRedirectUris: [redirectUri] })
  const { settings } = await findSite(service)
  const listed = [
    ...clientOrigins(client),
    ...domainOrigins(client),
    ...settings.developmentOrigins,
    ...(developmentOrigins === '*' ? [] : developmentOrigins),
  ]
  return [...new Set(listed)]
}
