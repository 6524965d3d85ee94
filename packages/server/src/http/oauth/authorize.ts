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
import { sendAnswer } from '../authorization/authorization-answer.ts'
import {
  authorizationFieldNames,
  type ReadRequest,
  readAuthorizationRequest,
} from '../authorization/authorization-request.ts'
import { sendRefusal } from '../authorization/refusal.ts'
import { cookieSecretOf, giveCookie } from '../cookies/browser-session.ts'
import { isPrefetch } from '../logout/rendering.ts'
import { authorizationFlow } from '../sign-in/authorization-flow.ts'
import { showLoginPage, submitLogin } from '../sign-in/login.ts'
import { pageForm } from '../sign-in/page-schemas.ts'
import { parametersOf, readAuthorizationFlow } from '../sign-in/read-flow.ts'
import { showRegisterPage } from '../sign-in/register.ts'
import { answerVisit } from '../sign-in/visit.ts'
import { appearanceFor } from '../wire/appearance-for.ts'
import { snakeCase } from '../wire/either-spelling.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { mayReceiveCookie } from './cookie-reception.ts'

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
    const form = {
      config: { errors: 'page' },
      schema: { querystring: parameters, body: pageForm, hide: true },
    } as const
    scope.post(url, form, (request, reply) =>
      submitLogin(surroundings, { request, reply }, () =>
        readAuthorizationFlow(surroundings, parametersOf(request), { requestId: request.id, loginPath: url }),
      ),
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
  if (read.outcome !== 'good') return sendRefusal(reply, await appearanceFor(service, request), read, 302)
  const authorized = await authorizeSilently(service, request, read)
  const { address } = read
  if (authorized.outcome === 'code') {
    if (authorized.newCookie !== null) giveCookie(service, reply, authorized.newCookie)
    return sendAnswer(reply, address, { code: authorized.code }, 302)
  }
  // Nobody is asked for a password inside a frame of another site.
  if (read.fields.prompt === 'none' || address.responseMode === 'web_message') {
    const refusal = { error: 'login_required', error_description: whyNobody[authorized.because] }
    return sendAnswer(reply, address, refusal, 302)
  }
  const { loginUrl } = read.request.client
  if (loginUrl !== null) return reply.code(302).header('location', loginLocation(loginUrl, read)).send()
  const flow = authorizationFlow(surroundings, read, request.routeOptions.url ?? '/oauth2/authorize')
  const show = read.fields.prompt === 'create' ? showRegisterPage : showLoginPage
  return answerVisit(surroundings, { request, reply }, { outcome: 'good', flow }, show)
}

const whyNobody: Readonly<Record<NobodyBecause, string>> = {
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
