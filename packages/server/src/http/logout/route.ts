/**
 * Logout, at all its addresses, for programs and for browsers.
 *
 * This folder decides how a logout is asked for and answered: which rendering, how far the cookie is believed, which
 * page. Who is leaving and what ends is `operations/log-out`.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Logout, logOut } from '../../operations/log-out.ts'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { secretsToLeave, sessionCookieOf } from '../cookies/read-session-cookie.ts'
import { sendError } from '../errors/render.ts'
import { addMethod } from '../wire/add-method.ts'
import { rawHttpResponse } from '../wire/raw-http-response.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { answerPerson, answerPersonRefused, prepareForPerson } from './answer-person.ts'
import { answerProgram } from './answer-program.ts'
import { logoutFields, logoutForm, readAsked, takeUpKept } from './asked.ts'
import { cookieTrustOf } from './cookie-trust.ts'
import { action } from './pages.ts'
import { isPrefetch, renderingOf } from './rendering.ts'
import { addressToRepeat, cookieMayBeKeptBack } from './repeat-as-get.ts'

/** Adds the method. The scope is its own: how it reads empty bodies and tells errors holds for nothing else. */
export function logoutRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  scope.addContentTypeParser('*', { parseAs: 'string' }, async (_request: unknown, body: string) => {
    // A script that posts an empty text has not asked for anything that would need a type.
    if (body === '') return {}
    throw new ApplicationRefusal(
      'UNSUPPORTED_MEDIA_TYPE',
      'The body must be application/json or application/x-www-form-urlencoded',
    )
  })
  scope.setErrorHandler(async (error, request, reply) => {
    addVary(reply)
    if (renderingOf(request) === 'envelope') sendError(request, reply, error, 'identity')
    else await answerPersonRefused(surroundings.service, request, reply, error)
    return reply
  })
  const about = {
    addresses: addressesOf('authentication', '/v1/logout'),
    errors: 'identity',
    summary: 'Log out',
    description:
      'Ends the sessions named by access token, logout ticket and session cookie, and removes the cookies. A program is answered 200 with the message below, whether or not there was anything left to end; a browser that navigates here is answered with the page or the redirect itself.',
    tag: 'Logout',
    security: ['accessToken'],
    query: logoutFields,
    answers: { 200: rawHttpResponse },
  } as const
  const handler = ({ request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply }) =>
    handleLogout(surroundings, request, reply)
  addMethod(scope, surroundings, { ...about, methods: ['GET'], handler })
  addMethod(scope, surroundings, { ...about, methods: ['POST'], body: logoutForm, handler })
}

async function handleLogout(
  surroundings: Surroundings,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { service } = surroundings
  addVary(reply)
  if (isPrefetch(request)) {
    throw new ApplicationRefusal('PREFETCH_REFUSED', 'Logging out cannot be done ahead of time')
  }
  const rendering = renderingOf(request)
  const asked = readAsked(request, service.baseUrl)
  const cookie = sessionCookieOf(service, request)
  if (rendering === 'raw' && cookie.state === 'absent' && cookieMayBeKeptBack(request, service.baseUrl)) {
    return reply
      .code(303)
      .header('location', addressToRepeat(asked, service.baseUrl, action))
      .send()
  }
  const logout: Logout = {
    ...(await takeUpKept(service, asked)),
    authorization: request.headers.authorization,
    cookieSecrets: secretsToLeave(cookie),
    cookieTrust: cookie.state === 'absent' ? 'act' : await cookieTrustOf(surroundings, request, rendering),
    requestId: request.id,
  }
  if (rendering === 'envelope') return answerProgram(reply, await logOut(service, logout))
  const preparation = await prepareForPerson(surroundings, request)
  return answerPerson(service, reply, { ...preparation, logout, loggedOut: await logOut(service, logout) })
}

/** What the answer depends on. */
function addVary(reply: FastifyReply): void {
  reply.header('vary', 'Origin, Sec-Fetch-Site, Sec-Fetch-Mode, Accept, X-Wix-Bi-Gateway')
}
