/**
 * Logout: who is leaving, whether they may be taken at their word, and the end of their sessions.
 *
 * The order matters. Everything that can be refused is refused before anything ends; what ends is durable before anybody
 * is told; and what could not be ended is never told as done. How a browser or a program is answered is the business of
 * `http/logout`.
 */
import type { Client } from '../domain/client.ts'
import { type ClientId, isGuid } from '../domain/ids.ts'
import { isAllowedRedirectTarget } from '../domain/redirects.ts'
import { hashSecret, isSecretOf } from '../domain/secrets.ts'
import { judgeSession, type SessionFacts } from '../domain/session.ts'
import { parseWebUrl } from '../domain/web-url.ts'
import { type EndAnswer, type Ending, StorageUnavailable, type TicketFacts } from '../ports/storage.ts'
import { visitorTokenLifetimeMs } from '../ports/visitor-tokens.ts'
import { parseAuthorization } from '../protocol/authorization-header.ts'
import { ApplicationRefusal, ValidationRefusal, violation } from '../protocol/identity-errors.ts'
import { failedEnd } from './failed-end.ts'
import { findActiveClient } from './find-client.ts'
import type { Service } from './service.ts'
import { readSignOutConfirmation } from './sign-out-confirmation.ts'

export interface Logout {
  readonly clientId: string | null
  readonly postLogoutRedirectUri: string | null
  readonly authorization: string | undefined
  /** The session secret in the cookie, when there was exactly one. */
  readonly cookieSecret: string | undefined
  readonly logoutTicket: string | null
  /** What the form of the confirmation page sends back. */
  readonly confirmation: string | null
  /**
   * How far the cookie may be believed: `act` on a request that the person evidently made here, `ask` before acting on one
   * that another site may have caused, `refuse` it for a program's call that another site may have caused.
   */
  readonly cookieTrust: 'act' | 'ask' | 'refuse'
  readonly requestId: string
}

export type LoggedOut =
  | {
      readonly outcome: 'done'
      /** What a person is told: `nobody` where no credential named a session. */
      readonly found: 'ended' | 'already_ended' | 'nobody'
      readonly redirectTo: string | null
      /** The rule that the requested redirect broke, where the person chose to leave without it. */
      readonly redirectRefused: string | null
      /** False where the cookie names a session that this request must not touch. */
      readonly forgetCookie: boolean
    }
  /** Nothing of the cookie's session has ended: the person is asked first. */
  | { readonly outcome: 'ask'; readonly session: SessionFacts; readonly redirectTo: string | null }

/**
 * Ends the sessions that a request names: by access token (also one that has expired), by logout ticket, by cookie.
 *
 * A credential that is unknown, expired or of something that has ended is no error: the caller wants to be logged out,
 * and is. A `sessionToken` and an API key name nothing here.
 *
 * @throws {ValidationRefusal} When `clientId` is no GUID, or the redirect is no web address or not one of the client's.
 *   Nothing has ended then.
 * @throws {ApplicationRefusal} `OAUTH_APP_NOT_FOUND` when a redirect is asked for and no such client exists;
 *   `PERMISSION_DENIED` when only a cookie spoke that may not be believed, or the confirmation is not good. Nothing has
 *   ended then.
 * @throws {StorageUnavailable} When the end is not durable. What could be ended is ended; the request may be repeated.
 */
export async function logOut(service: Service, request: Logout): Promise<LoggedOut> {
  const confirmed = isConfirmed(service, request)
  const token = memberTokenOf(service, request.authorization)
  const ticket = await findTicket(service, request)
  const redirect = await judgeRedirect(service, request, async () => {
    return token?.clientId ?? ticket?.facts.clientId ?? (await clientOfCookie(service, request)) ?? null
  })
  if (redirect.problem !== null && !confirmed) throw redirect.problem
  const redirectTo = redirect.problem === null ? redirect.to : null

  const endings: Ending[] = []
  if (token !== undefined) endings.push({ by: 'sid', sid: token.sid })
  if (ticket !== undefined) endings.push(...ticket.endings)

  const cookie = await weighCookie(service, request, { confirmed, ticket: ticket?.facts })
  if (cookie.verdict === 'refuse' && endings.length === 0) {
    throw new ApplicationRefusal(
      'PERMISSION_DENIED',
      'A cookie alone is not believed here, as another site may have caused the call: send an access token, or a request of this origin',
    )
  }
  if (cookie.verdict === 'act') endings.push({ by: 'secret', hash: hashSecret(cookie.secret) })

  const found = await end(service, endings, request.requestId)
  if (cookie.verdict === 'ask') return { outcome: 'ask', session: cookie.facts, redirectTo }
  return {
    outcome: 'done',
    found,
    redirectTo,
    redirectRefused: redirect.problem === null ? null : redirect.problem.message,
    forgetCookie: cookie.verdict !== 'refuse',
  }
}

/** A confirmation proves that the person behind the cookie pressed the button. One that is not good is a forged form. */
function isConfirmed(service: Service, { confirmation, cookieSecret }: Logout): boolean {
  if (confirmation === null) return false
  if (cookieSecret !== undefined && readSignOutConfirmation(service, confirmation, cookieSecret)) return true
  throw new ApplicationRefusal('PERMISSION_DENIED', 'This confirmation has expired, or belongs to another session')
}

