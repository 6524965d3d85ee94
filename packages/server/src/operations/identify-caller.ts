import type { ClientId, Sid, VisitorId } from '../domain/ids.ts'
import type { Permission } from '../domain/permission.ts'
import { judgeSession, type Session, type SessionFacts, shouldTouch } from '../domain/session.ts'
import type { AccessTokenClaims } from '../ports/access-tokens.ts'
import { parseAuthorization } from '../protocol/authorization-header.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { isAppLive } from './client-liveness.ts'
import { identifyApiKey } from './identify-api-key.ts'
import type { Service } from './service.ts'
import { isVisitorLive, visitorOf } from './visitor-liveness.ts'

/** Who makes a call, by a credential that was found good just now. */
export type Caller =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'visitor'; readonly visitorId: VisitorId; readonly clientId: ClientId }
  | { readonly kind: 'member'; readonly session: Session; readonly clientId: ClientId; readonly sid: Sid }
  /** An OAuth app that acts for the site, by a token that it was given for its secret. */
  | { readonly kind: 'app'; readonly clientId: ClientId }
  /** The holder of an API key; `beside` is whose access token came with it, and lends it nothing but the client. */
  | {
      readonly kind: 'api_key'
      readonly keyId: string
      readonly permissions: readonly Permission[]
      readonly beside: Extract<Caller, { readonly kind: 'visitor' | 'member' }> | null
    }

/** The client through which a call comes, where it is one's own. */
export function clientOf(caller: Caller): ClientId | null {
  if (caller.kind === 'api_key') return caller.beside?.clientId ?? null
  return caller.kind === 'anonymous' ? null : caller.clientId
}

/**
 * Finds out who makes a call from its `Authorization` header. A member's use of the session is noted.
 *
 * Does not look at cookies, and does not decide what the caller may do. With an API key and an access token both have to be good.
 *
 * @throws {ApplicationRefusal} `UNAUTHENTICATED`, when a credential was presented and is unknown, expired or of something
 *   that has ended. Nothing presented is the anonymous caller, not an error.
 * @throws {StorageUnavailable} When the database does not answer: never a guess.
 */
export async function identifyCaller(service: Service, authorization: string | undefined): Promise<Caller> {
  const { accessToken, apiKey, unrecognized } = parseAuthorization(authorization)
  if (unrecognized) throw unauthenticated('is not known')
  const caller: Caller = accessToken === undefined ? { kind: 'anonymous' } : await identifyByToken(service, accessToken)
  return apiKey === undefined ? caller : withApiKey(service, apiKey, caller)
}

async function withApiKey(service: Service, apiKey: string, beside: Caller): Promise<Caller> {
  const key = await identifyApiKey(service, apiKey)
  if (key === undefined) throw unauthenticated('is not known')
  const { id: keyId, permissions } = key
  if (beside.kind === 'anonymous') return { kind: 'api_key', keyId, permissions, beside: null }
  if (beside.kind === 'visitor' || beside.kind === 'member') return { kind: 'api_key', keyId, permissions, beside }
  throw unauthenticated('of an app cannot come together with an API key')
}

async function identifyByToken(service: Service, accessToken: string): Promise<Caller> {
  const reading = service.accessTokens.read(accessToken)
  if (reading.state !== 'genuine') throw unauthenticated('is not known')
  if (reading.expired) throw unauthenticated('has expired')
  return callerOf(service, reading.claims)
}

async function callerOf(service: Service, claims: AccessTokenClaims): Promise<Caller> {
  if (claims.subject_type === 'visitor') {
    if (!(await isVisitorLive(service, visitorOf(claims)))) {
      throw unauthenticated('belongs to a visitor who was signed out')
    }
    return { kind: 'visitor', visitorId: claims.sub, clientId: claims.client_id }
  }
  if (claims.subject_type === 'app') {
    if (!(await isAppLive(service, claims))) throw unauthenticated('belongs to an app that may not act any more')
    return { kind: 'app', clientId: claims.client_id }
  }
  const facts = liveFacts(service, await service.storage.check({ by: 'sid', sid: claims.sid }))
  noteUse(service, facts.session, facts.readAt)
  return { kind: 'member', session: facts.session, clientId: claims.client_id, sid: claims.sid }
}

/**
 * What was found under a member's credential, if it is alive. Counts what it turned out to be.
 *
 * @throws {ApplicationRefusal} `UNAUTHENTICATED` when nothing was found, or it is over.
 */
export function liveFacts({ measurements }: Service, facts: SessionFacts | undefined): SessionFacts {
  if (facts === undefined) {
    measurements.checkedSession('unknown')
    throw unauthenticated('is not known')
  }
  const standing = judgeSession(facts)
  measurements.checkedSession(standing.state === 'live' ? 'live' : standing.because)
  if (standing.state === 'live') return facts
  throw unauthenticated('belongs to a session that has ended', standing.because)
}

/**
 * Notes that a session was used. The caller does not wait: an answer must not be late for a note that may be a minute
 * old, and a note that fails costs only a little of an idle limit.
 */
export function noteUse(service: Service, session: Session, at: number): void {
  if (!shouldTouch(session, at)) return
  service.storage
    .touchSession(session.id, at)
    .catch((error: unknown) => service.reportFailure('The last use of a session was not noted', error))
}

/** @param because - Why its session is over, where that is known. The one who holds the credential may know it. */
export function unauthenticated(what: string, because?: string): ApplicationRefusal {
  const data = because === undefined ? {} : { because }
  return new ApplicationRefusal('UNAUTHENTICATED', `The credential ${what}`, data)
}
