import type { FastifyInstance, FastifyReply } from 'fastify'
import { registerInBrowser } from '../../operations/register-in-browser.ts'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { closedPage } from '../pages/closed-page.ts'
import { registerPage } from '../pages/register-page.ts'
import type { SignInProblem } from '../pages/sign-in-problem.ts'
import { sendPage } from '../wire/send-page.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { pagePaths } from './flow.ts'
import { pageRoute } from './page-route.ts'
import { fieldOf } from './page-schemas.ts'
import { problemOf } from './problem-of.ts'
import { showCodePage } from './show-code-page.ts'
import type { Visit } from './visit.ts'

/** The page for a new member. A form that can be taken leads to the page that asks for a code, whoever has the address. */
export function registerRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  pageRoute(scope, surroundings, { path: pagePaths.register, show: showRegisterPage, submit: register })
}

/** The page, as it is when somebody comes to it; or that nobody may register. */
export async function showRegisterPage(visit: Visit): Promise<FastifyReply> {
  if (visit.site.settings.registration === 'closed') return sendClosed(visit)
  sendPage(visit.reply, 200, pageOf(visit, {}))
  return visit.reply
}

async function register(visit: Visit): Promise<FastifyReply> {
  const { surroundings, request, reply, flow, site, appearance } = visit
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
    return showCodePage(visit, { stateToken, email, remember }, {})
  } catch (error) {
    if (error instanceof ApplicationRefusal && error.code === 'REGISTRATION_CLOSED') return sendClosed(visit)
    const notTaken = problemOf(reply, error, site.settings)
    if (notTaken === undefined) throw error
    sendPage(reply, notTaken.status, pageOf(visit, { email, remember, problem: notTaken.problem }))
    return reply
  }
}

function sendClosed({ reply, flow, appearance, hrefOf }: Visit): FastifyReply {
  sendPage(reply, 403, closedPage(appearance, { signInHref: hrefOf(flow.loginPath) }))
  return reply
}

function pageOf(
  { flow, site, appearance, hrefOf }: Visit,
  filledIn: { readonly email?: string; readonly remember?: boolean; readonly problem?: SignInProblem },
) {
  return registerPage(appearance, {
    ...filledIn,
    action: hrefOf(pagePaths.register),
    fields: flow.fields,
    passwordLength: site.settings.passwordMinimumLength,
    signInHref: hrefOf(flow.loginPath),
  })
}
