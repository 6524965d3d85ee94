import { codeLifetimeMs } from '../domain/authorization-code.ts'
import type { Sid } from '../domain/ids.ts'
import { challengeOf, isCodeVerifier } from '../domain/pkce.ts'
import { hashSecret, isSecretOf, mintSecret } from '../domain/secrets.ts'
import type { CodeRedeemed } from '../ports/storage.ts'
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
 *   redirect URI or verifier. The description says which, and what to do: whoever holds the code without its verifier gains
 *   nothing by it, and a developer who is told nothing would search for an hour.
 */
export async function redeemCode(service: Service, exchange: CodeExchange): Promise<TokenSet> {
  const [site, client] = await Promise.all([findSite(service), findActiveClient(service, exchange.clientId)])
  if (client === undefined) throw new OAuthRefusal('invalid_client', 'clientId names no client')
  if (!isCodeVerifier(exchange.codeVerifier)) {
    throw new OAuthRefusal('invalid_request', 'codeVerifier must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~')
  }
  if (!isSecretOf('code', exchange.code)) throw notGood('unknown')

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
    throw notGood('replayed')
  }
  if (redeemed.outcome !== 'granted') throw notGood(redeemed.outcome)
  return memberTokens(service, site, {
    memberId: redeemed.facts.session.memberId,
    grant: redeemed.grant,
    refreshToken: redeemed.refreshable ? refreshToken : null,
  })
}

type Refused = Exclude<CodeRedeemed['outcome'], 'granted'>

const reasons: Readonly<Record<Refused, string>> = {
  unknown: 'The code is not known',
  spent: 'The code was used already',
  replayed: 'The code was used already, and what it gave has been ended',
  expired: `The code has expired: it is good for ${codeLifetimeMs / 1000} s`,
  session_over: 'The session that the code came from has ended',
  client_disabled: 'The client was disabled after the code had been issued',
  other_client: 'The code was issued to another client',
  other_redirect_uri: 'redirectUri is not the one that the code was issued for',
  wrong_verifier: 'codeVerifier does not fit the codeChallenge that the code was issued for',
}

function notGood(because: Refused): OAuthRefusal {
  return new OAuthRefusal('invalid_grant', `${reasons[because]}. Begin again with a new authorization request`)
}
