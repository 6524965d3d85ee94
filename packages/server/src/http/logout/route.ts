/**
 * Logout, at all its addresses, for programs and for browsers.
 *
 * This folder decides how a logout is asked for and answered: which rendering, how far the cookie is believed, which
 * page. Who is leaving and what ends is `operations/log-out`.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { type LoggedOut, type Logout, logOut } from '../../operations/log-out.ts'
import type { Service } from '../../operations/service.ts'
import { StorageUnavailable } from '../../ports/storage.ts'
import { ApplicationRefusal, ValidationRefusal } from '../../protocol/identity-errors.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { readSessionCookie } from '../cookies/read-session-cookie.ts'
import { cookieRemovals, sessionCookieName } from '../cookies/registry.ts'
import { answerOf } from '../errors/answer.ts'
import { addErrorHeaders, noteError } from '../errors/render.ts'
import { continuePage } from '../pages/continue-page.ts'
import { constantSignedOutHtml, envelopeRedirectHtml } from '../pages/logout-envelope-html.ts'
import { signedOutPage } from '../pages/signed-out-page.ts'
import { addMethod } from '../wire/add-method.ts'
import { asMessage, type RawHttpResponse, rawHttpResponse } from '../wire/raw-http-response.ts'
import { addPageHeaders, sendPage } from '../wire/send-page.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { clearSiteDataFor } from './clear-site-data.ts'
import { cookieTrustOf } from './cookie-trust.ts'
import { askingPage, failingPage, refusingPage } from './pages.ts'
import { isPrefetch, renderingOf } from './rendering.ts'

const fields = Type.Object({
  clientId: optional(Type.String({ description: 'The client whose redirect addresses count. A GUID' })),
  postLogoutRedirectUri: optional(
    Type.String({ description: 'Where to go afterwards: an address of the client, or in one of its domains' }),
  ),
  logoutTicket: optional(Type.String({ description: 'One-time ticket from a redirect session' })),
  confirmation: optional(Type.String({ description: 'Sent by the confirmation page' })),
})

/** Adds the method. */
export function logoutRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const about = {
    addresses: addressesOf('authentication', '/v1/logout'),
    errors: 'identity',
    summary: 'Log out',
    description:
      'Ends the sessions named by access token, logout ticket and session cookie, and removes the cookies. A program is answered 200 with the message below, whether or not there was anything left to end; a browser that navigates here is answered with the page or the redirect itself.',
    tag: 'Logout',
    security: ['accessToken'],
    answers: { 200: rawHttpResponse },
  } as const
  addMethod(scope, surroundings, {
    ...about,
    methods: ['GET'],
    query: fields,
    handler: ({ query, request, reply }) => handleLogout(surroundings, query, request, reply),
  })
  addMethod(scope, surroundings, {
    ...about,
    methods: ['POST'],
    query: fields,
    body: fields,
    handler: ({ query, body, request, reply }) =>
      handleLogout(surroundings, { ...query, ...withoutNull(body) }, request, reply),
  })
}

async function handleLogout(
  surroundings: Surroundings,
  given: Static<typeof fields>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { service } = surroundings
  reply.header('vary', 'Origin, Sec-Fetch-Site, Sec-Fetch-Mode, Accept')
  if (isPrefetch(request)) {
    throw new ApplicationRefusal('PREFETCH_REFUSED', 'Logging out cannot be done ahead of time')
  }
  const rendering = renderingOf(request)
  const cookie = readSessionCookie(request.headers.cookie, sessionCookieName(service.baseUrl))
  const logout: Logout = {
    clientId: given.clientId || null,
    postLogoutRedirectUri: given.postLogoutRedirectUri || null,
    logoutTicket: given.logoutTicket || null,
    confirmation: given.confirmation || null,
    authorization: request.headers.authorization,
    cookieSecret: cookie.state === 'present' ? cookie.secret : undefined,
    cookieTrust: cookie.state === 'present' ? await cookieTrustOf(surroundings, request, rendering) : 'act',
    requestId: request.id,
  }
  try {
    // Read before anything ends: once it has, no failing read may turn the answer into "not signed out".
    const clearSiteData = rendering === 'raw' ? await clearSiteDataFor(surroundings) : undefined
    const loggedOut = await logOut(service, logout)
    return rendering === 'envelope'
      ? answerProgram(reply, loggedOut)
      : await answerPerson(service, reply, { logout, loggedOut, clearSiteData })
  } catch (error) {
    if (rendering === 'envelope') throw error
    return answerPersonRefused(surroundings, request, reply, logout, error)
  }
}

