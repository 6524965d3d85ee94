/**
 * Logout: who is leaving, whether they may be taken at their word, and the end of their sessions.
 *
 * The order matters. Everything that can be refused is refused before anything ends; what ends is durable before anybody
 * is told; and what could not be ended is never told as done. How a browser or a program is answered is the business of
 * `http/logout`.
 */
import type { ClientId, MemberId, SecretHash } from '../domain/ids.ts'
import { hashSecret, isSecretOf } from '../domain/secrets.ts'
import { judgeSession, type SessionFacts } from '../domain/session.ts'
import type { AccessTokenClaims } from '../ports/access-tokens.ts'
import { type EndAnswer, type Ending, StorageUnavailable, type TicketFacts } from '../ports/storage.ts'
import { visitorTokenLifetimeMs } from '../ports/visitor-tokens.ts'
import { parseAuthorization } from '../protocol/authorization-header.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { judgeLogoutRedirect } from './judge-logout-redirect.ts'
import type { Service } from './service.ts'
import { readSignOutConfirmation } from './sign-out-confirmation.ts'

export interface Logout {
  readonly clientId: string | null
  readonly postLogoutRedirectUri: string | null
  readonly authorization: string | undefined
  /** The session secrets in the cookies: normally one or none. Where there are more, whoever leaves leaves them all. */
  readonly cookieSecrets: readonly string[]
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
      readonly found: Found
      readonly redirectTo: string | null
      /** The rule that the requested redirect broke, where the person chose to leave without it. */
      readonly redirectRefused: string | null
      /** What is wrong with the link that brought the person here, where they followed one. */
      readonly linkProblem: LinkProblem | null
      /** False where the cookie names a session that this request must not touch. */
      readonly forgetCookie: boolean
    }
  | AskFirst

/** Nothing of the cookie's session has ended: the person is asked first. */
export interface AskFirst {
  readonly outcome: 'ask'
  readonly session: SessionFacts
  readonly redirectTo: string | null
  /** The client by which the redirect was judged, to be named again with the answer. */
  readonly clientId: string | null
  /** `confirmation`: a confirmation came and was not good, so nothing at all has ended. */
  readonly because: 'origin' | 'confirmation'
  /** What came of the other credentials, which end their own sessions without a question. */
  readonly found: Found
}

type Found = 'ended' | 'already_ended' | 'nobody'

/** Why a logout ticket names nothing any more. One that is `spent` ended what it named when it was used. */
export type LinkProblem = 'unknown' | 'spent' | 'expired'

/**
 * Ends the sessions that a request names: by access token (also one that has expired), by logout ticket, by cookie.
 *
 * A credential that is unknown, expired or of something that has ended is no error: the caller wants to be logged out,
 * and is. A `sessionToken` and an API key name nothing here.
 *
 * @throws {ValidationRefusal} When `clientId` is no GUID, or the redirect is no web address or not one of the client's.
 *   Nothing has ended then.
 * @throws {ApplicationRefusal} `OAUTH_APP_NOT_FOUND` when a redirect is asked for and no such client exists;
 *   `PERMISSION_DENIED` when only a cookie spoke that may not be believed. Nothing has ended then.
 * @throws {StorageUnavailable} When the end is not durable. What could be ended is ended; the request may be repeated.
 */
export async function logOut(service: Service, request: Logout): Promise<LoggedOut> {
  const confirmation = judgeConfirmation(service, request)
  const token = accessTokenOf(service, request.authorization)
  const { ticket, problem: linkProblem } = await findTicket(service, request)
  const redirect = await judgeLogoutRedirect(service, request, async () => {
    return token?.client_id ?? ticket?.facts.clientId ?? (await clientOfCookie(service, request)) ?? null
  })
  if (redirect.problem !== null && confirmation !== 'good') throw redirect.problem
  const redirectTo = redirect.problem === null ? redirect.to : null

  const named: Ending[] = []
  if (token?.subject_type === 'member') named.push({ by: 'sid', sid: token.sid })
  if (ticket !== undefined) named.push({ by: 'logout_ticket', hash: ticket.hash })

  const cookie = await weighCookies(service, request, {
    confirmation,
    vouched: [token?.subject_type === 'member' ? token.sub : undefined, ticket?.facts.session?.session.memberId],
    doubted: ticket !== undefined,
  })
  if (cookie.verdict === 'refuse' && named.length === 0) {
    throw new ApplicationRefusal(
      'PERMISSION_DENIED',
      'A cookie alone is not believed here, as another site may have caused the call: send an access token, or Content-Type: application/json or X-Requested-With, which no other site can send here',
    )
  }
  const asking =
    cookie.verdict === 'ask'
      ? ({ outcome: 'ask', session: cookie.facts, redirectTo, clientId: redirect.clientId } as const)
      : undefined
  if (asking !== undefined && confirmation === 'bad') return { ...asking, because: 'confirmation', found: 'nobody' }
  if (cookie.verdict === 'act') {
    named.push(...request.cookieSecrets.map((secret) => ({ by: 'secret', hash: hashSecret(secret) }) as const))
  }

  // The ticket is spent only once its visitor is closed for certain: a retry finds both, or nothing left to do.
  const found = await end(service, [ticket?.visitor ?? [], named], request.requestId)
  if (asking !== undefined) return { ...asking, because: 'origin', found }
  return {
    outcome: 'done',
    found,
    redirectTo,
    redirectRefused: redirect.problem === null ? null : redirect.problem.message,
    linkProblem,
    forgetCookie: cookie.verdict !== 'refuse',
  }
}

