import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { deviceOf } from '../../domain/device.ts'
import {
  type Authorized,
  authorizeByCookie,
  authorizeByTicket,
  type NobodyBecause,
} from '../../operations/authorize.ts'
import { type BrowserLoggedIn, logInBrowser } from '../../operations/log-in-browser.ts'
import type { NewCookie } from '../../operations/new-cookie.ts'
import type { Service } from '../../operations/service.ts'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { Throttled } from '../../protocol/throttled.ts'
import { readSessionCookie } from '../cookies/read-session-cookie.ts'
import { sessionCookie, sessionCookieName } from '../cookies/registry.ts'
import { isPrefetch } from '../logout/rendering.ts'
import { errorPage } from '../pages/error-page.ts'
import { loginFieldNames, loginPage } from '../pages/login-page.ts'
import { snakeCase } from '../wire/either-spelling.ts'
import { sendPage } from '../wire/send-page.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { type AnswerAddress, sendAnswer } from './authorization-answer.ts'
import { authorizationFieldNames, type ReadRequest, readAuthorizationRequest } from './authorization-request.ts'
import { mayReceiveCookie } from './cookie-reception.ts'

type GoodRequest = Extract<ReadRequest, { outcome: 'good' }>

/** As texts only: what no store can carry is refused before anything is looked up. */
const parameters = Type.Object(
  Object.fromEntries(
    authorizationFieldNames.flatMap((name) => [name, snakeCase(name)]).map((name) => [name, optional(Type.String())]),
  ),
)

const loginForm = Type.Object({
  [loginFieldNames.email]: optional(Type.String()),
  [loginFieldNames.password]: optional(Type.String()),
  [loginFieldNames.remember]: optional(Type.String()),
})

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
  const form = request.body as Readonly<Record<string, unknown>>
  const read = await readAuthorizationRequest(surroundings, form, request.id)
  if (read.outcome !== 'good') return sendRefusal(reply, read, 303)
  const email = textOf(form, loginFieldNames.email)
  const loggedIn = await logInBrowser(service, {
    email,
    password: textOf(form, loginFieldNames.password),
    persistent: textOf(form, loginFieldNames.remember) !== '',
    clientId: read.request.client.id,
    cookieSecret: cookieSecretOf(service, request),
    device: deviceOf(request.headers['user-agent']),
    source: surroundings.limitedSource(request),
    requestId: request.id,
  })
  if (loggedIn.outcome !== 'logged_in') {
    const { status, problem } = refusalOf(reply, loggedIn)
    sendPage(reply, status, formPage(request, read, { email, problem }))
    return reply
  }
  setCookie(service, reply, loggedIn.newCookie)
  const authorized = await authorizeByCookie(
    service,
    // Whoever a ticket named before, it is the one who just logged in who is meant.
    { ...read.request, sessionToken: null },
    loggedIn.newCookie.secret,
  )
  if (authorized.outcome === 'code') return sendCode(service, reply, read, authorized, 303)
  // Between the login and the code somebody ended everything of this member.
  return sendRefusal(
    reply,
    { outcome: 'error', address: read.address, error: 'login_required', description: 'The session has ended again' },
    303,
  )
}

/** What the page says of a login that was refused. */
function refusalOf(reply: FastifyReply, refused: Exclude<BrowserLoggedIn, { outcome: 'logged_in' }>) {
  if (refused.outcome !== 'throttled') return problems[refused.outcome]
  const { retryAfterSeconds } = new Throttled(refused.waitMs)
  reply.header('retry-after', retryAfterSeconds)
  const minutes = Math.ceil(retryAfterSeconds / 60)
  const time = retryAfterSeconds <= 60 ? 'a minute' : `${minutes} minutes`
  return { status: 429, problem: `There were too many attempts. Try again in ${time}.` }
}

const problems = {
  refused: { status: 401, problem: 'The e-mail address or the password is not right.' },
  waiting: { status: 403, problem: 'Your registration still has to be approved.' },
  unproven: {
    status: 403,
    problem:
      'Your e-mail address is not confirmed yet. Log in on the site to have a code sent, or set a new password by a link: that confirms it too.',
  },
  not_active: { status: 403, problem: 'This account cannot sign in.' },
  locked: {
    status: 403,
    problem: 'Too many attempts failed. Set a new password to sign in again.',
  },
} as const

/**
 * A login must not be forced: a form on another site could log a person in as somebody else. Every browser sends one of
 * the two headers with a form.
 */
function assertOwnForm(service: Service, { headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site']
  const own = site === undefined ? headers.origin === service.baseUrl : site === 'same-origin'
  if (!own) throw new ApplicationRefusal('PERMISSION_DENIED', 'This form must be sent from the page of this service')
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
  if (newCookie !== null) setCookie(service, reply, newCookie)
  return sendAnswer(reply, address, { code }, status)
}

function setCookie(service: Service, reply: FastifyReply, { secret, keepMs }: NewCookie): void {
  reply.header('set-cookie', sessionCookie(service.baseUrl, secret, keepMs))
}

function cookieSecretOf(service: Service, request: FastifyRequest): string | undefined {
  const cookie = readSessionCookie(request.headers.cookie, sessionCookieName(service.baseUrl))
  return cookie.state === 'present' ? cookie.secret : undefined
}

function textOf(form: Readonly<Record<string, unknown>>, name: string): string {
  const value = form[name]
  return typeof value === 'string' ? value : ''
}
