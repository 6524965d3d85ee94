import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Client } from '../../domain/client.ts'
import { isAllowedRedirectTarget } from '../../domain/redirects.ts'
import { findActiveClient } from '../../operations/find-client.ts'
import { readRedirectSession } from '../../operations/keep-redirect-session.ts'
import type { Service } from '../../operations/service.ts'
import { errorPage } from '../pages/error-page.ts'
import { loginPage } from '../pages/login-page.ts'
import { signedInPage } from '../pages/signed-in-page.ts'
import { sendPage } from '../wire/send-page.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { assertOwnForm, attemptLogin, giveCookie, type LoginForm, loginForm } from './login-attempt.ts'

/** Where a site's user is sent to log in here, without a code for the site: a redirect session with the intent `login`. */
export const loginPath = '/login'

const asked = { clientId: optional(Type.String()), postFlowUrl: optional(Type.String()) }
const query = Type.Object({ ...asked, redirectSession: optional(Type.String()) })

/** The login page by itself. A POST is its form coming back. Visited by browsers and never called by a script: no CORS. */
export function loginPageRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings
  const config = { errors: 'page' } as const
  scope.get(
    loginPath,
    { config, schema: { querystring: query, hide: true }, exposeHeadRoute: false },
    async (request, reply) => {
      const read = await readAsked(service, request.query as Readonly<Record<string, unknown>>)
      if (read.outcome === 'refused') return refuse(reply, read.explanation)
      sendPage(reply, 200, formPage(read, {}))
      return reply
    },
  )
  const form = Type.Object({ ...loginForm.properties, ...asked })
  scope.post(loginPath, { config, schema: { body: form, hide: true } }, (request, reply) =>
    logIn(surroundings, request, reply),
  )
}

async function logIn(surroundings: Surroundings, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { service } = surroundings
  assertOwnForm(service, request)
  const form = request.body as LoginForm
  const read = await readAsked(service, form)
  if (read.outcome === 'refused') return refuse(reply, read.explanation)
  const attempt = await attemptLogin(surroundings, request, reply, { form, clientId: read.client.id })
  if (attempt.outcome === 'refused') {
    sendPage(reply, attempt.status, formPage(read, attempt))
    return reply
  }
  giveCookie(service, reply, attempt.newCookie)
  if (read.postFlowUrl !== null) return reply.code(303).header('location', new URL(read.postFlowUrl).href).send()
  sendPage(reply, 200, signedInPage())
  return reply
}

type Asked =
  | { readonly outcome: 'good'; readonly client: Client; readonly postFlowUrl: string | null }
  | { readonly outcome: 'refused'; readonly explanation: string }

/** Judged anew with the form: what a client may do may have changed, and hidden fields can be written by anybody. */
async function readAsked(service: Service, given: Readonly<Record<string, unknown>>): Promise<Asked> {
  const { clientId, postFlowUrl } = await readRedirectSession(service, given)
  const client = typeof clientId === 'string' ? await findActiveClient(service, clientId) : undefined
  if (client === undefined) return { outcome: 'refused', explanation: 'clientId names no client of this service.' }
  if (typeof postFlowUrl !== 'string' || postFlowUrl === '') return { outcome: 'good', client, postFlowUrl: null }
  if (isAllowedRedirectTarget(postFlowUrl, client)) return { outcome: 'good', client, postFlowUrl }
  return {
    outcome: 'refused',
    explanation: 'postFlowUrl is not among the redirect addresses and domains of the client.',
  }
}

function formPage(
  { client, postFlowUrl }: Extract<Asked, { outcome: 'good' }>,
  { email, problem }: { readonly email?: string; readonly problem?: string },
) {
  return loginPage({
    action: loginPath,
    fields: { clientId: client.id, ...(postFlowUrl === null ? {} : { postFlowUrl }) },
    email,
    problem,
    canRegister: false,
    submitRedirectsTo: postFlowUrl === null ? [] : [postFlowUrl],
  })
}

function refuse(reply: FastifyReply, explanation: string): FastifyReply {
  sendPage(reply, 400, errorPage({ title: 'This link is not good', explanation }))
  return reply
}
