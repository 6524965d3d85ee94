import type { DatabaseSync } from 'node:sqlite'
import type { Client } from '../../src/domain/client.ts'

/** Adds a client behind the service's back: nothing but the first start adds one yet. */
export function insertClientRow(database: DatabaseSync, client: Client): void {
  database
    .prepare(`
      INSERT INTO client (id, site_id, name, allowed_redirect_uris, allowed_redirect_domains, login_url, logout_url,
        backchannel_logout_uri, refresh_token_policy, disabled_at, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    .run(
      client.id,
      client.siteId,
      client.name,
      JSON.stringify(client.allowedRedirectUris),
      JSON.stringify(client.allowedRedirectDomains),
      client.loginUrl,
      client.logoutUrl,
      client.backchannelLogoutUri,
      client.refreshTokenPolicy,
      client.disabledAt,
      client.createdAt,
    )
}
