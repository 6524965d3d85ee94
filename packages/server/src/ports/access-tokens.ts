import type { ClientId, EpochMs, MemberId, Sid, SiteId, VisitorId } from '../domain/ids.ts'

/** What every access token says, under the names it has on the wire (RFC 9068 section 2.2). Times in whole seconds. */
interface CommonClaims {
  readonly iss: string
  readonly aud: string
  readonly client_id: ClientId
  readonly iat: number
  readonly exp: number
  readonly jti: string
  readonly site: SiteId
  /** The site's generation when the token was made: raising it ends every token with a lower one. */
  readonly gen: number
}

/** A token without a grant carries the client's generation too: raising it ends every one with a lower one. */
interface ClientGenerationClaim {
  readonly client_gen: number
  readonly sid?: never
}

/** The claims of an access token. Only a member's has a `sid`, which names its grant; an app's subject is its client. */
export type AccessTokenClaims =
  | (CommonClaims & { readonly subject_type: 'member'; readonly sub: MemberId; readonly sid: Sid })
  | (CommonClaims & ClientGenerationClaim & { readonly subject_type: 'visitor'; readonly sub: VisitorId })
  | (CommonClaims & ClientGenerationClaim & { readonly subject_type: 'app'; readonly sub: ClientId })

/** Whom a new token is for. */
export type AccessTokenSubject = {
  readonly site: SiteId
  readonly client: ClientId
  /** The site's generation, a whole number from 0. */
  readonly generation: number
} & (
  | { readonly subjectType: 'member'; readonly member: MemberId; readonly sid: Sid }
  | { readonly subjectType: 'visitor'; readonly visitor: VisitorId; readonly clientGeneration: number }
  | { readonly subjectType: 'app'; readonly clientGeneration: number }
)

/**
 * What a presented token turned out to be.
 *
 * `genuine` means that this service signed it as an access token with a key that is still trusted. It does *not* mean
 * that it may be used: `expired` has to be looked at, and whether grant, session, member and generation are alive is
 * for storage to say, every time. An expired token is given all the same, because logout accepts it.
 */
export type AccessTokenReading =
  | { readonly state: 'genuine'; readonly claims: AccessTokenClaims; readonly expired: boolean }
  | { readonly state: 'not_genuine' }

/** Makes and reads access tokens: signed, `typ` `at+jwt`, without commas. Stores nothing. */
export interface AccessTokens {
  /**
   * Signs a new token. It begins at the current whole second, so that `expiresAt` is at most a second early.
   *
   * @param lifetimeSeconds whole seconds, from 1 to `accessTokenSecondsMax`
   * @throws {RangeError} when the lifetime or the generation is not such a number
   * @throws {NoActiveKey} when there is no key to sign with
   */
  sign(subject: AccessTokenSubject, lifetimeSeconds: number): Promise<{ token: string; expiresAt: EpochMs }>
  /**
   * Reads what a caller presented. Never throws because of the token, never fetches anything, and chooses the key by
   * purpose and `kid` among the local ones alone, whatever else the header offers (`jku`, `x5u`, `x5c`, `jwk`).
   */
  read(token: string): AccessTokenReading
}
