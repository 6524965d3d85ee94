import type { Client } from '../../domain/client.ts'

/** What a column of `client` holds for a client. */
interface ClientColumn {
  readonly name: string
  readonly of: (client: Client) => string | number | Uint8Array | null
}

/** The columns that say what a client is like, without those by which it came into being. */
export const changeableClientColumns: readonly ClientColumn[] = [
  { name: 'name', of: ({ name }) => name },
  { name: 'description', of: ({ description }) => description },
  { name: 'allowed_redirect_uris', of: ({ allowedRedirectUris }) => JSON.stringify(allowedRedirectUris) },
  { name: 'allowed_redirect_domains', of: ({ allowedRedirectDomains }) => JSON.stringify(allowedRedirectDomains) },
  { name: 'login_url', of: ({ loginUrl }) => loginUrl },
  { name: 'logout_url', of: ({ logoutUrl }) => logoutUrl },
  { name: 'backchannel_logout_uri', of: ({ backchannelLogoutUri }) => backchannelLogoutUri },
  { name: 'refresh_token_policy', of: ({ refreshTokenPolicy }) => refreshTokenPolicy },
  { name: 'application_type', of: ({ applicationType }) => applicationType },
  { name: 'technology', of: ({ technology }) => technology },
  {
    name: 'pages',
    of: ({ pagesMappings: mappings, pagesRedirectUrl: redirectUrl, pagesOrigin: origin }) =>
      JSON.stringify({ mappings, redirectUrl, origin }),
  },
  { name: 'secret_hash', of: ({ secretHash }) => secretHash },
  { name: 'disabled_at', of: ({ disabledAt }) => disabledAt },
  { name: 'generation', of: ({ generation }) => generation },
]

/** All that is known of a client that is not deleted. */
export const clientColumns: readonly ClientColumn[] = [
  // GUIDs are compared without regard to case, and kept in lower case.
  { name: 'id', of: ({ id }) => id.toLowerCase() },
  { name: 'site_id', of: ({ siteId }) => siteId },
  { name: 'created_at', of: ({ createdAt }) => createdAt },
  ...changeableClientColumns,
]
