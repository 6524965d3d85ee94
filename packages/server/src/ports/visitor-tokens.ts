import type { ClientId, EpochMs, SiteId, VisitorId } from '../domain/ids.ts'

/** What a visitor's refresh token says. */
export interface VisitorTokenClaims {
  readonly site: SiteId
  readonly client: ClientId
  readonly visitor: VisitorId
  /** The site's generation when the token was made: raising it ends every token with a lower one. */
  readonly generation: number
  /** The client's generation likewise. */
  readonly clientGeneration: number
  readonly issuedAt: EpochMs
}

/**
 * What a presented visitor token turned out to be. `genuine` says that this service made it, and nothing about whether
 * it may still be used: age, generation, client and tombstones are for the caller to check.
 */
export type VisitorTokenReading =
  | { readonly state: 'genuine'; readonly claims: VisitorTokenClaims }
  | { readonly state: 'not_genuine' }

/** How long after `issuedAt` a visitor token may be used, in milliseconds: a year. The caller of `read` enforces it. */
export const visitorTokenLifetimeMs = 365 * 24 * 60 * 60 * 1000

/**
 * Makes and reads the refresh tokens of visitors. A visitor has no row: the token itself carries who it is for, with a
 * MAC. The same claims give the same token as long as the MAC root stays the same, and each token has one spelling.
 */
export interface VisitorTokens {
  /**
   * @returns `adj_visitor_<payload>.<mac>`; never a comma
   * @throws {RangeError} when generation or time is not a whole number from 0, or an identifier is empty or too long
   * @throws {NoActiveKey} when there is no MAC root
   */
  mint(claims: VisitorTokenClaims): string
  /** Never throws because of the token. */
  read(token: string): VisitorTokenReading
}