/** The grant that the access token names, however old the token is. */
function memberTokenOf(service: Service, authorization: string | undefined) {
  const { accessToken } = parseAuthorization(authorization)
  if (accessToken === undefined) return undefined
  const reading = service.accessTokens.read(accessToken)
  if (reading.state !== 'genuine' || reading.claims.subject_type !== 'member') return undefined
  return { sid: reading.claims.sid, clientId: reading.claims.client_id }
}

/** A logout ticket that can still be used, and what it ends. */
async function findTicket(
  service: Service,
  { logoutTicket }: Logout,
): Promise<{ readonly facts: TicketFacts; readonly endings: readonly Ending[] } | undefined> {
  if (logoutTicket === null || !isSecretOf('logout', logoutTicket)) return undefined
  const hash = hashSecret(logoutTicket)
  const facts = await service.storage.findTicket('logout', hash)
  const now = service.clock.now()
  if (facts === undefined || facts.spent || now >= facts.expiresAt) return undefined
  const endings: Ending[] = [{ by: 'logout_ticket', hash }]
  if (facts.visitorId !== null) {
    // The tombstone outlives every refresh token that the visitor can hold.
    endings.push({
      by: 'visitor',
      siteId: service.siteId,
      visitorId: facts.visitorId,
      until: now + visitorTokenLifetimeMs,
    })
  }
  return { facts, endings }
}

/**
 * What to do about the cookie. It is asked about only while its session is alive: of a dead one nothing can be taken.
 *
 * A ticket vouches for the cookie where both belong to one member. A ticket that somebody else made must not log anybody
 * out, so the person is asked.
 */
async function weighCookie(
  service: Service,
  { cookieSecret, cookieTrust }: Logout,
  { confirmed, ticket }: { readonly confirmed: boolean; readonly ticket: TicketFacts | undefined },
): Promise<
  | { readonly verdict: 'none' | 'refuse' }
  | { readonly verdict: 'act'; readonly secret: string }
  | { readonly verdict: 'ask'; readonly facts: SessionFacts }
> {
  if (cookieSecret === undefined) return { verdict: 'none' }
  const act = { verdict: 'act', secret: cookieSecret } as const
  if (confirmed) return act
  if (cookieTrust === 'refuse') return { verdict: 'refuse' }
  if (cookieTrust === 'act' && ticket === undefined) return act

  const facts = await service.storage.check({ by: 'secret', hash: hashSecret(cookieSecret) })
  if (facts === undefined || judgeSession(facts).state !== 'live') return act
  if (ticket !== undefined) {
    const vouched = ticket.session?.session.memberId === facts.session.memberId
    return vouched ? act : { verdict: 'ask', facts }
  }
  return { verdict: 'ask', facts }
}

/** Whether the requested redirect may be followed. The client is the one named, else the one that the session is of. */
async function judgeRedirect(
  service: Service,
  { clientId, postLogoutRedirectUri: uri }: Logout,
  clientOfSession: () => Promise<ClientId | null>,
): Promise<{ readonly to: string | null; readonly problem: ApplicationRefusal | ValidationRefusal | null }> {
  if (clientId !== null && !isGuid(clientId)) {
    const problem = violation('clientId', 'FORMAT', 'must be a GUID', { data: { type: 'GUID' } })
    return { to: null, problem: new ValidationRefusal([problem]) }
  }
  if (uri === null) return { to: null, problem: null }
  if (parseWebUrl(uri) === undefined) {
    const problem = violation('postLogoutRedirectUri', 'FORMAT', 'must be an absolute http or https URL', {
      data: { type: 'WEB_URL' },
    })
    return { to: null, problem: new ValidationRefusal([problem]) }
  }
  const id = clientId ?? (await clientOfSession())
  const client: Client | undefined = id === null ? undefined : await findActiveClient(service, id)
  if (client === undefined && clientId !== null) {
    return { to: null, problem: new ApplicationRefusal('OAUTH_APP_NOT_FOUND', 'clientId names no client') }
  }
  if (client === undefined || !isAllowedRedirectTarget(uri, client)) {
    const because =
      client === undefined
        ? 'cannot be followed as nothing names the client that it belongs to'
        : 'is not among the redirect addresses and domains of the client'
    const problem = violation('postLogoutRedirectUri', 'OTHER', because, { ruleName: 'REDIRECT_NOT_ALLOWED' })
    return { to: null, problem: new ValidationRefusal([problem]) }
  }
  return { to: uri, problem: null }
}

async function clientOfCookie(service: Service, { cookieSecret }: Logout): Promise<ClientId | undefined> {
  if (cookieSecret === undefined) return undefined
  const facts = await service.storage.check({ by: 'secret', hash: hashSecret(cookieSecret) })
  return facts?.session.clientId ?? undefined
}

async function end(
  service: Service,
  endings: readonly Ending[],
  requestId: string,
): Promise<'ended' | 'already_ended' | 'nobody'> {
  if (endings.length === 0) return 'nobody'
  const at = service.clock.now()
  const answers: readonly EndAnswer[] = await service.storage.endSessions(
    endings.map((what) => ({ what, cause: 'logout', actor: null, at, requestId })),
  )
  const failure = failedEnd(answers)
  const someEnded = answers.some(({ outcome }) => outcome === 'ended')
  if (failure !== undefined) {
    if (!someEnded) throw failure
    // Of several credentials, one was ended: to say that nothing happened would be as wrong as to say that all did.
    throw new StorageUnavailable('Not every session that was named could be ended', {
      outcome: 'unknown',
      cause: failure,
    })
  }
  if (someEnded) return 'ended'
  return answers.some(({ outcome }) => outcome === 'already_ended') ? 'already_ended' : 'nobody'
}
