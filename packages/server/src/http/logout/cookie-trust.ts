import type { FastifyRequest } from 'fastify'
import type { Logout } from '../../operations/log-out.ts'
import { isKnownOrigin, type Surroundings } from '../wire/surroundings.ts'
import type { Rendering } from './rendering.ts'

type Headers = FastifyRequest['headers']

/**
 * Whether a request may end the session of the cookie that came with it. Browsers attach cookies by themselves, so the
 * question is who caused the request; only they can tell, by Fetch Metadata or at least by `Origin`.
 *
 * A person who follows a link from another site is asked. A program's call from another site is refused; one that cannot
 * be told from it must carry something that a foreign page could not make a browser send without our leave.
 *
 * @see Fetch Metadata Request Headers, section 2.3
 */
export async function cookieTrustOf(
  surroundings: Surroundings,
  { headers }: Pick<FastifyRequest, 'headers'>,
  rendering: Rendering,
): Promise<Logout['cookieTrust']> {
  const site = headers['sec-fetch-site']
  if (rendering === 'raw') {
    // A page of a sibling host may send the person here, who sees it happen; not so a script of it that says it wants HTML.
    const isNavigation = headers['sec-fetch-mode'] === undefined || headers['sec-fetch-mode'] === 'navigate'
    return site === 'same-origin' || site === 'none' || (site === 'same-site' && isNavigation) ? 'act' : 'ask'
  }
  if (site === 'same-origin' || site === 'none') return 'act'
  if (site === 'same-site' || (site === undefined && headers.origin !== undefined)) {
    const known = headers.origin !== undefined && (await isKnownOrigin(surroundings, headers.origin))
    return known ? 'act' : 'refuse'
  }
  if (site === undefined && cannotBeForged(headers)) return 'act'
  return 'refuse'
}

/** What a page of another site can only send after a preflight, which we do not grant it. */
function cannotBeForged(headers: Headers): boolean {
  const json = headers['content-type']?.toLowerCase().startsWith('application/json') ?? false
  return json || headers['x-requested-with'] !== undefined || headers['x-wix-bi-gateway'] !== undefined
}
