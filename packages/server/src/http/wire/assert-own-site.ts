import type { IncomingHttpHeaders } from 'node:http'
import type { SiteId } from '../../domain/ids.ts'
import { unauthenticated } from '../../operations/identify-caller.ts'
import { parseAuthorization } from '../../protocol/authorization-header.ts'

/**
 * Holders of API keys may say which site they mean. One that means another site is not let in here, whatever the key: a server
 * that was set up for the wrong site would otherwise change this one.
 *
 * @throws {ApplicationRefusal} `UNAUTHENTICATED`, when an API key comes with the id of another site.
 */
export function assertOwnSite(siteId: SiteId, { authorization, 'wix-site-id': meant }: IncomingHttpHeaders): void {
  if (meant === undefined || String(meant).toLowerCase() === siteId) return
  if (parseAuthorization(authorization).apiKey !== undefined) throw unauthenticated('is for another site than this')
}