/** The same message whatever was found, so that nobody can ask it which credentials are alive. */
function answerProgram(reply: FastifyReply, loggedOut: LoggedOut): RawHttpResponse {
  // Only a person is asked; a program whose ticket is somebody else's than the cookie has its ticket's session ended.
  const removals = loggedOut.outcome === 'done' && loggedOut.forgetCookie ? cookieRemovals : []
  for (const removal of removals) reply.header('set-cookie', removal)
  const location = loggedOut.redirectTo === null ? undefined : new URL(loggedOut.redirectTo).href
  const headers = [
    ...removals.map((value) => ({ key: 'Set-Cookie', value })),
    ...(location === undefined ? [] : [{ key: 'Location', value: location }]),
    { key: 'Content-Type', value: 'text/html; charset=utf-8' },
    { key: 'Cache-Control', value: 'no-store' },
  ]
  return location === undefined
    ? asMessage(200, constantSignedOutHtml, headers)
    : asMessage(302, envelopeRedirectHtml(location), headers)
}

/** The page a person sees tells the truth: what ended, that nothing was there to end, or the question. */
async function answerPerson(
  service: Service,
  reply: FastifyReply,
  {
    logout,
    loggedOut,
    clearSiteData,
  }: { readonly logout: Logout; readonly loggedOut: LoggedOut; readonly clearSiteData: string | undefined },
): Promise<FastifyReply> {
  if (loggedOut.outcome === 'ask') {
    sendPage(reply, 200, await askingPage(service, logout, loggedOut))
    return reply
  }
  if (loggedOut.forgetCookie) for (const removal of cookieRemovals) reply.header('set-cookie', removal)
  if (clearSiteData !== undefined) reply.header('clear-site-data', clearSiteData)
  const { found, redirectTo, redirectRefused } = loggedOut
  if (redirectTo === null) {
    sendPage(reply, 200, signedOutPage({ outcome: found, ...(redirectRefused === null ? {} : { redirectRefused }) }))
    return reply
  }
  const location = new URL(redirectTo).href
  const page = continuePage({ location })
  addPageHeaders(reply, page)
  return reply.code(302).header('location', location).type('text/html; charset=utf-8').send(page.html)
}

/** A refusal or failure as a page with a way out. The cookie stays: a retry must be able to name the session. */
function answerPersonRefused(
  { service }: Surroundings,
  request: FastifyRequest,
  reply: FastifyReply,
  logout: Logout,
  error: unknown,
): FastifyReply {
  const answer = answerOf(error)
  const isRefusedRedirect =
    error instanceof ValidationRefusal || (error instanceof ApplicationRefusal && error.code === 'OAUTH_APP_NOT_FOUND')
  if (isRefusedRedirect) {
    sendPage(reply, answer.status, refusingPage(service, logout, error.message))
    return reply
  }
  if (error instanceof StorageUnavailable) {
    noteError(request, answer, error)
    addErrorHeaders(reply, answer)
    const method = request.method === 'POST' ? 'post' : 'get'
    sendPage(reply, answer.status, failingPage(logout, method, error.outcome === 'nothing_happened'))
    return reply
  }
  throw error
}

function withoutNull(body: Static<typeof fields>): Static<typeof fields> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null))
}
