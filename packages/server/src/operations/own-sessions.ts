import { hashSecret } from '../domain/secrets.ts'
import { judgeSession, type Session } from '../domain/session.ts'
import type { AccessTokenReading } from '../ports/access-tokens.ts'
import type { SessionCredential } from '../ports/storage.ts'
import { parseAuthorization } from '../protocol/authorization-header.ts'
import { failedEnd } from './failed-end.ts'
import { identifyCaller, liveFacts, noteUse, unauthenticated } from './identify-caller.ts'
import type { Service } from './service.ts'

/** How a member names the session they are in: by token, or by cookie. A token counts before a cookie. */
export interface OwnCredential {
  readonly authorization: string | undefined
  readonly cookieSecret: string | undefined
}

/**
 * The session that the caller is in: the check that tells whether somebody is signed in. Counts as use.
 *
 * @throws {ApplicationRefusal} `UNAUTHENTICATED` when there is none, with why it is over where the credential was good once.
 * @throws {StorageUnavailable} When the database does not answer: never "signed out".
 */
export async function currentSession(service: Service, credential: OwnCredential): Promise<Session> {
  const caller = await identifyCaller(service, credential.authorization)
  if (caller.kind === 'member') return caller.session
  // Nobody is signed in as an API key or an app, and what came is not passed over in favour of a cookie.
  if (caller.kind === 'api_key' || caller.kind === 'app') throw unauthenticated('of a member is needed')
  if (credential.cookieSecret === undefined) throw unauthenticated('of a member is needed')
  const { cookieSecret } = credential
  const facts = liveFacts(service, await service.storage.check({ by: 'secret', hash: hashSecret(cookieSecret) }))
  noteUse(service, facts.session, facts.readAt)
  return facts.session
}

/**
 * The session that the caller is in, for leaving it: a member who may not act at present (blocked, not yet approved) may
 * still leave. Does not count as use.
 *
 * @returns `leftEverywhere` when the member has left everywhere from it, or from another: who asks again, because the answer
 *   was lost, must learn that it is done. Such a session is over and may end nothing that was started since.
 * @throws {ApplicationRefusal} `UNAUTHENTICATED` when there is none.
 * @throws {StorageUnavailable} When the database does not answer.
 */
export async function sessionToLeave(
  service: Service,
  credential: OwnCredential,
): Promise<{ readonly session: Session; readonly leftEverywhere: boolean }> {
  const { accessToken, apiKey, unrecognized } = parseAuthorization(credential.authorization)
  if (unrecognized || apiKey !== undefined) throw unauthenticated('is not known')
  const reading = accessToken === undefined ? undefined : service.accessTokens.read(accessToken)
  const named = namedBy(reading, credential.cookieSecret)
  const facts = named === undefined ? undefined : await service.storage.check(named)
  if (facts === undefined) throw unauthenticated('of a member is needed')
  const { session } = facts
  const standing = judgeSession({ ...facts, memberStatus: 'ACTIVE' })
  if (standing.state === 'live') return { session, leftEverywhere: false }
  if (standing.because === 'logout_everywhere') return { session, leftEverywhere: true }
  throw unauthenticated('belongs to a session that has ended', standing.because)
}

/** A token that came but is not good is not passed over in favour of the cookie. A visitor's names no session. */
function namedBy(
  token: AccessTokenReading | undefined,
  cookieSecret: string | undefined,
): SessionCredential | undefined {
  if (token !== undefined) {
    if (token.state !== 'genuine' || token.expired) return undefined
    if (token.claims.subject_type === 'member') return { by: 'sid', sid: token.claims.sid }
  }
  return cookieSecret === undefined ? undefined : { by: 'secret', hash: hashSecret(cookieSecret) }
}

/**
 * Whether a cookie is of no further use once a member's sessions have ended: not where it is of somebody else, who is
 * signed in and stays it. To be asked before they end, since no failing read may follow a success.
 *
 * @throws {StorageUnavailable} When the database does not answer.
 */
export async function isCookieOf(service: Service, cookieSecret: string, { memberId }: Session): Promise<boolean> {
  const facts = await service.storage.check({ by: 'secret', hash: hashSecret(cookieSecret) })
  return facts === undefined || facts.session.memberId === memberId || judgeSession(facts).state !== 'live'
}

/**
 * Ends every session of the member who calls, or every one but the current.
 *
 * @throws {StorageUnavailable} When the end is not durable.
 */
export async function endOwnSessions(
  service: Service,
  current: Session,
  { keepCurrent, requestId }: { readonly keepCurrent: boolean; readonly requestId: string },
): Promise<void> {
  const { memberId, id } = current
  const answers = await service.storage.endSessions([
    {
      what: keepCurrent ? { by: 'member_except', memberId, keep: id } : { by: 'member', memberId },
      cause: keepCurrent ? 'logout_others' : 'logout_everywhere',
      actor: { kind: 'member', id: memberId },
      at: service.clock.now(),
      requestId,
    },
  ])
  const failure = failedEnd(answers)
  if (failure !== undefined) throw failure
}
