import { codeLifetimeMs } from '../domain/authorization-code.ts'
import type { Client } from '../domain/client.ts'
import type { MemberId } from '../domain/ids.ts'
import { hashSecret, isSecretOf, mintSecret } from '../domain/secrets.ts'
import { judgeSession, type SessionFacts } from '../domain/session.ts'
import { type NewCookie, newCookieOf } from './new-cookie.ts'
import type { Service } from './service.ts'

/** An authorization request whose client and redirect URI were found good. */
export interface AuthorizationRequest {
  readonly client: Client
  /** `null` where the answer is posted to a page and goes to no address. */
  readonly redirectUri: string | null
  readonly challenge: string
  readonly scope: string
  readonly nonce: string | null
  readonly sessionToken: string | null
  readonly requestId: string
}

/** The browser that asks, as far as its session here is concerned. */
export interface Browser {
  /** The session secret in its cookie, when there was exactly one. */
  readonly cookieSecret: string | undefined
  /** What its device is called. */
  readonly device: string | null
  /** Whether a new cookie may be set: not when another site may have sent the browser here to log it in. */
  readonly mayReceiveCookie: boolean
}

export type Authorized =
  | {
      readonly outcome: 'code'
      readonly code: string
      readonly newCookie: NewCookie | null
    }
  | { readonly outcome: 'nobody'; readonly because: NobodyBecause }

/** Why nobody is signed in: no cookie of a living session, or what became of the ticket that came. */
export type NobodyBecause =
  | 'not_signed_in'
  | 'ticket_unknown'
  | 'ticket_spent'
  | 'ticket_expired'
  | 'session_over'
  | 'somebody_else'

/**
 * Issues a code for the member whom a session ticket names, without any page: the ticket proves a finished login.
 *
 * The browser gets a cookie for the session only where that logs nobody in against their will: never in place of another
 * member's live session, and not when a site that is not the client's sent the browser here. Where the same member is
 * signed in already, the old session ends as replaced, in the same commit.
 *
 * @returns `nobody` when the ticket is unknown, used, expired, or its session has ended.
 */
export async function authorizeByTicket(
  service: Service,
  request: AuthorizationRequest & { readonly sessionToken: string },
  browser: Browser,
): Promise<Authorized> {
  if (!isSecretOf('ticket', request.sessionToken)) return { outcome: 'nobody', because: 'ticket_unknown' }
  const hash = hashSecret(request.sessionToken)
  const ticket = await service.storage.findTicket('session', hash)
  if (ticket?.session == null) return { outcome: 'nobody', because: 'ticket_unknown' }
  const { session } = ticket.session
  const present = await liveSessionOf(service, browser.cookieSecret)
  const setsCookie =
    browser.mayReceiveCookie && (present === undefined || present.session.memberId === session.memberId)
  const secret = mintSecret('session', service.randomness)
  const cookie = setsCookie
    ? {
        secretHash: hashSecret(secret),
        replaces: present === undefined || browser.cookieSecret === undefined ? null : hashSecret(browser.cookieSecret),
        device: browser.device,
      }
    : null
  const issued = await issue(service, request, { by: 'ticket', hash }, cookie)
  if (issued.outcome === 'nobody') return issued
  const { code } = issued
  return { outcome: 'code', code, newCookie: setsCookie ? newCookieOf(session, secret, service.clock.now()) : null }
}

/**
 * Issues a code for the member who is signed in in this browser.
 *
 * @returns `nobody` when none is, and when the request came with a ticket of another member, used or too old by now: the
 *   site means that member, and must not be given somebody else.
 */
export async function authorizeByCookie(
  service: Service,
  request: AuthorizationRequest,
  cookieSecret: string | undefined,
): Promise<Authorized> {
  if (cookieSecret === undefined) return { outcome: 'nobody', because: 'not_signed_in' }
  const meant = await memberOfTicket(service, request.sessionToken)
  if (meant !== undefined) {
    const present = await liveSessionOf(service, cookieSecret)
    if (present?.session.memberId !== meant) return { outcome: 'nobody', because: 'somebody_else' }
  }
  const issued = await issue(service, request, { by: 'secret', hash: hashSecret(cookieSecret) }, null)
  if (issued.outcome === 'nobody') return { outcome: 'nobody', because: 'not_signed_in' }
  return { ...issued, newCookie: null }
}

async function issue(
  service: Service,
  request: AuthorizationRequest,
  authority: Parameters<Service['storage']['issueCode']>[0]['authority'],
  cookie: Parameters<Service['storage']['issueCode']>[0]['cookie'],
): Promise<{ readonly outcome: 'code'; readonly code: string } | Extract<Authorized, { outcome: 'nobody' }>> {
  const code = mintSecret('code', service.randomness)
  const at = service.clock.now()
  const { outcome } = await service.storage.issueCode({
    authority,
    cookie,
    code: {
      hash: hashSecret(code),
      clientId: request.client.id,
      clientGeneration: request.client.generation,
      redirectUri: request.redirectUri,
      challenge: request.challenge,
      scope: request.scope,
      nonce: request.nonce,
      expiresAt: at + codeLifetimeMs,
    },
    at,
    requestId: request.requestId,
  })
  return outcome === 'issued' ? { outcome: 'code', code } : { outcome: 'nobody', because: outcome }
}

async function memberOfTicket(service: Service, sessionToken: string | null): Promise<MemberId | undefined> {
  if (sessionToken === null || !isSecretOf('ticket', sessionToken)) return undefined
  const ticket = await service.storage.findTicket('session', hashSecret(sessionToken))
  return ticket?.session?.session.memberId
}

async function liveSessionOf(service: Service, secret: string | undefined): Promise<SessionFacts | undefined> {
  if (secret === undefined) return undefined
  const facts = await service.storage.check({ by: 'secret', hash: hashSecret(secret) })
  return facts !== undefined && judgeSession(facts).state === 'live' ? facts : undefined
}
