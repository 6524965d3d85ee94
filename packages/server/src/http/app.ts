/**
 * The HTTP surface: turns bytes into arguments, calls one operation, and turns the result into bytes.
 *
 * A folder per surface; a file per method. `wire` holds what they share of the protocol's form, `errors` the one place
 * where errors become answers. Depends on operations, never on an adapter.
 */
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RouteOptions,
} from 'fastify'
import type { RequestTracing } from '../ports/tracing.ts'
import { administrationRoutes } from './administration/routes.ts'
import { answerBrokenRequest } from './errors/broken-request.ts'
import { type ErrorStyle, sendError } from './errors/render.ts'
import { answerUnknownRoute } from './errors/unknown-route.ts'
import { healthRoutes } from './health/routes.ts'
import { identityRoutes } from './identity/routes.ts'
import { logoutRoute } from './logout/route.ts'
import { mailboxRoutes } from './mailbox/routes.ts'
import { type ExposedMetrics, metricsRoute } from './metrics/route.ts'
import { oauthRoutes } from './oauth/routes.ts'
import { oauthAppRoutes } from './oauth-apps/routes.ts'
import { openApiDocument } from './openapi.ts'
import { recoveryRoutes } from './recovery/routes.ts'
import { redirectSessionRoute } from './redirects/redirect-session.ts'
import { sessionRoutes } from './sessions/routes.ts'
import { signInRoutes } from './sign-in/routes.ts'
import { verificationRoutes } from './verification/routes.ts'
import { assertWithinLimits } from './wire/assert-within-limits.ts'
import { decodeText } from './wire/body-text.ts'
import { addCommonHeaders } from './wire/common-headers.ts'
import { parseJson } from './wire/json-body.ts'
import { bodyBytesMax, headerBytesMax, readMsMax } from './wire/limits.ts'
import { measureRequests } from './wire/measure-requests.ts'
import { noCompilers } from './wire/no-compilers.ts'
import { noParameters, type Parameters, parseParameters } from './wire/parameters.ts'
import { refusePlainHttp } from './wire/refuse-plain-http.ts'
import { stopSwiftly } from './wire/stop-swiftly.ts'
import type { Surroundings } from './wire/surroundings.ts'
import { traceRequests } from './wire/trace-requests.ts'
import { compileCheck } from './wire/validation.ts'
import { compileWriter } from './wire/writing.ts'

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
  /** Left out where traces are off. */
  readonly tracing?: RequestTracing | undefined
  /** Left out where nobody may read them. */
  readonly metrics?: ExposedMetrics | undefined
  /** Adds hooks that all requests pass, and routes of its own, before the others are added. */
  readonly decorate?: ((app: FastifyInstance, surroundings: Surroundings) => void) | undefined
}

/** Puts the routes together. What is not mounted here is not served. */
export async function createHttpApp({
  surroundings,
  logger,
  trustedProxies,
  tracing,
  metrics,
  decorate,
}: HttpOptions): Promise<FastifyInstance> {
  const { service } = surroundings
  const app = Fastify({
    loggerInstance: logger,
    // A line per request would hold addresses with one-time tickets in them; the hook below writes what may be written.
    logController: new LogController({ disableRequestLogging: true }),
    // One for all requests: what is logged of a request says its id by itself, and most log nothing.
    childLoggerFactory: (parent) => parent,
    genReqId: () => service.randomness.guid(),
    bodyLimit: bodyBytesMax,
    requestTimeout: readMsMax,
    schemaController: { compilersFactory: noCompilers },
    http: {
      maxHeaderSize: headerBytesMax,
      headersTimeout: readMsMax,
      connectionsCheckingInterval: 1000,
      // Node would answer by itself, with nothing of what every answer of ours carries.
      requireHostHeader: false,
    },
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    forceCloseConnections: 'idle',
    // A request that is here while the server stops is served like any other, and its connection closed after it.
    return503OnClosing: false,
    routerOptions: {
      ignoreTrailingSlash: true,
      // Read in a hook, where a refusal reaches the error handler with the request's id.
      querystringParser: () => ({}),
    },
    clientErrorHandler: answerBrokenRequest(service),
    frameworkErrors: (error, request, reply) => {
      // No hook runs for an address that cannot be decoded.
      addCommonHeaders(request, reply, service.baseUrl)
      sendError(request, reply, error, 'identity')
    },
  })
  // An expectation that nobody knows may be ignored (RFC 9110 section 10.1.1); Node would answer 417 by itself.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  const countUnrouted = measureRequests(app, service.measurements)
  stopSwiftly(app)
  app.setValidatorCompiler(compileCheck)
  app.setSerializerCompiler(compileWriter)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    parseJson(decodeText(body)),
  )
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => parseParameters(decodeText(body)),
  )

  if (tracing !== undefined) traceRequests(app, tracing)
  const unknownRoute = answerUnknownRoute(app, surroundings)
  // Hooks that every request passes take a callback: a promise for each of them was measured to cost more than what they do.
  app.addHook('onRequest', (request, reply, done) => {
    addCommonHeaders(request, reply, service.baseUrl)
    assertWithinLimits(request)
    // Before the body is read: of what is sent to no method, nothing is worth a look.
    if (request.is404) {
      countUnrouted(reply)
      unknownRoute(request, reply)
      return
    }
    request.query = parametersOf(request.raw.url)
    done()
  })
  refusePlainHttp(app, { baseUrl: service.baseUrl, trustedProxies })
  if (logger.level === 'debug' || logger.level === 'trace') app.addHook('onResponse', logAnswer)
  app.setErrorHandler((error, request, reply) => {
    sendError(request, reply, error, request.routeOptions.config.errors ?? 'identity')
  })

  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    routes.push(route)
  })
  decorate?.(app, surroundings)
  await app.register(async (scope) => logoutRoute(scope, surroundings))
  await app.register(async (scope) => identityRoutes(scope, surroundings))
  await app.register(async (scope) => recoveryRoutes(scope, surroundings))
  await app.register(async (scope) => verificationRoutes(scope, surroundings))
  await app.register(async (scope) => redirectSessionRoute(scope, surroundings))
  await app.register(async (scope) => oauthRoutes(scope, surroundings))
  await app.register(async (scope) => signInRoutes(scope, surroundings))
  await app.register(async (scope) => oauthAppRoutes(scope, surroundings))
  await app.register(async (scope) => sessionRoutes(scope, surroundings))
  await app.register(async (scope) => administrationRoutes(scope, surroundings))
  await app.register(async (scope) => mailboxRoutes(scope, surroundings))
  await app.register(async (scope) => healthRoutes(scope, service))
  if (metrics !== undefined) await app.register(async (scope) => metricsRoute(scope, metrics))
  let document: Promise<unknown> | undefined
  app.get('/openapi.json', { schema: { hide: true } }, () => {
    document ??= openApiDocument(routes, service.baseUrl)
    return document
  })
  app.setNotFoundHandler(unknownRoute)
  return app
}

function parametersOf(url = ''): Parameters {
  const mark = url.indexOf('?')
  return mark === -1 ? noParameters : parseParameters(url.slice(mark + 1))
}

/** Never the address itself: it may hold a one-time ticket. */
async function logAnswer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
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
}
