import type { Sid } from '../domain/ids.ts'
import { challengeOf, isCodeVerifier } from '../domain/pkce.ts'
import { hashSecret, isSecretOf, mintSecret } from '../domain/secrets.ts'
import { OAuthRefusal } from '../protocol/oauth-errors.ts'
import { failedEnd } from './failed-end.ts'
import { findActiveClient } from './find-client.ts'
import { findSite } from './find-site.ts'
import { memberTokens, type TokenSet } from './issue-tokens.ts'
import type { Service } from './service.ts'

export interface CodeExchange {
  readonly clientId: string
  readonly code: string
  readonly codeVerifier: string
  readonly redirectUri: string | null
  readonly requestId: string
}

/**
 * Exchanges an authorization code for tokens, once (OAuth 2.1 section 4.1.3, PKCE with S256).
 *
 * A second presentation that fits in everything ends the grant of the first: one of the two did not come from the client.
 *
 * @throws {OAuthRefusal} `invalid_client` for an unknown client; `invalid_request` for a malformed verifier;
 *   `invalid_grant` for a code that is unknown, spent, expired, of a session that has ended, or of another client,
 *   redirect URI or verifier. The description says no more than the one who holds the code may know.
 */
export async function redeemCode(service: Service, exchange: CodeExchange): Promise<TokenSet> {
  const [site, client] = await Promise.all([findSite(service), findActiveClient(service, exchange.clientId)])
  if (client === undefined) throw new OAuthRefusal('invalid_client', 'clientId names no client')
  if (!isCodeVerifier(exchange.codeVerifier)) {
    throw new OAuthRefusal('invalid_request', 'codeVerifier must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~')
  }
  if (!isSecretOf('code', exchange.code)) throw notGood()

  const refreshToken = mintSecret('refresh', service.randomness)
  const at = service.clock.now()
  const redeemed = await service.storage.redeemCode({
    hash: hashSecret(exchange.code),
    presented: {
      clientId: client.id,
      redirectUri: exchange.redirectUri,
      challenge: challengeOf(exchange.codeVerifier),
    },
    sid: Buffer.from(service.randomness.bytes(16)).toString('base64url') as Sid,
    refreshTokenHash: hashSecret(refreshToken),
    at,
    requestId: exchange.requestId,
  })
  if (redeemed.outcome === 'replayed') {
    const answers = await service.storage.endGrants([
      { sid: redeemed.sid, cause: 'reuse_detected', actor: { kind: 'system' }, at, requestId: exchange.requestId },
    ])
    const failure = failedEnd(answers)
    if (failure !== undefined) throw failure
    throw notGood()
  }
  if (redeemed.outcome !== 'granted') throw notGood()
  return memberTokens(service, site, {
    memberId: redeemed.facts.session.memberId,
    grant: redeemed.grant,
    refreshToken: redeemed.refreshable ? refreshToken : null,
  })
}

function notGood(): OAuthRefusal {
  return new OAuthRefusal('invalid_grant', 'The code is not good for this client, redirect URI and verifier any more')
}
