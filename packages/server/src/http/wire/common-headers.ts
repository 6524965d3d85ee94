import type { FastifyReply, FastifyRequest } from 'fastify'

/** `Strict-Transport-Security` for a year, on https alone: elsewhere browsers ignore it. */
export const strictTransport = 'max-age=31536000'

/** The headers of every answer, whatever it says. A handler may replace them; none may leave them out. */
export function addCommonHeaders(request: FastifyRequest, reply: FastifyReply, baseUrl: string): void {
  reply
    .header('x-wix-request-id', request.id)
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer')
    .header('cache-control', 'no-store')
  if (baseUrl.startsWith('https:')) reply.header('strict-transport-security', strictTransport)
}
