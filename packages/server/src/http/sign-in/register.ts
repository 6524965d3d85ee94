import type { FastifyInstance, FastifyReply } from 'fastify'
import { registerInBrowser } from '../../operations/register-in-browser.ts'
import { errorPage } from '../pages/error-page.ts'
import { registerPage } from '../pages/register-page.ts'
import type { SignInProblem } from '../pages/sign-in-problem.ts'
import { sendPage } from '../wire/send-page.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { showCodePage } from './code.ts'
import { hrefOf, pagePaths } from './flow.ts'
import { assertOwnForm } from './own-form.ts'
import { fieldOf, pageForm, pageQuery } from './page-schemas.ts'
import { problemOf } from './problem-of.ts'
import { readFlow } from './read-flow.ts'
import { type Visit, visit } from './visit.ts'

/** The page for a new member. Whatever comes of its form, the next page is the one that asks for a code. */
export function registerRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const config = { errors: 'page' } as const
  const url = pagePaths.register
  scope.get(
    url,
    { exposeHeadRoute: false, config, schema: { querystring: pageQuery, hide: true } },
    async (request, reply) => {
      const read = await readFlow(surroundings, request.query as Readonly<Record<string, unknown>>, request.id)
      return visit(surroundings, { request, reply }, read, showRegisterPage)
    },
  )
  scope.post(url, { config, schema: { body: pageForm, hide: true } }, async (request, reply) => {
    assertOwnForm(surroundings.service, request)
    const read = await readFlow(surroundings, request.body as Readonly<Record<string, unknown>>, request.id)
    return visit(surroundings, { request, reply }, read, register)
  })
}

/** The page, as it is when somebody comes to it; or that nobody may register. */
export async function showRegisterPage(visit: Visit): Promise<FastifyReply> {
  const { reply, site } = visit
  if (site.settings.registration === 'closed') return sendClosed(visit)
  sendPage(reply, 200, pageOf(visit, {}))
  return reply
}

async function register(visit: Visit): Promise<FastifyReply> {
  const { surroundings, request, reply, flow, site, appearance } = visit
  if (site.settings.registration === 'closed') return sendClosed(visit)
  const form = request.body
  const email = fieldOf(form, 'email')
  const remember = fieldOf(form, 'remember') !== ''
  try {
    const stateToken = await registerInBrowser(surroundings.service, {
      email,
      password: fieldOf(form, 'password'),
      clientId: flow.client.id,
      language: appearance.words.code,
      source: surroundings.limitedSource(request),
      requestId: request.id,
    })
    return await showCodePage(visit, { stateToken, email, remember }, {})
  } catch (error) {
    const notTaken = problemOf(reply, error, site.settings)
    if (notTaken === undefined) throw error
    sendPage(reply, notTaken.status, pageOf(visit, { email, remember, problem: notTaken.problem }))
    return reply
  }
}

function sendClosed({ reply, appearance }: Visit): FastifyReply {
  const { title, text } = appearance.words.register.closed
  sendPage(reply, 403, errorPage(appearance, { title, explanation: text }))
  return reply
}

function pageOf(
  { flow, site, appearance }: Visit,
  filledIn: { readonly email?: string; readonly remember?: boolean; readonly problem?: SignInProblem },
) {
  return registerPage(appearance, {
    ...filledIn,
    action: pagePaths.register,
    fields: flow.fields,
    passwordLength: site.settings.passwordMinimumLength,
    signInHref: hrefOf(flow, flow.loginPath),
  })
}
