/**
 * The HTTP surface: turns bytes into arguments, calls one operation, and turns the result into bytes.
 *
 * A folder per surface; a file per method. `wire` holds what they share of the protocol's form, `errors` the one place
 * where errors become answers. Depends on operations, never on an adapter.
 */
import swagger from '@fastify/swagger'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { administrationRoutes } from './administration/routes.ts'
import { answerBrokenRequest } from './errors/broken-request.ts'
import { type ErrorStyle, sendError } from './errors/render.ts'
import { answerUnknownRoute } from './errors/unknown-route.ts'
import { healthRoutes } from './health/routes.ts'
import { identityRoutes } from './identity/routes.ts'
import { logoutRoute } from './logout/route.ts'
import { oauthRoutes } from './oauth/routes.ts'
import { openApiInfo } from './openapi.ts'
import { redirectSessionRoute } from './redirects/redirect-session.ts'
import { sessionRoutes } from './sessions/routes.ts'
import { parseJson } from './wire/json-body.ts'
import { bodyBytesMax, headerBytesMax, readMsMax, urlCharactersMax } from './wire/limits.ts'
import { parseParameters } from './wire/parameters.ts'
import type { Surroundings } from './wire/surroundings.ts'
import { compileCheck } from './wire/validation.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How errors of the route are told. */
    readonly errors?: ErrorStyle
  }
}

export interface HttpOptions {
  readonly surroundings: Surroundings
  readonly logger: FastifyBaseLogger
  readonly trustedProxies: readonly string[]
}

/** Puts the routes together. What is not mounted here is not served. */
export async function createHttpApp({ surroundings, logger, trustedProxies }: HttpOptions): Promise<FastifyInstance> {
  const { service } = surroundings
  const app = Fastify({
    loggerInstance: logger,
    // A line per request would hold addresses with one-time tickets in them; the hook below writes what may be written.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => service.randomness.guid(),
    bodyLimit: bodyBytesMax,
    requestTimeout: readMsMax,
    http: { maxHeaderSize: headerBytesMax, headersTimeout: readMsMax, connectionsCheckingInterval: 1000 },
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    forceCloseConnections: 'idle',
    routerOptions: {
      ignoreTrailingSlash: true,
      // Read in a hook, where a refusal reaches the error handler with the request's id.
      querystringParser: () => ({}),
    },
    clientErrorHandler: answerBrokenRequest(service),
    frameworkErrors: (error, request, reply) => sendError(request, reply, error, 'identity'),
  })
  app.setValidatorCompiler(compileCheck)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, async (_request: unknown, body: string) =>
    parseJson(body),
  )
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: unknown, body: string) => parseParameters(body),
  )

  const https = service.baseUrl.startsWith('https:')
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-wix-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
    reply.header('referrer-policy', 'no-referrer')
    reply.header('cache-control', 'no-store')
    if (https) reply.header('strict-transport-security', 'max-age=31536000')
    const url = request.raw.url ?? '/'
    if (url.length > urlCharactersMax) {
      throw new ApplicationRefusal('URI_TOO_LONG', `The address is longer than ${urlCharactersMax} characters`)
    }
    const query = url.indexOf('?')
    request.query = query === -1 ? {} : parseParameters(url.slice(query + 1))
  })
  app.addHook('onResponse', async (request, reply) => {
    request.log.debug(
      {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        durationMs: reply.elapsedTime,
      },
      'A request was answered',
    )
  })
  app.setErrorHandler((error, request, reply) => {
    sendError(request, reply, error, request.routeOptions.config.errors ?? 'identity')
  })

  await app.register(swagger, openApiInfo(service.baseUrl))
  const unknownRoute = answerUnknownRoute(app)
  await app.register(async (scope) => logoutRoute(scope, surroundings))
  await app.register(async (scope) => identityRoutes(scope, surroundings))
  await app.register(async (scope) => redirectSessionRoute(scope, surroundings))
  await app.register(async (scope) => oauthRoutes(scope, surroundings))
  await app.register(async (scope) => sessionRoutes(scope, surroundings))
  await app.register(async (scope) => administrationRoutes(scope, surroundings))
  await app.register(async (scope) => healthRoutes(scope, service))
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  app.setNotFoundHandler(unknownRoute)
  return app
}
