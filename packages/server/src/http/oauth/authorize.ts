import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { deviceOf } from '../../domain/device.ts'
import {
  type Authorized,
  authorizeByCookie,
  authorizeByTicket,
  type NobodyBecause,
} from '../../operations/authorize.ts'
import type { Service } from '../../operations/service.ts'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { isPrefetch } from '../logout/rendering.ts'
import { errorPage } from '../pages/error-page.ts'
import { loginPage } from '../pages/login-page.ts'
import { snakeCase } from '../wire/either-spelling.ts'
import { sendPage } from '../wire/send-page.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { type AnswerAddress, sendAnswer } from './authorization-answer.ts'
import { authorizationFieldNames, type ReadRequest, readAuthorizationRequest } from './authorization-request.ts'
import { mayReceiveCookie } from './cookie-reception.ts'
import { assertOwnForm, attemptLogin, cookieSecretOf, giveCookie, type LoginForm, loginForm } from './login-attempt.ts'

type GoodRequest = Extract<ReadRequest, { outcome: 'good' }>

/** As texts only: what no store can carry is refused before anything is looked up. */
const parameters = Type.Object(
  Object.fromEntries(
    authorizationFieldNames.flatMap((name) => [name, snakeCase(name)]).map((name) => [name, optional(Type.String())]),
  ),
)

/**
 * The authorize endpoint (OAuth 2.1 section 4.1.1): a page, visited by browsers and never called by a script, so it has no
 * CORS. A POST is our own login form coming back.
 */
export function authorizeRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  for (const [index, url] of addressesOf('oauth', '/authorize').entries()) {
    const schema = {
      summary: 'Log in in the browser and get a code',
      description: `Parameters, in either spelling: ${authorizationFieldNames.join(', ')}.`,
      tags: ['OAuth'],
      hide: index > 0,
    }
    // A HEAD would use a ticket up for nobody.
    const options = {
      exposeHeadRoute: false,
      config: { errors: 'page' },
      schema: { ...schema, querystring: parameters },
    } as const
    scope.get(url, options, (request, reply) => authorize(surroundings, request, reply))
    scope.post(url, { config: { errors: 'page' }, schema: { body: loginForm, hide: true } }, (request, reply) =>
      logIn(surroundings, request, reply),
    )
  }
}

async function authorize(
  surroundings: Surroundings,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { service } = surroundings
  if (isPrefetch(request)) throw new ApplicationRefusal('PREFETCH_REFUSED', 'A login cannot be begun ahead of time')
  const read = await readAuthorizationRequest(surroundings, request.query as Record<string, unknown>, request.id)
  if (read.outcome !== 'good') return sendRefusal(reply, read, 302)
  const authorized = await authorizeSilently(service, request, read)
  if (authorized.outcome === 'code') return sendCode(service, reply, read, authorized, 302)
  // Nobody is asked for a password inside a frame of another site.
  if (read.fields.prompt === 'none' || read.address.responseMode === 'web_message') {
    return sendRefusal(
      reply,
      { outcome: 'error', address: read.address, error: 'login_required', description: nobody[authorized.because] },
      302,
    )
  }
  const { loginUrl } = read.request.client
  if (loginUrl !== null) return reply.code(302).header('location', loginLocation(loginUrl, read)).send()
  sendPage(reply, 200, formPage(request, read, {}))
  return reply
}

const nobody: Readonly<Record<NobodyBecause, string>> = {
  not_signed_in: 'Nobody is signed in here',
  ticket_unknown: 'sessionToken is not known. Log in again for a new one',
  ticket_spent: 'sessionToken was used already. Log in again for a new one',
  ticket_expired: 'sessionToken has expired: it is good for 10 minutes. Log in again for a new one',
  session_over: 'The session of sessionToken has ended. Log in again for a new one',
  somebody_else: 'Somebody else is signed in here than the one whom sessionToken was given to',
}

/**
 * The client's own login page, with the request in its query: once it has a session ticket, it sends the browser back here
 * with the same parameters and the ticket. What the client was told before stays out: a ticket that was no good is not
 * handed around.
 */
