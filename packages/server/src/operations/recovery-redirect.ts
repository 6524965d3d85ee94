import type { Challenge } from '../domain/challenge.ts'
import { isAllowedRedirectUri, isHomeOf } from '../domain/redirects.ts'
import { findActiveClient } from './find-client.ts'
import type { Service } from './service.ts'

/**
 * Where a person is led who has chosen a password: the address of the request, if the client still has it by now; `null` where
 * there was none. What was allowed when the mail was sent may be taken away since.
 */
export async function recoveryRedirect(
  service: Service,
  { clientId, redirectUri }: Pick<Challenge, 'clientId' | 'redirectUri'>,
): Promise<string | null> {
  if (clientId === null || redirectUri === null) return null
  const client = await findActiveClient(service, clientId)
  if (client === undefined) return null
  const isAllowed = isAllowedRedirectUri(redirectUri, client.allowedRedirectUris) || isHomeOf(redirectUri, client)
  return isAllowed ? redirectUri : null
}
