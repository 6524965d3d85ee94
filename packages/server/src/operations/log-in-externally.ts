import type { ApiKey } from '../domain/api-key.ts'
import { codeLifetimeMs } from '../domain/authorization-code.ts'
import { type Client, isClientActive } from '../domain/client.ts'
import { isGuid, type MemberId } from '../domain/ids.ts'
import { challengeOf } from '../domain/pkce.ts'
import { hashSecret, isSecretOf, mintSecret } from '../domain/secrets.ts'
import { judgeSession } from '../domain/session.ts'
import type { CodeIssue, CodeIssued } from '../ports/storage.ts'
import { parseAuthorization } from '../protocol/authorization-header.ts'
import { OAuthRefusal } from '../protocol/oauth-errors.ts'
import { findActiveClient } from './find-client.ts'
import { findSite } from './find-site.ts'
import { identifyApiKey } from './identify-api-key.ts'
import type { TokenSet } from './issue-tokens.ts'
import { redeemCode } from './redeem-code.ts'
import type { Service } from './service.ts'
import { sessionWithTicket } from './start-session.ts'
import { isVisitorLive, visitorOf } from './visitor-liveness.ts'

export interface ExternalLogin {
  /** An API key, and the access token of the client through which the login comes, where there is one. */
  readonly authorization: string | undefined
  /** The client, where no access token names it. */
  readonly clientId: string | null
  readonly memberId: string
  /** The ticket that signing the member on gave; without one the session is the key's own. */
  readonly sessionToken: string | null
  readonly requestId: string
}

/** What is to be given, once it is known that the key may ask for it. */
interface Wanted {
  readonly client: Client
  readonly memberId: MemberId
  readonly requestId: string
}

/**
 * Gives the tokens of a member to a server of the site, which has logged the member in elsewhere. There is always a refresh
 * token.
 *
 * Without a ticket a member has one session for each client and API key, which is taken up again for as long as it lives: a
 * server that logs the same member in again and again evicts none of the member's own devices. Logging out ends it for all who
 * got tokens of it. Of two first logins at once each may get a session.
 *
 * What comes of it is the grant of a code that never leaves this process, so that everything that is asked when a code is issued
 * and exchanged is asked here too.
 *
 * @throws {OAuthRefusal} `invalid_client`, unproven, without an API key that is good, or with an access token beside it that is
 *   not; `unauthorized_client` for a key that may not do this; `invalid_client` for a client that is not there;
 *   `invalid_request` where nothing says which client is meant; `invalid_grant` for a member who is not there or not active, and
 *   for a ticket that is another member's, used, too old or of a session that has ended.
 */
export async function logInExternally(service: Service, login: ExternalLogin): Promise<TokenSet> {
  const { accessToken, apiKey, unrecognized } = parseAuthorization(login.authorization)
  const key = apiKey === undefined || unrecognized ? undefined : await identifyApiKey(service, apiKey)
  if (key === undefined) throw unproven('An API key is needed, as in "Authorization: <access token>,<API key>"')
  if (!key.permissions.includes('IAM.AUTHENTICAITON_SIGN_ON')) {
    throw new OAuthRefusal('unauthorized_client', 'The API key lacks the permission IAM.AUTHENTICAITON_SIGN_ON')
  }
  const client = await clientMeant(service, accessToken, login.clientId)
  if (!isGuid(login.memberId)) throw notGood('memberId is no GUID')
  const { sessionToken, requestId } = login
  const wanted = { client, memberId: login.memberId.toLowerCase() as MemberId, requestId }
  return sessionToken === null ? tokensOfKey(service, wanted, key) : tokensOfTicket(service, wanted, sessionToken)
}

async function tokensOfTicket(service: Service, wanted: Wanted, sessionToken: string): Promise<TokenSet> {
  const hash = isSecretOf('ticket', sessionToken) ? hashSecret(sessionToken) : undefined
  const ticket = hash === undefined ? undefined : await service.storage.findTicket('session', hash)
  // Before it is spent: whoever presents the ticket of somebody else must not use it up.
  if (hash === undefined || ticket?.session?.session.memberId !== wanted.memberId) {
    throw notGood('sessionToken is none of this member')
  }
  const tokens = await tokensBy(service, wanted, { by: 'ticket', hash })
  if (typeof tokens === 'string') throw notGood(`sessionToken is not good any more (${tokens})`)
  return tokens
}

