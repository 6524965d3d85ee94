import type { ClientId, EpochMs, SiteId } from './ids.ts'

/** A registered application that sends its users here: an OAuth app of the identity API. */
export interface Client {
  readonly id: ClientId
  readonly siteId: SiteId
  readonly name: string
  /** Exact URIs after authentication; a `*` may stand inside one host label. */
  readonly allowedRedirectUris: readonly string[]
  /** Hosts that every other redirect may name. */
  readonly allowedRedirectDomains: readonly string[]
  /** The client's own login page, used in place of ours. */
  readonly loginUrl: string | null
  readonly logoutUrl: string | null
  readonly backchannelLogoutUri: string | null
  readonly refreshTokenPolicy: RefreshTokenPolicy
  /** From then on nothing of this client is accepted. */
  readonly disabledAt: EpochMs | null
  readonly createdAt: EpochMs
}

/**
 * `reusable` keeps one refresh token for the life of the grant: the official client of the identity API keeps the first
 * one it was given and would be logged out by rotation. `rotating` spends it at every use and detects its reuse.
 */
export type RefreshTokenPolicy = 'reusable' | 'rotating'

/** Whether a client may act at all. */
export function isClientActive(client: Client): boolean {
  return client.disabledAt === null
}
