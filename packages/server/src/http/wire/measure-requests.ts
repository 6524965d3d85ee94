import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { Measurements, RequestMeter } from '../../ports/measurements.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Told of refusals by whoever answers them. */
    readonly measurements: Measurements
  }
  interface FastifyContextConfig {
    /** The documented address, for a route that answers at another one too. */
    readonly countedAs?: string
  }
}

/**
 * Counts every answer by its route, with how long it was in the making: to the moment at which it is handed to the socket, not to
 * that at which a slow reader has taken it.
 *
 * To be called before the routes are added. Each gets a hook of its own that knows its counts: to look them up for each
 * request would cost more than the counting.
 *
 * @returns To be called for a request that no route takes. Such requests are counted together, since their addresses are
 *   whatever strangers think of.
 */
export function measureRequests(app: FastifyInstance, measurements: Measurements): (reply: FastifyReply) => void {
  app.decorate('measurements', measurements)
  app.addHook('onRoute', (route) => {
    route.onSend = [counting(route, measurements), ...[route.onSend ?? []].flat()]
  })
  const unrouted = measurements.requestsOf('any', 'none')
  return (reply) => {
    reply.raw.once('finish', () => unrouted.answered(reply.raw.statusCode, reply.elapsedTime))
  }
}

function counting({ method, url, config }: RouteOptions & { readonly url: string }, measurements: Measurements) {
  const route = config?.countedAs ?? url
  const meters: Record<string, RequestMeter> = {}
  for (const each of [method].flat()) meters[each] = measurements.requestsOf(each, route)
  return (request: FastifyRequest, reply: FastifyReply, _payload: unknown, done: () => void): void => {
    meters[request.method]?.answered(reply.statusCode, reply.elapsedTime)
    done()
  }
}
