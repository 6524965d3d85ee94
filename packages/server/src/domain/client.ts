import type { ClientId, EpochMs, SecretHash, SiteId } from './ids.ts'

/** A registered application that sends its users here: an OAuth app of the identity API. */
export interface Client extends ClientFields {
  readonly id: ClientId
  readonly siteId: SiteId
  /** Of the secret by which the client proves itself; `null` for a public client, which has none. */
  readonly secretHash: SecretHash | null
  /** From then on nothing of this client is accepted. */
  readonly disabledAt: EpochMs | null
  /**
   * Raised each time the client is disabled or deleted. Codes, grants and the tokens of visitors and apps carry the one
   * under which they were made: what carries a lower one is over for good, also once the client is enabled again.
   */
  readonly generation: number
  readonly createdAt: EpochMs
}

/** What can be said of a client by whoever administers it. */
export interface ClientFields {
  readonly name: string
  readonly description: string
  /** Exact URIs after authentication; a `*` may stand inside one host label. */
  readonly allowedRedirectUris: readonly string[]
  /** Hosts that every other redirect may name. */
  readonly allowedRedirectDomains: readonly string[]
  /** The client's own login page, used in place of ours. */
  readonly loginUrl: string | null
  readonly logoutUrl: string | null
  readonly backchannelLogoutUri: string | null
  readonly refreshTokenPolicy: RefreshTokenPolicy
  readonly applicationType: ApplicationType | null
  readonly technology: Technology | null
  /** Of pages that the original of the identity API hosts: kept and given back, and nothing here goes by it. */
  readonly pagesMappings: readonly { readonly origin: string; readonly destination: string }[]
  readonly pagesRedirectUrl: string | null
  readonly pagesOrigin: string | null
}

/**
 * `reusable` keeps one refresh token for the life of the grant: the official client of the identity API keeps the first
 * one it was given and would be logged out by rotation. `rotating` spends it at every use and detects its reuse.
 */
export type RefreshTokenPolicy = 'reusable' | 'rotating'

export const applicationTypes = ['WEB_APP', 'MOBILE', 'OTHER'] as const
export type ApplicationType = (typeof applicationTypes)[number]

export const technologies = [
  'JAVASCRIPT',
  'ANGULAR',
  'VUE',
  'REACT',
  'REACT_NATIVE',
  'IOS',
  'ANDROID',
  'OTHER_TECHNOLOGY',
] as const
export type Technology = (typeof technologies)[number]

/** A client of which nothing has been said but its name. */
export const plainClientFields: Omit<ClientFields, 'name'> = {
  description: '',
  allowedRedirectUris: [],
  allowedRedirectDomains: [],
  loginUrl: null,
  logoutUrl: null,
  backchannelLogoutUri: null,
  refreshTokenPolicy: 'reusable',
  applicationType: null,
  technology: null,
  pagesMappings: [],
  pagesRedirectUrl: null,
  pagesOrigin: null,
}

/** Whether a client may act at all. */
export function isClientActive(client: Pick<Client, 'disabledAt'>): boolean {
  return client.disabledAt === null
}

/**
 * Whether a client can keep a secret. An app that people install cannot: whoever has it can read what is in it (OAuth 2.1
 * section 2.1).
 */
export function canKeepSecret(client: Pick<Client, 'applicationType'>): boolean {
  return client.applicationType !== 'MOBILE'
}
