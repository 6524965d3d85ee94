import type { FastifyInstance, FastifyReply } from 'fastify'
import { type BrowserLoggedIn, logInBrowser } from '../../operations/log-in-browser.ts'
import { Throttled } from '../../protocol/throttled.ts'
import { loginPage } from '../pages/login-page.ts'
import type { SignInProblem } from '../pages/sign-in-problem.ts'
import { waitingPage } from '../pages/waiting-page.ts'
import { sendPage } from '../wire/send-page.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { pagePaths, type ReadFlow } from './flow.ts'
import { assertOwnForm } from './own-form.ts'
import { fieldOf, pageForm, pageQuery } from './page-schemas.ts'
import { type NotTaken, problemOf, throttled } from './problem-of.ts'
import { parametersOf } from './read-flow.ts'
import { readSiteFlow } from './site-flow.ts'
import { answerVisit, browserOf, type Exchange, type Visit } from './visit.ts'

/**
 * The login page by itself, for who is to have a session of this service and whose site is to have no code. The authorize
 * endpoint shows the same page. Visited by browsers and never called by a script: no CORS.
 */
export function loginRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings
  const config = { errors: 'page' } as const
  const url = pagePaths.login
  scope.get(
    url,
    { exposeHeadRoute: false, config, schema: { querystring: pageQuery, hide: true } },
    async (request, reply) =>
      answerVisit(surroundings, { request, reply }, await readSiteFlow(service, parametersOf(request)), showLoginPage),
  )
  scope.post(url, { config, schema: { querystring: pageQuery, body: pageForm, hide: true } }, (request, reply) =>
    submitLogin(surroundings, { request, reply }, () => readSiteFlow(service, parametersOf(request))),
  )
}

/** The page, as it is when somebody comes to it. */
export async function showLoginPage(visit: Visit): Promise<FastifyReply> {
  sendPage(visit.reply, 200, pageOf(visit, {}))
  return visit.reply
}

/** Takes the form of the login page, wherever the page was. */
export async function submitLogin(
  surroundings: Surroundings,
  exchange: Exchange,
  readFlow: () => Promise<ReadFlow>,
): Promise<FastifyReply> {
  assertOwnForm(surroundings.service, exchange.request)
  return answerVisit(surroundings, exchange, await readFlow(), logIn)
}

async function logIn(visit: Visit): Promise<FastifyReply> {
  const { surroundings, request, reply, flow, site, appearance } = visit
  const form = request.body
  const email = fieldOf(form, 'email')
  const remember = fieldOf(form, 'remember') !== ''
  const again = ({ status, problem }: NotTaken) => {
    sendPage(reply, status, pageOf(visit, { email, remember, problem }))
    return reply
  }
  let loggedIn: BrowserLoggedIn
  try {
    loggedIn = await logInBrowser(surroundings.service, {
      email,
      password: fieldOf(form, 'password'),
      ...browserOf(visit, { persistent: remember }),
    })
  } catch (error) {
    const notTaken = problemOf(reply, error, site.settings)
    if (notTaken === undefined) throw error
    return again(notTaken)
  }
  switch (loggedIn.outcome) {
    case 'logged_in':
      return flow.finish(reply, appearance, loggedIn.newCookie)
    case 'waiting':
      sendPage(reply, 403, waitingPage(appearance))
      return reply
    case 'throttled':
      return again(throttled(reply, new Throttled(loggedIn.waitMs)))
    default:
      return again(refusals[loggedIn.outcome])
  }
}

const refusals = {
  refused: { status: 401, problem: { kind: 'wrong_credentials' } },
  not_active: { status: 403, problem: { kind: 'not_active' } },
  locked: { status: 403, problem: { kind: 'locked' } },
} as const

function pageOf(
  { flow, site, appearance, hrefOf }: Visit,
  filledIn: { readonly email?: string; readonly remember?: boolean; readonly problem?: SignInProblem },
) {
  return loginPage(appearance, {
    ...filledIn,
    action: hrefOf(flow.loginPath),
    fields: flow.fields,
    registerHref: site.settings.registration === 'open' ? hrefOf(pagePaths.register) : null,
    forgottenHref: hrefOf(pagePaths.forgottenPassword),
    submitRedirectsTo: flow.redirectsTo,
  })
}
