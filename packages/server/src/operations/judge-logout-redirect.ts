import type { Client } from '../domain/client.ts'
import { type ClientId, isGuid } from '../domain/ids.ts'
import { isAllowedRedirectTarget } from '../domain/redirects.ts'
import { parseWebUrl } from '../domain/web-url.ts'
import { ApplicationRefusal, ValidationRefusal, violation } from '../protocol/identity-errors.ts'
import { findActiveClient } from './find-client.ts'
import type { Service } from './service.ts'

/**
 * Whether the redirect that a logout asks for may be followed. The client is the one named, else the one that the session is
 * of. Ends nothing and throws nothing: what is wrong is handed back, because a person may choose to leave without it.
 *
 * @param clientOfSession - Asked only where a redirect is wanted and no client is named.
 * @returns Where to go and whose address it is, or the rule that was broken.
 */
export async function judgeLogoutRedirect(
  service: Service,
  {
    clientId,
    postLogoutRedirectUri: uri,
  }: { readonly clientId: string | null; readonly postLogoutRedirectUri: string | null },
  clientOfSession: () => Promise<ClientId | null>,
): Promise<{
  readonly to: string | null
  readonly clientId: string | null
  readonly problem: ApplicationRefusal | ValidationRefusal | null
}> {
  const refused = (problem: ApplicationRefusal | ValidationRefusal) => ({ to: null, clientId: null, problem })
  if (clientId !== null && !isGuid(clientId)) {
    return refused(
      new ValidationRefusal([violation('clientId', 'FORMAT', 'must be a GUID', { data: { type: 'GUID' } })]),
    )
  }
  if (uri === null) return { to: null, clientId, problem: null }
  if (parseWebUrl(uri) === undefined) {
    const problem = violation('postLogoutRedirectUri', 'FORMAT', 'must be an absolute http or https URL', {
      data: { type: 'WEB_URL' },
    })
    return refused(new ValidationRefusal([problem]))
  }
  const id = clientId ?? (await clientOfSession())
  const client: Client | undefined = id === null ? undefined : await findActiveClient(service, id)
  if (client === undefined && clientId !== null) {
    return refused(new ApplicationRefusal('OAUTH_APP_NOT_FOUND', 'clientId names no client'))
  }
  if (client === undefined || !isAllowedRedirectTarget(uri, client)) {
    const because =
      client === undefined
        ? 'cannot be followed as nothing names the client that it belongs to'
        : 'is not among the redirect addresses and domains of the client'
    const problem = violation('postLogoutRedirectUri', 'OTHER', because, { ruleName: 'REDIRECT_NOT_ALLOWED' })
    return refused(new ValidationRefusal([problem]))
  }
  return { to: uri, clientId: client.id, problem: null }
}