async function tokensOfKey(service: Service, wanted: Wanted, key: ApiKey): Promise<TokenSet> {
  const { storage, clock } = service
  const { client, memberId, requestId } = wanted
  const id = await storage.findSessionOfKey({ memberId, clientId: client.id, apiKeyId: key.id })
  const again = id === undefined ? undefined : await tokensBy(service, wanted, { by: 'id', id })
  if (id !== undefined && again !== undefined && typeof again !== 'string') {
    await storage.touchSession(id, clock.now())
    return again
  }
  const [{ settings }, member] = await Promise.all([findSite(service), storage.findMember(memberId)])
  if (member === undefined) throw notGood('There is no such member')
  // Until the ticket is used nobody holds the session: should this be broken off here, it ends as unclaimed.
  const { session, ticket } = sessionWithTicket(service, { member, clientId: client.id, settings })
  const { outcome } = await storage.startSession({
    session: { ...session, apiKeyId: key.id },
    passwordHash: null,
    replaces: null,
    actor: { kind: 'api_key', id: key.id },
    at: session.createdAt,
    requestId,
  })
  if (outcome !== 'started') throw notGood('The member cannot log in')
  const tokens = await tokensBy(service, wanted, { by: 'ticket', hash: hashSecret(ticket) })
  if (typeof tokens === 'string') throw notGood('The session ended in the moment in which it began')
  return tokens
}

/** By a code, which is issued and exchanged here. */
async function tokensBy(
  service: Service,
  { client, requestId }: Wanted,
  authority: CodeIssue['authority'],
): Promise<TokenSet | Exclude<CodeIssued['outcome'], 'issued'>> {
  const code = mintSecret('code', service.randomness)
  const codeVerifier = Buffer.from(service.randomness.bytes(32)).toString('base64url')
  const at = service.clock.now()
  const { outcome } = await service.storage.issueCode({
    authority,
    cookie: null,
    code: {
      hash: hashSecret(code),
      clientId: client.id,
      clientGeneration: client.generation,
      redirectUri: null,
      challenge: challengeOf(codeVerifier),
      scope: 'offline_access',
      nonce: null,
      expiresAt: at + codeLifetimeMs,
    },
    at,
    requestId,
  })
  if (outcome !== 'issued') return outcome
  return redeemCode(service, { clientId: client.id, code, codeVerifier, redirectUri: null, requestId })
}

/** The client of the access token; else the one that is named; else the only one there is. */
async function clientMeant(
  service: Service,
  accessToken: string | undefined,
  clientId: string | null,
): Promise<Client> {
  const named = accessToken === undefined ? clientId : await clientOfToken(service, accessToken)
  if (named !== null) {
    const client = await findActiveClient(service, named)
    if (client === undefined) throw new OAuthRefusal('invalid_client', 'clientId names no client')
    return client
  }
  const [only, ...others] = (await service.storage.listClients()).filter(isClientActive)
  if (only === undefined || others.length > 0) {
    throw new OAuthRefusal('invalid_request', 'Which client is meant has to be said by an access token or by clientId')
  }
  return only
}

/**
 * An access token that has expired still says which client it was issued to, as long as whom it names has not left: the
 * official client presents the one it has, whatever its age.
 */
async function clientOfToken(service: Service, accessToken: string): Promise<string> {
  const reading = service.accessTokens.read(accessToken)
  if (reading.state !== 'genuine') throw unproven('The access token beside the API key is not known')
  const { claims } = reading
  if (claims.subject_type === 'visitor' && (await isVisitorLive(service, visitorOf(claims)))) return claims.client_id
  if (claims.subject_type === 'member') {
    const facts = await service.storage.check({ by: 'sid', sid: claims.sid })
    if (facts !== undefined && judgeSession(facts).state === 'live') return claims.client_id
  }
  throw unproven('The access token beside the API key belongs to somebody who has left')
}

function unproven(description: string): OAuthRefusal {
  return new OAuthRefusal('invalid_client', description, { isUnproven: true })
}

function notGood(because: string): OAuthRefusal {
  return new OAuthRefusal('invalid_grant', because)
}
