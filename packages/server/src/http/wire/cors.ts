import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import { isKnownOrigin, type Surroundings } from './surroundings.ts'

const allowedMethods = 'GET, POST, PATCH, PUT, DELETE, OPTIONS'
/** What the official client sends in a browser, and what our own may. Without the marker no call of it gets through. */
const allowedHeaders =
  'authorization, content-type, x-wix-bi-gateway, x-wix-consistent, wix-site-id, wix-account-id, client-binding, x-wix-linguist, commonconfig, x-requested-with'
const exposedHeaders = 'X-Wix-Request-Id, X-Wix-Consistent'
const preflightSeconds = 600

/**
 * Lets scripts of known origins read the answers of the API. Credentials are never allowed: the API takes tokens from
 * other origins, not cookies.
 */
export function corsHook(surroundings: Surroundings): onRequestHookHandler {
  return (request, reply, done) => letKnownOriginsRead(surroundings, request, reply, done)
}

/** Adds the headers by which scripts of known origins may read an answer, and then goes on. */
export function letKnownOriginsRead(
  surroundings: Surroundings,
  request: FastifyRequest,
  reply: FastifyReply,
  goOn: (error?: Error) => void,
): void {
  reply.header('vary', 'Origin')
  const { origin } = request.headers
  if (origin === undefined) goOn()
  else addCorsHeaders(surroundings, origin, reply).then(() => goOn(), goOn)
}

async function addCorsHeaders(surroundings: Surroundings, origin: string, reply: FastifyReply): Promise<void> {
  if (surroundings.developmentOrigins === '*') reply.header('access-control-allow-origin', '*')
  else if (await isKnownOrigin(surroundings, origin)) reply.header('access-control-allow-origin', origin)
  else return
  reply.header('access-control-expose-headers', exposedHeaders)
}

/** Whether a browser asks for a script of a known origin what it may send. To be asked once the headers are there. */
export function isPreflightOfKnownOrigin(request: FastifyRequest, reply: FastifyReply): boolean {
  return (
    request.method === 'OPTIONS' &&
    request.headers['access-control-request-method'] !== undefined &&
    reply.hasHeader('access-control-allow-origin')
  )
}

/** Answers a preflight, and any other OPTIONS. */
export function answerPreflight(_request: FastifyRequest, reply: FastifyReply): void {
  reply
    .code(204)
    .header('access-control-allow-methods', allowedMethods)
    .header('access-control-allow-headers', allowedHeaders)
    .header('access-control-max-age', preflightSeconds)
    .send()
}
