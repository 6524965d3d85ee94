import type { FastifyInstance, FastifyReply } from 'fastify'
import { sendRecoveryEmail } from '../../operations/send-recovery-email.ts'
import { forgottenPasswordPage } from '../pages/forgotten-password-page.ts'
import { mailSentPage } from '../pages/mail-sent-page.ts'
import type { SignInProblem } from '../pages/sign-in-problem.ts'
import { sendPage } from '../wire/send-page.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { hrefOf, pagePaths } from './flow.ts'
import { assertOwnForm } from './own-form.ts'
import { fieldOf, pageForm, pageQuery } from './page-schemas.ts'
import { problemOf } from './problem-of.ts'
import { readFlow } from './read-flow.ts'
import { type Visit, visit } from './visit.ts'

/** The page that has a link to a new password mailed. What it answers says nothing of whether anybody has the address. */
export function forgottenPasswordRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const config = { errors: 'page' } as const
  const url = pagePaths.forgottenPassword
  scope.get(
    url,
    { exposeHeadRoute: false, config, schema: { querystring: pageQuery, hide: true } },
    async (request, reply) => {
      const read = await readFlow(surroundings, request.query as Readonly<Record<string, unknown>>, request.id)
      return visit(surroundings, { request, reply }, read, async (come) => sendForm(come, 200, {}))
    },
  )
  scope.post(url, { config, schema: { body: pageForm, hide: true } }, async (request, reply) => {
    assertOwnForm(surroundings.service, request)
    const read = await readFlow(surroundings, request.body as Readonly<Record<string, unknown>>, request.id)
    return visit(surroundings, { request, reply }, read, askForLink)
  })
}

async function askForLink(visit: Visit): Promise<FastifyReply> {
  const { surroundings, request, reply, flow, site, appearance } = visit
  const email = fieldOf(request.body, 'email')
  try {
    await sendRecoveryEmail(surroundings.service, {
      email,
      language: appearance.words.code,
      redirect: { url: null, clientId: flow.client.id },
      source: surroundings.limitedSource(request),
      requestId: request.id,
    })
  } catch (error) {
    const notTaken = problemOf(reply, error, site.settings)
    if (notTaken === undefined) throw error
    return sendForm(visit, notTaken.status, { email, problem: notTaken.problem })
  }
  sendPage(reply, 200, mailSentPage(appearance))
  return reply
}

function sendForm(
  { reply, flow, appearance }: Visit,
  status: number,
  filledIn: { readonly email?: string; readonly problem?: SignInProblem },
): FastifyReply {
  const page = forgottenPasswordPage(appearance, {
    ...filledIn,
    action: pagePaths.forgottenPassword,
    fields: flow.fields,
    signInHref: hrefOf(flow, flow.loginPath),
  })
  sendPage(reply, status, page)
  return reply
}
