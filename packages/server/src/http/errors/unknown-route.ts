import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { answerPreflight, isPreflightOfKnownOrigin, letKnownOriginsRead } from '../wire/cors.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { fitsAddress } from './address-with-parameters.ts'
import { type ErrorStyle, sendError } from './render.ts'

/** What one address takes. */
interface Address {
  readonly methods: Set<string>
  readonly errors: ErrorStyle
}

/**
 * Answers addresses that are not there with 404, and methods that an address does not take with 405 and the ones it does.
 *
 * Scripts of known origins may read either, except of addresses that no script may read. For that their preflight has to
 * succeed also where nothing is: else their mistake looks to them like a network that does not work.
 *
 * To be called before the routes are added, because it learns them as they come.
 */
export function answerUnknownRoute(app: FastifyInstance, surroundings: Surroundings) {
  const addresses = new Map<string, Address>()
  app.addHook('onRoute', ({ url, method, config }) => {
    const address = addresses.get(url) ?? { methods: new Set(), errors: config?.errors ?? 'identity' }
    for (const one of [method].flat()) address.methods.add(one)
    addresses.set(url, address)
  })
  return (request: FastifyRequest, reply: FastifyReply): void => {
    const address = find(pathOf(request.raw.url))
    if (address !== undefined && !address.methods.has('OPTIONS')) {
      refuse(request, reply, address)
      return
    }
    letKnownOriginsRead(surroundings, request, reply, (error) => {
      if (error !== undefined) sendError(request, reply, error, address?.errors ?? 'identity')
      else if (isPreflightOfKnownOrigin(request, reply)) answerPreflight(request, reply)
      else refuse(request, reply, address)
    })
  }

  function find(path: string): Address | undefined {
    const known = addresses.get(path)
    if (known !== undefined) return known
    for (const [url, address] of addresses) if (fitsAddress(url, path)) return address
    return undefined
  }

  function refuse(request: FastifyRequest, reply: FastifyReply, address: Address | undefined): void {
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
