import { judgeSession } from '../domain/session.ts'
import type { AccessTokenClaims, AccessTokenSubject } from '../ports/access-tokens.ts'
import { OAuthRefusal } from '../protocol/oauth-errors.ts'
import { authenticateClient } from './authenticate-client.ts'
import { isAppLive } from './client-liveness.ts'
import type { TokenSet } from './issue-tokens.ts'
import type { Service } from './service.ts'
import { isVisitorLive, visitorOf } from './visitor-liveness.ts'

/**
 * Gives a client another access token in place of one that it was handed by its own browser side: of the same subject, the
 * same session and the same expiry (the grant `strip_bound_session`). It ends when the first one does.
 *
 * Here no access token is bound to a browser, so there is nothing to strip; the official packages ask for it all the same.
 *
 * @throws {OAuthRefusal} `invalid_grant` when the token is not good any more; `invalid_client` when the secret is not that of
 *   the client that the token was issued to.
 */
export async function stripBoundSession(
  service: Service,
  { accessToken, clientSecret }: { readonly accessToken: string; readonly clientSecret: string },
): Promise<TokenSet> {
  const reading = service.accessTokens.read(accessToken)
  if (reading.state !== 'genuine') throw notGood()
  const { claims } = reading
  await authenticateClient(service, { clientId: claims.client_id, clientSecret })
  // A token that is past its time is tolerated elsewhere for a minute; a new one would have no time left.
  const seconds = claims.exp - Math.floor(service.clock.now() / 1000)
  if (seconds < 1 || !(await isLive(service, claims))) throw notGood()
  const { token } = await service.accessTokens.sign(subjectOf(claims), seconds)
  return { accessToken: token, expiresInSeconds: seconds, refreshToken: null, scope: null }
}

async function isLive(service: Service, claims: AccessTokenClaims): Promise<boolean> {
  switch (claims.subject_type) {
    case 'visitor':
      return isVisitorLive(service, visitorOf(claims))
    case 'app':
      return isAppLive(service, claims)
    case 'member': {
      const facts = await service.storage.check({ by: 'sid', sid: claims.sid })
      return facts !== undefined && judgeSession(facts).state === 'live'
    }
  }
}

/** As the token has it, generations included: what ends the one must end the other. */
function subjectOf(claims: AccessTokenClaims): AccessTokenSubject {
  const common = { site: claims.site, client: claims.client_id, generation: claims.gen }
  switch (claims.subject_type) {
    case 'visitor':
      return { ...common, subjectType: 'visitor', visitor: claims.sub, clientGeneration: claims.client_gen }
    case 'app':
      return { ...common, subjectType: 'app', clientGeneration: claims.client_gen }
    case 'member':
      return { ...common, subjectType: 'member', member: claims.sub, sid: claims.sid }
  }
}

function notGood(): OAuthRefusal {
  return new OAuthRefusal('invalid_grant', 'The access token is not good any more')
}