function loginLocation(loginUrl: string, { fields: { sessionToken: _used, ...kept } }: GoodRequest): string {
  const location = new URL(loginUrl)
  for (const [name, value] of Object.entries(kept)) location.searchParams.set(name, value)
  return location.href
}

/** A ticket speaks for its member whatever the prompt; the cookie only where the client asked not to show a page. */
async function authorizeSilently(
  service: Service,
  request: FastifyRequest,
  { request: asked, fields, address }: GoodRequest,
): Promise<Authorized> {
  const cookieSecret = cookieSecretOf(service, request)
  if (asked.sessionToken !== null) {
    const authorized = await authorizeByTicket(
      service,
      { ...asked, sessionToken: asked.sessionToken },
      {
        cookieSecret,
        device: deviceOf(request.headers['user-agent']),
        mayReceiveCookie:
          address.responseMode !== 'web_message' && mayReceiveCookie(request, asked.client, service.baseUrl),
      },
    )
    if (authorized.outcome === 'code' || fields.prompt !== 'none') return authorized
    const byCookie = await authorizeByCookie(service, asked, cookieSecret)
    // Without a cookie that helps, what is wrong with the ticket is what the site has to know.
    return byCookie.outcome === 'nobody' && byCookie.because === 'not_signed_in' ? authorized : byCookie
  }
  if (fields.prompt === 'none') return authorizeByCookie(service, asked, cookieSecret)
  return { outcome: 'nobody', because: 'not_signed_in' }
}

async function logIn(surroundings: Surroundings, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { service } = surroundings
  assertOwnForm(service, request)
  const form = request.body as LoginForm
  const read = await readAuthorizationRequest(surroundings, form, request.id)
  if (read.outcome !== 'good') return sendRefusal(reply, read, 303)
  const attempt = await attemptLogin(surroundings, request, reply, { form, clientId: read.request.client.id })
  if (attempt.outcome === 'refused') {
    sendPage(reply, attempt.status, formPage(request, read, attempt))
    return reply
  }
  const { newCookie } = attempt
  giveCookie(service, reply, newCookie)
  const authorized = await authorizeByCookie(
    service,
    // Whoever a ticket named before, it is the one who just logged in who is meant.
    { ...read.request, sessionToken: null },
    newCookie.secret,
  )
  if (authorized.outcome === 'code') return sendCode(service, reply, read, authorized, 303)
  // Between the login and the code somebody ended everything of this member.
  return sendRefusal(
    reply,
    { outcome: 'error', address: read.address, error: 'login_required', description: 'The session has ended again' },
    303,
  )
}

function formPage(
  request: FastifyRequest,
  { fields, address }: GoodRequest,
  { email, problem }: { readonly email?: string; readonly problem?: string },
) {
  const { sessionToken: _used, ...kept } = fields
  return loginPage({
    action: request.routeOptions.url ?? '/oauth2/authorize',
    fields: kept as Record<string, string>,
    email,
    problem,
    canRegister: false,
    submitRedirectsTo: redirectsOf(address),
  })
}

/** Where the answer to the form may redirect. */
function redirectsOf(address: AnswerAddress): readonly string[] {
  return address.responseMode === 'web_message' ? [] : [address.redirectUri]
}

function sendRefusal(
  reply: FastifyReply,
  refusal: Exclude<ReadRequest, { outcome: 'good' }>,
  status: 302 | 303,
): FastifyReply {
  if (refusal.outcome === 'page') {
    const { title, explanation } = refusal
    sendPage(reply, 400, errorPage({ title, explanation }))
    return reply
  }
  const { address, error, description } = refusal
  return sendAnswer(reply, address, { error, error_description: description }, status)
}

function sendCode(
  service: Service,
  reply: FastifyReply,
  { address }: GoodRequest,
  { code, newCookie }: Extract<Authorized, { outcome: 'code' }>,
  status: 302 | 303,
): FastifyReply {
  if (newCookie !== null) giveCookie(service, reply, newCookie)
  return sendAnswer(reply, address, { code }, status)
}
