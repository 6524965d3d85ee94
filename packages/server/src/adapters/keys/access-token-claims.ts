import type { ClientId, MemberId, Sid, SiteId, VisitorId } from '../../domain/ids.ts'
import type { AccessTokenClaims } from '../../ports/access-tokens.ts'

/**
 * Makes typed claims of a signed payload, or gives undefined when a claim is missing or of the wrong type.
 *
 * The payload was signed by this service, yet perhaps by an older version of it, so its shape is not taken for granted.
 * Claims that are not known are left out. The result is frozen: one object serves every reading of a token.
 */
export function parseAccessTokenClaims(payload: unknown): AccessTokenClaims | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined
  const {
    iss,
    aud,
    sub,
    client_id,
    iat,
    exp,
    jti,
    site,
    gen,
    subject_type,
    sid,
    client_gen = 0,
  }: Record<string, unknown> = {
    ...payload,
  }
  if (!isText(iss) || !isText(aud) || !isText(sub) || !isText(client_id) || !isText(jti) || !isText(site)) {
    return undefined
  }
  if (!isCount(iat) || !isCount(exp) || !isCount(gen)) return undefined
  const common = { iss, aud, client_id: client_id as ClientId, iat, exp, jti, site: site as SiteId, gen }
  if (subject_type === 'member' && isText(sid)) {
    return Object.freeze({ ...common, subject_type, sub: sub as MemberId, sid: sid as Sid })
  }
  if (sid !== undefined || !isCount(client_gen)) return undefined
  if (subject_type === 'visitor') {
    return Object.freeze({ ...common, subject_type, sub: sub as VisitorId, client_gen })
  }
  if (subject_type === 'app' && sub === client_id) {
    return Object.freeze({ ...common, subject_type, sub: sub as ClientId, client_gen })
  }
  return undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
