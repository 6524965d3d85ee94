import type { ClientId, EpochMs } from './ids.ts'

/** How long a code may wait for its exchange. A code travels through a browser, so it lives as short as practice allows. */
export const codeLifetimeMs = 60_000

/** What a code was issued for. Everything here must match at the exchange (OAuth 2.1 section 4.1.3). */
export interface AuthorizationCode {
  readonly clientId: ClientId
  /** The client's when the code was issued: once it is raised the code is good for nothing, and so is what came of it. */
  readonly clientGeneration: number
  /** `null` when the request had none (direct login): then the exchange must have none either. */
  readonly redirectUri: string | null
  /** base64url(SHA-256(verifier)), RFC 7636 section 4.2. */
  readonly challenge: string
  readonly scope: string
  readonly nonce: string | null
  readonly expiresAt: EpochMs
}

/** What the client brings to the exchange. `challenge` is computed from its verifier. */
export interface CodePresentation {
  readonly clientId: ClientId
  readonly redirectUri: string | null
  readonly challenge: string
}

export type CodeVerdict = 'good' | 'expired' | 'other_client' | 'other_redirect_uri' | 'wrong_verifier'

/** Decides whether a presentation fits a code. Does not know whether the code was used before, or whose session it is. */
export function judgeCode(code: AuthorizationCode, presented: CodePresentation, at: EpochMs): CodeVerdict {
  if (code.clientId.toLowerCase() !== presented.clientId.toLowerCase()) return 'other_client'
  if (code.redirectUri !== presented.redirectUri) return 'other_redirect_uri'
  if (code.challenge !== presented.challenge) return 'wrong_verifier'
  if (at >= code.expiresAt) return 'expired'
  return 'good'
}
