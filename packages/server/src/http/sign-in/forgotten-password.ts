import type { FastifyInstance, FastifyReply } from 'fastify'
import { isHomeOf } from '../../domain/redirects.ts'
import { parseWebUrl } from '../../domain/web-url.ts'
import { sendRecoveryEmail } from '../../operations/send-recovery-email.ts'
import { forgottenPasswordPage } from '../pages/forgotten-password-page.ts'
import { mailSentPage } from '../pages/mail-sent-page.ts'
import type { SignInProblem } from '../pages/sign-in-problem.ts'
import { sendPage } from '../wire/send-page.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { type Flow, pagePaths } from './flow.ts'
import { pageRoute } from './page-route.ts'
import { fieldOf } from './page-schemas.ts'
import { problemOf } from './problem-of.ts'
import type { Visit } from './visit.ts'

/** The page that has a link to a new password mailed. What it answers says nothing of whether anybody has the address. */
export function forgottenPasswordRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  pageRoute(scope, surroundings, {
    path: pagePaths.forgottenPassword,
    show: async (visit) => sendForm(visit, 200, {}),
    submit: askForLink,
  })
}

async function askForLink(visit: Visit): Promise<FastifyReply> {
  const { surroundings, request, reply, flow, site, appearance, hrefOf } = visit
  const email = fieldOf(request.body, 'email')
  try {
    await sendRecoveryEmail(surroundings.service, {
      email,
      language: appearance.words.code,
      redirect: { url: homeOf(flow), clientId: flow.client.id, mayBeHome: true },
      source: surroundings.limitedSource(request),
      requestId: request.id,
    })
  } catch (error) {
    const notTaken = problemOf(reply, error, site.settings)
    if (notTaken === undefined) throw error
    return sendForm(visit, notTaken.status, { email, problem: notTaken.problem })
  }
  sendPage(reply, 200, mailSentPage(appearance, { signInHref: hrefOf(flow.loginPath) }))
  return reply
}

/**
 * Where the person goes on once the password is set: home, from where they sign in anew. The mail may be read on another device,
 * where the site knows nothing of the login that was begun.
 */
function homeOf({ client, redirectsTo: [address = ''] }: Flow): string | null {
  const origin = parseWebUrl(address)?.origin
  const home = `${origin}/`
  return origin !== undefined && isHomeOf(home, client) ? home : null
}

function sendForm(
  { reply, flow, appearance, hrefOf }: Visit,
  status: number,
  filledIn: { readonly email?: string; readonly problem?: SignInProblem },
): FastifyReply {
  const page = forgottenPasswordPage(appearance, {
    ...filledIn,
    action: hrefOf(pagePaths.forgottenPassword),
    fields: flow.fields,
    signInHref: hrefOf(flow.loginPath),
  })
  sendPage(reply, status, page)
  return reply
}
