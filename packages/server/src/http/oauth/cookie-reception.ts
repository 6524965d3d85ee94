import type { FastifyRequest } from 'fastify'
import type { Client } from '../../domain/client.ts'
import { originBelongsToClient } from '../../domain/redirects.ts'
import { wantsHtml } from '../wire/accept.ts'

/**
 * Whether a browser that arrives with a session ticket may be given that session's cookie.
 *
 * A ticket is worth a login, and anybody can obtain one for their own account and send somebody else's browser here with
 * it. The code is safe all the same, because the client's `state` ties it to the browser that asked; the cookie is not. So
 * it is set only where the client's own site, or this one, sent the browser. What is not a browser has nobody to protect.
 */
export function mayReceiveCookie(
  { headers }: Pick<FastifyRequest, 'headers'>,
  client: Client,
  baseUrl: string,
): boolean {
  const site = headers['sec-fetch-site']
  if (site === 'same-origin') return true
  if (site === undefined && !wantsHtml(headers.accept)) return true
  const { referer } = headers
  if (referer === undefined || !URL.canParse(referer)) return false
  const { origin } = new URL(referer)
  return origin === baseUrl || originBelongsToClient(origin, client)
}
