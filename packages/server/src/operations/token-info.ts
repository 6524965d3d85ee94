import { hashSecret, isSecretOf } from '../domain/secrets.ts'
import { judgeSession } from '../domain/session.ts'
import type { AccessTokenClaims } from '../ports/access-tokens.ts'
import { visitorTokenLifetimeMs } from '../ports/visitor-tokens.ts'
import { isAppLive } from './client-liveness.ts'
import type { Service } from './service.ts'
import { isVisitorLive, visitorOf } from './visitor-liveness.ts'

/** What a token stands for at this moment. Times in whole seconds. */
export type TokenInfo =
  | { readonly active: false }
  | {
      readonly active: true
      readonly subjectType: 'VISITOR' | 'MEMBER' | 'APP'
      readonly subjectId: string
      readonly clientId: string
      readonly issuedAt: number
      readonly expiresAt: number
    }

const inactive: TokenInfo = { active: false }

/**
 * Tells what an access token or a refresh token stands for, from the session as it is now and not from the token alone.
 * Whatever is unknown, expired, spent or ended is inactive; nobody learns which. Does not count as use.
 *
 * @throws {StorageUnavailable} When the database does not answer: "inactive" would be a guess.
 */
export async function tokenInfo(service: Service, token: string): Promise<TokenInfo> {
  if (isSecretOf('refresh', token)) return refreshTokenInfo(service, token)
  if (isSecretOf('visitor', token)) return visitorTokenInfo(service, token)
  const reading = service.accessTokens.read(token)
  return reading.state === 'genuine' && !reading.expired ? accessTokenInfo(service, reading.claims) : inactive
}

async function accessTokenInfo(service: Service, claims: AccessTokenClaims): Promise<TokenInfo> {
  const times = { clientId: claims.client_id, issuedAt: claims.iat, expiresAt: claims.exp }
  if (claims.subject_type === 'visitor') {
    if (!(await isVisitorLive(service, visitorOf(claims)))) return inactive
    return { active: true, subjectType: 'VISITOR', subjectId: claims.sub, ...times }
  }
  if (claims.subject_type === 'app') {
    if (!(await isAppLive(service, claims))) return inactive
    return { active: true, subjectType: 'APP', subjectId: claims.sub, ...times }
  }
  const facts = await service.storage.check({ by: 'sid', sid: claims.sid })
  if (facts === undefined || judgeSession(facts).state !== 'live') return inactive
  return { active: true, subjectType: 'MEMBER', subjectId: claims.sub, ...times }
}

async function refreshTokenInfo(service: Service, token: string): Promise<TokenInfo> {
  const found = await service.storage.findRefreshToken(hashSecret(token))
  if (found === undefined || found.spentAt !== null || judgeSession(found.facts).state !== 'live') return inactive
  const { grant, session } = found.facts
  return {
    active: true,
    subjectType: 'MEMBER',
    subjectId: session.memberId,
    clientId: grant.clientId,
    issuedAt: seconds(grant.createdAt),
    expiresAt: seconds(session.expiresAt),
  }
}

async function visitorTokenInfo(service: Service, token: string): Promise<TokenInfo> {
  const reading = service.visitorTokens.read(token)
  if (reading.state !== 'genuine') return inactive
  const { claims } = reading
  const expiresAt = claims.issuedAt + visitorTokenLifetimeMs
  if (service.clock.now() >= expiresAt) return inactive
  if (!(await isVisitorLive(service, claims))) return inactive
  return {
    active: true,
    subjectType: 'VISITOR',
    subjectId: claims.visitor,
    clientId: claims.client,
    issuedAt: seconds(claims.issuedAt),
    expiresAt: seconds(expiresAt),
  }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}
