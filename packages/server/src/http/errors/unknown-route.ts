import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { type ErrorStyle, sendError } from './render.ts'

/** What one address takes. */
interface Address {
  readonly methods: Set<string>
  readonly errors: ErrorStyle
}

/**
 * Answers addresses that are not there with 404, and methods that an address does not take with 405 and the ones it does.
 *
 * To be called before the routes are added, because it learns them as they come.
 */
export function answerUnknownRoute(app: FastifyInstance) {
  const addresses = new Map<string, Address>()
  app.addHook('onRoute', ({ url, method, config }) => {
    const address = addresses.get(url) ?? { methods: new Set(), errors: config?.errors ?? 'identity' }
    for (const one of [method].flat()) address.methods.add(one)
    addresses.set(url, address)
  })
  return (request: FastifyRequest, reply: FastifyReply): void => {
    const address = addresses.get(pathOf(request.raw.url))
    if (address === undefined) {
      sendError(request, reply, new ApplicationRefusal('NOT_FOUND', 'There is nothing at this address'), 'identity')
      return
    }
    const allowed = [...address.methods].join(', ')
    reply.header('allow', allowed)
    const refusal = new ApplicationRefusal('METHOD_NOT_ALLOWED', `This address takes ${allowed} only`)
    sendError(request, reply, refusal, address.errors)
  }
}

/** The path as the router reads it: decoded, of an absolute address too (RFC 9112 section 3.2.2), without a last slash. */
function pathOf(url = '/'): string {
  const path = url
    .replace(/^https?:\/\/[^/?#]*/i, '')
    .replace(/[?#].*$/s, '')
    .replace(/(?<=.)\/$/, '')
  return decodeURI(path)
}
