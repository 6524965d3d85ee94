import type { FastifyRequest } from 'fastify'
import type { Asked } from './asked.ts'

/**
 * Whether the browser may have kept the cookie back: a form of another site is sent by POST, and browsers send `Lax`
 * cookies along on cross-site navigations by GET alone. To conclude that nobody is signed in would be wrong then.
 *
 * @see RFC 6265bis, sections 5.6.7.1 and 8.8.6
 */
export function cookieMayBeKeptBack({ method, headers }: FastifyRequest, baseUrl: string): boolean {
  if (method !== 'POST' || headers.authorization !== undefined) return false
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'cross-site'
  return headers.origin !== undefined && headers.origin !== baseUrl
}

/**
 * The address at which the browser makes the same request again, by GET and so with the cookie. It cannot loop, because a
 * GET is never sent here again. The ticket in it is good once, and meant to be in an address.
 */
export function addressToRepeat(
  { clientId, postLogoutRedirectUri, logoutTicket, redirectSession }: Asked,
  baseUrl: string,
  path: string,
): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ clientId, postLogoutRedirectUri, logoutTicket, redirectSession })) {
    if (value !== null) query.set(name, value)
  }
  return query.size === 0 ? `${baseUrl}${path}` : `${baseUrl}${path}?${query}`
}
