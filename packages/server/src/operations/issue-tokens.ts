import type { Client } from '../domain/client.ts'
import type { Grant } from '../domain/grant.ts'
import type { ClientId, MemberId, VisitorId } from '../domain/ids.ts'
import type { Site } from '../domain/site.ts'
import type { Service } from './service.ts'

/** What the token endpoint answers. `refreshToken` is absent where the scope asked for none. */
export interface TokenSet {
  readonly accessToken: string
  readonly expiresInSeconds: number
  readonly refreshToken: string | null
  readonly scope: string | null
}

/** Signs an access token of a member's grant. It is good for as long as the grant lives, and at most its own lifetime. */
export async function memberTokens(
  service: Service,
  site: Site,
  about: { readonly memberId: MemberId; readonly grant: Grant; readonly refreshToken: string | null },
): Promise<TokenSet> {
  const seconds = site.settings.accessTokenSeconds
  const { token } = await service.accessTokens.sign(
    {
      subjectType: 'member',
      site: site.id,
      client: about.grant.clientId,
      generation: site.generation,
      member: about.memberId,
      sid: about.grant.sid,
    },
    seconds,
  )
  return {
    accessToken: token,
    expiresInSeconds: seconds,
    refreshToken: about.refreshToken,
    scope: about.grant.scope === '' ? null : about.grant.scope,
  }
}

/** Signs an access token of a visitor, who has no row. */
export async function visitorTokens(
  service: Service,
  site: Site,
  about: {
    readonly clientId: ClientId
    readonly clientGeneration: number
    readonly visitorId: VisitorId
    readonly refreshToken: string
  },
): Promise<TokenSet> {
  const seconds = site.settings.accessTokenSeconds
  const { token } = await service.accessTokens.sign(
    {
      subjectType: 'visitor',
      site: site.id,
      client: about.clientId,
      generation: site.generation,
      visitor: about.visitorId,
      clientGeneration: about.clientGeneration,
    },
    seconds,
  )
  return { accessToken: token, expiresInSeconds: seconds, refreshToken: about.refreshToken, scope: null }
}

/** Signs an access token by which an app acts for the site. There is none to refresh it with. */
export async function appTokens(service: Service, site: Site, client: Client): Promise<TokenSet> {
  const seconds = site.settings.accessTokenSeconds
  const { token } = await service.accessTokens.sign(
    {
      subjectType: 'app',
      site: site.id,
      client: client.id,
      generation: site.generation,
      clientGeneration: client.generation,
    },
    seconds,
  )
  return { accessToken: token, expiresInSeconds: seconds, refreshToken: null, scope: null }
}
