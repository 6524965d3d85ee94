import type { FastifyInstance } from 'fastify'
import type { RequestSpan, RequestTracing } from '../../ports/tracing.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set where traces are on. */
    span: RequestSpan | undefined
  }
}

/** Makes a span of every request. To be called before other hooks are added, so that what they do lies in it. */
export function traceRequests(app: FastifyInstance, tracing: RequestTracing): void {
  app.decorateRequest('span', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    const { url, config } = request.routeOptions
    const span = tracing.beginRequest({
      method: request.method,
      route: config.countedAs ?? url,
      requestId: request.id,
      headers: request.headers,
    })
    request.span = span
    // Comes in any case, also where the caller went away.
    reply.raw.once('close', () => span.end(reply.raw.headersSent ? reply.raw.statusCode : undefined))
    span.run(done)
  })
  // What reads a body begins again with an event of the socket, which knows nothing of the request.
  app.addHook('preHandler', (request, _reply, done) => {
    if (request.span === undefined) done()
    else request.span.run(done)
  })
}