/**
 * A good confirmation proves that the person behind the cookie pressed the button. One that is not good is old, or a
 * forged form. Without a cookie there is nothing to confirm, as when the button is pressed twice.
 */
function judgeConfirmation(service: Service, { confirmation, cookieSecrets }: Logout): 'none' | 'good' | 'bad' {
  if (confirmation === null || cookieSecrets.length === 0) return 'none'
  return readSignOutConfirmation(service, confirmation, cookieSecrets) ? 'good' : 'bad'
}

/** What the access token says, however old it is. */
function accessTokenOf(service: Service, authorization: string | undefined): AccessTokenClaims | undefined {
  const { accessToken } = parseAuthorization(authorization)
  if (accessToken === undefined) return undefined
  const reading = service.accessTokens.read(accessToken)
  return reading.state === 'genuine' ? reading.claims : undefined
}

/** A logout ticket that can still be used, and the end of the visitor that it names, if it names one. */
async function findTicket(service: Service, { logoutTicket }: Logout): Promise<FoundTicket> {
  if (logoutTicket === null) return { ticket: undefined, problem: null }
  if (!isSecretOf('logout', logoutTicket)) return { ticket: undefined, problem: 'unknown' }
  const hash = hashSecret(logoutTicket)
  const facts: TicketFacts | undefined = await service.storage.findTicket('logout', hash)
  const now = service.clock.now()
  if (facts === undefined) return { ticket: undefined, problem: 'unknown' }
  if (facts.spent) return { ticket: undefined, problem: 'spent' }
  if (now >= facts.expiresAt) return { ticket: undefined, problem: 'expired' }
  // The tombstone outlives every refresh token that the visitor can hold.
  const until = now + visitorTokenLifetimeMs
  const visitor: readonly Ending[] =
    facts.visitorId === null ? [] : [{ by: 'visitor', siteId: service.siteId, visitorId: facts.visitorId, until }]
  return { ticket: { hash, facts, visitor }, problem: null }
}

interface FoundTicket {
  readonly ticket:
    | { readonly hash: SecretHash; readonly facts: TicketFacts; readonly visitor: readonly Ending[] }
    | undefined
  readonly problem: LinkProblem | null
}

/**
 * What to do about the cookies. They are asked about only while a session of theirs is alive: of a dead one nothing can be
 * taken.
 *
 * A ticket or an access token vouches for the cookie of the same member. A ticket that somebody else made must not log
 * anybody out, so the person is asked.
 *
 * @param vouched - Members whom other credentials of the request name.
 * @param doubted - Whether a ticket came, which makes even a request of this origin one that somebody else may have made.
 */
async function weighCookies(
  service: Service,
  { cookieSecrets, cookieTrust }: Logout,
  {
    confirmation,
    vouched,
    doubted,
  }: {
    readonly confirmation: 'none' | 'good' | 'bad'
    readonly vouched: readonly (MemberId | undefined)[]
    readonly doubted: boolean
  },
): Promise<
  { readonly verdict: 'none' | 'act' | 'refuse' } | { readonly verdict: 'ask'; readonly facts: SessionFacts }
> {
  if (cookieSecrets.length === 0) return { verdict: 'none' }
  if (confirmation === 'good') return { verdict: 'act' }
  if (cookieTrust === 'refuse') return { verdict: 'refuse' }
  if (cookieTrust === 'act' && !doubted && confirmation === 'none') return { verdict: 'act' }
  for (const secret of cookieSecrets) {
    const facts = await service.storage.check({ by: 'secret_or_former', hash: hashSecret(secret) })
    if (facts === undefined || judgeSession(facts).state !== 'live') continue
    if (confirmation === 'bad' || !vouched.includes(facts.session.memberId)) return { verdict: 'ask', facts }
  }
  return { verdict: 'act' }
}

async function clientOfCookie(service: Service, { cookieSecrets }: Logout): Promise<ClientId | undefined> {
  for (const secret of cookieSecrets) {
    const facts = await service.storage.check({ by: 'secret_or_former', hash: hashSecret(secret) })
    if (facts?.session.clientId != null) return facts.session.clientId
  }
  return undefined
}

/**
 * Ends what was named, one commit for each group that holds anything.
 *
 * Of several ends some may succeed and some fail: to say that nothing happened would then be as wrong as to say that all
 * did, so the outcome is unknown. The same where one of several failures leaves its own outcome open.
 */
async function end(service: Service, groups: readonly (readonly Ending[])[], requestId: string): Promise<Found> {
  const at = service.clock.now()
  const answers: EndAnswer[] = []
  for (const group of groups) {
    if (group.length === 0) continue
    try {
      answers.push(
        ...(await service.storage.endSessions(
          group.map((what) => ({ what, cause: 'logout', actor: null, at, requestId }) as const),
        )),
      )
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error
      answers.push({ outcome: 'failed', error })
    }
    const failures = answers.flatMap((answer) => (answer.outcome === 'failed' ? [answer.error] : []))
    const [first] = failures
    if (first === undefined) continue
    const nothingHappened =
      failures.every(({ outcome }) => outcome === 'nothing_happened') &&
      !answers.some(({ outcome }) => outcome === 'ended')
    if (nothingHappened) throw first
    throw new StorageUnavailable('Not every session that was named is known to have ended', {
      outcome: 'unknown',
      cause: first,
    })
  }
  if (answers.some(({ outcome }) => outcome === 'ended')) return 'ended'
  return answers.some(({ outcome }) => outcome === 'already_ended') ? 'already_ended' : 'nobody'
}
