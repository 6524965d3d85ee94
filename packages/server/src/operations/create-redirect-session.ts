import type { Client } from '../domain/client.ts'
import { isAllowedRedirectTarget } from '../domain/redirects.ts'
import { hashSecret, mintSecret } from '../domain/secrets.ts'
import { parseWebUrl } from '../domain/web-url.ts'
import type { LogoutTicket } from '../ports/storage.ts'
import { ApplicationRefusal, ValidationRefusal, violation } from '../protocol/identity-errors.ts'
import { findActiveClient } from './find-client.ts'
import { type Caller, clientOf, unauthenticated } from './identify-caller.ts'
import type { Service } from './service.ts'

/** How long the link to log out may wait. It is a secret in a URL, so it is short-lived and good once. */
const logoutTicketLifetimeMs = 10 * 60_000

/** Parameters of the address that the browser is sent to, by the names they have in its query. */
export type RedirectParameters = Readonly<Record<string, string>>

/**
 * Prepares a login in the browser: the parameters of the authorize address. Nothing is stored and nothing is promised:
 * whether the client may be redirected where it asks is decided when the browser arrives there.
 *
 * An API key that may create redirect sessions names any client.
 *
 * @throws {ApplicationRefusal} `UNAUTHENTICATED` without a token, `PERMISSION_DENIED` for another client than the token's,
 *   `OAUTH_APP_NOT_FOUND` for a client that is not there.
 */
export async function prepareLogin(
  service: Service,
  caller: Caller,
  request: { readonly clientId: string; readonly parameters: RedirectParameters },
): Promise<RedirectParameters> {
  await assertOwnClient(service, caller, request.clientId)
  return request.parameters
}

/**
 * Prepares a login in the browser that gives the site no code: whoever logs in there has a session of this service, and is sent
 * on. Nothing is stored.
 *
 * @throws {ApplicationRefusal} `UNAUTHENTICATED` without a token; `PERMISSION_DENIED` for who acts for no client.
 * @throws {ValidationRefusal} When `postFlowUrl` is no web address, or not one of the client's (`callbacks.postFlowUrl`).
 */
export async function prepareLoginPage(
  service: Service,
  caller: Caller,
  postFlowUrl: string | null,
): Promise<RedirectParameters> {
  const clientId = clientOf(caller)
  if (clientId === null && caller.kind === 'api_key') {
    throw new ApplicationRefusal('PERMISSION_DENIED', 'An API key alone belongs to no client')
  }
  const client = await assertOwnClient(service, caller, clientId ?? '')
  assertMayGoTo(client, postFlowUrl)
  return { clientId: client.id, ...(postFlowUrl === null ? {} : { postFlowUrl }) }
}

/**
 * Prepares a logout in the browser. The link carries a one-time ticket for the caller's session (or visitor), because the
 * browser may hold no cookie. Nothing ends until the browser follows the link.
 *
 * @throws {ApplicationRefusal} As {@link prepareLogin}.
 * @throws {ValidationRefusal} When `postFlowUrl` is no web address, or not one of the client's (`callbacks.postFlowUrl`).
 */
export async function prepareLogout(
  service: Service,
  caller: Caller,
  request: { readonly clientId: string; readonly postFlowUrl: string | null },
): Promise<RedirectParameters> {
  const client = await assertOwnClient(service, caller, request.clientId)
  assertMayGoTo(client, request.postFlowUrl)
  const names = namedBy(caller)
  const ticket = mintSecret('logout', service.randomness)
  const now = service.clock.now()
  await service.storage.issueLogoutTicket({
    hash: hashSecret(ticket),
    names,
    clientId: client.id,
    createdAt: now,
    expiresAt: now + logoutTicketLifetimeMs,
  })
  return {
    clientId: client.id,
    ...(request.postFlowUrl === null ? {} : { postLogoutRedirectUri: request.postFlowUrl }),
    logoutTicket: ticket,
  }
}

/** A link that would be refused when somebody follows it is refused before that. Both flows go to web addresses only. */
function assertMayGoTo(client: Client, postFlowUrl: string | null): void {
  if (postFlowUrl === null) return
  if (parseWebUrl(postFlowUrl) === undefined) {
    throw new ValidationRefusal([
      violation('callbacks.postFlowUrl', 'FORMAT', 'must be an absolute http or https URL', {
        data: { type: 'WEB_URL' },
      }),
    ])
  }
  if (!isAllowedRedirectTarget(postFlowUrl, client)) {
    throw new ValidationRefusal([
      violation('callbacks.postFlowUrl', 'OTHER', 'is not among the redirect addresses and domains of the client', {
        ruleName: 'REDIRECT_NOT_ALLOWED',
      }),
    ])
  }
}

/** Whose logout a ticket is for. An app and the holder of an API key have nothing to log out of. */
function namedBy(caller: Caller): LogoutTicket['names'] {
  if (caller.kind === 'member') return { session: caller.session.id }
  if (caller.kind === 'visitor') return { visitor: caller.visitorId }
  if (caller.kind === 'api_key' && caller.beside !== null) return namedBy(caller.beside)
  throw new ApplicationRefusal('PERMISSION_DENIED', 'Only a visitor or a member can log out')
}

async function assertOwnClient(service: Service, caller: Caller, clientId: string) {
  if (caller.kind === 'anonymous') throw unauthenticated('of a visitor or member is needed')
  const client = await findActiveClient(service, clientId)
  if (client === undefined) throw new ApplicationRefusal('OAUTH_APP_NOT_FOUND', 'clientId names no client')
  const isTrusted = caller.kind === 'api_key' && caller.permissions.includes('WIX_HEADLESS.WIX_URL_CREATE')
  if (isTrusted && caller.beside === null) return client
  if (client.id !== clientOf(caller)) {
    throw new ApplicationRefusal('PERMISSION_DENIED', 'clientId is not the client that the token was issued to')
  }
  return client
}
