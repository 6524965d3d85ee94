import type { ClientId } from '../domain/ids.ts'
import { isAllowedRedirectUri, isHomeOf } from '../domain/redirects.ts'
import { ApplicationRefusal, ValidationRefusal, violation } from '../protocol/identity-errors.ts'
import { findActiveClient } from './find-client.ts'
import type { Service } from './service.ts'

/** Where a person is to be led once a password is set, as the request says it. */
export interface RecoveryRedirect {
  readonly url: string | null
  readonly clientId: string | null
  /** A page of ours asks, which may lead back to the site itself as well. */
  readonly mayBeHome?: boolean
}

/**
 * Judges where a person may be led after choosing a password: to an address that the client has registered for the end of a
 * login, and to none of its domains.
 *
 * @param field - The path of the redirect inside the request message, named in the refusal.
 * @throws {ValidationRefusal} When the address is not one of the client's, or comes without the client (`url`, `clientId`).
 * @throws {ApplicationRefusal} `OAUTH_APP_NOT_FOUND` for a client that is not there.
 */
export async function judgeRecoveryRedirect(
  service: Service,
  { url, clientId, mayBeHome = false }: RecoveryRedirect,
  field: string,
): Promise<{ readonly clientId: ClientId | null; readonly redirectUri: string | null }> {
  if (clientId === null) {
    if (url === null) return { clientId: null, redirectUri: null }
    const description = 'is required, since only the addresses of a client can be redirected to'
    throw new ValidationRefusal([violation(`${field}.clientId`, 'REQUIRED_FIELD', description)])
  }
  const client = await findActiveClient(service, clientId)
  if (client === undefined) throw new ApplicationRefusal('OAUTH_APP_NOT_FOUND', `${field}.clientId names no client`)
  const isHome = url !== null && mayBeHome && isHomeOf(url, client)
  if (url !== null && !isHome && !isAllowedRedirectUri(url, client.allowedRedirectUris)) {
    throw new ValidationRefusal([
      violation(`${field}.url`, 'OTHER', 'is not among the allowed redirect URIs of the client', {
        ruleName: 'REDIRECT_NOT_ALLOWED',
      }),
    ])
  }
  return { clientId: client.id, redirectUri: url }
}
