import { type Client, isClientActive } from '../domain/client.ts'
import { judgeRefresh } from '../domain/refresh-token.ts'
import { hashSecret, isSecretOf } from '../domain/secrets.ts'
import { judgeSession } from '../domain/session.ts'
import type { Site } from '../domain/site.ts'
import type { RefreshTokenFacts } from '../ports/storage.ts'
import { visitorTokenLifetimeMs } from '../ports/visitor-tokens.ts'
import { OAuthRefusal } from '../protocol/oauth-errors.ts'
import { failedEnd } from './failed-end.ts'
import { findSite } from './find-site.ts'
import { noteUse } from './identify-caller.ts'
import { memberTokens, type TokenSet, visitorTokens } from './issue-tokens.ts'
import type { Service } from './service.ts'
import { isVisitorLive } from './visitor-liveness.ts'

export interface Refresh {
  readonly refreshToken: string
  /** Checked when given; a caller of the identity API may leave it out. */
  readonly clientId: string | null
  readonly requestId: string
}

/**
 * Gives new tokens for a refresh token, of the same identity: a member's gives a member's, a visitor's the same visitor's.
 *
 * A reusable token comes back as it is. A rotating one is spent and gives its successor, the same one again to a client
 * that asks within ten seconds because the answer was lost; later, or once the successor was used, a spent token means that
 * two hold it, and the grant ends.
 *
 * @throws {OAuthRefusal} `invalid_grant` unless token, grant, session, member and client are all alive and belong together; with
 *   `because` where it was the caller's, and its session is over.
 */
export async function refresh(service: Service, request: Refresh): Promise<TokenSet> {
  const site = await findSite(service)
  if (isSecretOf('visitor', request.refreshToken)) return refreshVisitor(service, site, request)
  if (!isSecretOf('refresh', request.refreshToken)) throw notGood()
  return refreshMember(service, site, request)
}

async function refreshVisitor(service: Service, site: Site, request: Refresh): Promise<TokenSet> {
  const reading = service.visitorTokens.read(request.refreshToken)
  if (reading.state !== 'genuine') throw notGood()
  const { claims } = reading
  assertSameClient(claims.client, request.clientId)
  if (claims.site !== site.id || service.clock.now() >= claims.issuedAt + visitorTokenLifetimeMs) throw notGood()
  if (!(await isVisitorLive(service, claims))) throw notGood()
  return visitorTokens(service, site, {
    clientId: claims.client,
    clientGeneration: claims.clientGeneration,
    visitorId: claims.visitor,
    refreshToken: request.refreshToken,
  })
}

async function refreshMember(service: Service, site: Site, request: Refresh): Promise<TokenSet> {
  const { storage } = service
  const token = await storage.findRefreshToken(hashSecret(request.refreshToken))
  if (token === undefined) throw notGood()
  const { grant, session } = token.facts
  assertSameClient(grant.clientId, request.clientId)
  const standing = judgeSession(token.facts)
  if (standing.state !== 'live') throw notGood(standing.because)
  const client = await storage.findClient(grant.clientId)
  assertActive(client)

  const refreshToken = await exchangeToken(service, request, token, client)
  return memberTokens(service, site, { memberId: session.memberId, grant, refreshToken })
}

/** The refresh token to answer with. */
async function exchangeToken(
  service: Service,
  { refreshToken, requestId }: Pick<Refresh, 'refreshToken' | 'requestId'>,
  { spentAt, facts }: RefreshTokenFacts,
  client: Client,
): Promise<string> {
  const { storage, clock } = service
  const successor = successorOf(service, refreshToken)
  const successorHash = hashSecret(successor)
  const successorFacts = spentAt === null ? undefined : await storage.findRefreshToken(successorHash)
  const verdict = judgeRefresh({
    policy: client.refreshTokenPolicy,
    spentAt,
    // A successor that is not there was derived under an earlier key: nobody can be given it again.
    successorSpent: successorFacts === undefined || successorFacts.spentAt !== null,
    at: clock.now(),
  })
  // Here, so that it shares a commit with the rotation; a token that two hold is no use of the session.
  if (verdict !== 'reuse_detected') noteUse(service, facts.session, facts.readAt)
  switch (verdict) {
    case 'reuse_same':
      return refreshToken
    case 'repeat_successor':
      return successor
    case 'rotate': {
      const at = clock.now()
      const { outcome } = await storage.rotateRefreshToken({
        hash: hashSecret(refreshToken),
        successorHash,
        at,
        requestId,
      })
      if (outcome === 'rotated') return successor
      // Somebody with the same token was faster. It is judged anew, as what it is now: within the window both get the same
      // successor, and later, or once that was used, two hold it.
      const spent = outcome === 'spent' ? await storage.findRefreshToken(hashSecret(refreshToken)) : undefined
      if (spent === undefined || judgeSession(spent.facts).state !== 'live') throw notGood()
      return exchangeToken(service, { refreshToken, requestId }, spent, client)
    }
    case 'reuse_detected': {
      const answers = await storage.endGrants([
        {
          sid: facts.grant.sid,
          cause: 'reuse_detected',
          actor: { kind: 'system' },
          at: clock.now(),
          requestId,
        },
      ])
      const failure = failedEnd(answers)
      if (failure !== undefined) throw failure
      throw notGood('reuse_detected')
    }
  }
}

/** The successor of a refresh token is a MAC of it, so that the same one can be given again while only hashes are stored. */
function successorOf(service: Service, refreshToken: string): string {
  return `adj_refresh_${Buffer.from(service.keyring.mac('refresh-successor', refreshToken)).toString('base64url')}`
}

function assertSameClient(clientId: string, given: string | null): void {
  if (given !== null && given.toLowerCase() !== clientId) throw notGood()
}

function assertActive(client: Client | undefined): asserts client is Client {
  if (client === undefined || !isClientActive(client)) throw notGood()
}

/** @param because - Why its session is over. Whoever holds the token of a client, and says which, may know it. */
function notGood(because: string | null = null): OAuthRefusal {
  return new OAuthRefusal('invalid_grant', 'The refresh token is not good for this client any more', { because })
}
