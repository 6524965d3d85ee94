import type { FastifyReply, FastifyRequest } from 'fastify'
import type { LoggedOut, Logout } from '../../operations/log-out.ts'
import type { Service } from '../../operations/service.ts'
import { StorageUnavailable } from '../../ports/storage.ts'
import { ApplicationRefusal, ValidationRefusal } from '../../protocol/identity-errors.ts'
import { secretsToLeave, sessionCookieOf } from '../cookies/read-session-cookie.ts'
import { removeCookies } from '../cookies/remove-cookies.ts'
import { answerOf } from '../errors/answer.ts'
import { addErrorHeaders, noteError, sendError } from '../errors/render.ts'
import { continuePage } from '../pages/continue-page.ts'
import { signedOutPage } from '../pages/signed-out-page.ts'
import { addPageHeaders, sendPage } from '../wire/send-page.ts'
import { readAsked } from './asked.ts'
import { askingPage, failingPage, refusingPage } from './pages.ts'

/** The page a person sees tells the truth: what ended, that nothing was there to end, or the question. */
export async function answerPerson(
  service: Service,
  reply: FastifyReply,
  {
    logout,
    loggedOut,
    clearSiteData,
  }: { readonly logout: Logout; readonly loggedOut: LoggedOut; readonly clearSiteData: string | undefined },
): Promise<FastifyReply> {
  if (loggedOut.outcome === 'ask') {
    // An answer that came too late, or from elsewhere, is refused; the page asks anew, and the session is alive.
    const status = loggedOut.because === 'confirmation' ? 403 : 200
    sendPage(reply, status, await askingPage(service, logout, loggedOut))
    return reply
  }
  if (loggedOut.forgetCookie) removeCookies(reply)
  if (clearSiteData !== undefined) reply.header('clear-site-data', clearSiteData)
  const { found, redirectTo, redirectRefused, linkProblem } = loggedOut
  if (redirectTo === null) {
    const page = signedOutPage({
      outcome: found,
      ...(redirectRefused === null ? {} : { redirectRefused }),
      ...(linkProblem === null ? {} : { linkProblem }),
    })
    sendPage(reply, 200, page)
    return reply
  }
  const location = new URL(redirectTo).href
  const page = continuePage({ location })
  addPageHeaders(reply, page)
  return reply.code(302).header('location', location).type('text/html; charset=utf-8').send(page.html)
}

/** A refusal or failure as a page with a way out. The cookie stays: a retry must be able to name the session. */
export function answerPersonRefused(
  service: Service,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
): void {
  const answer = answerOf(error)
  const asked = readAsked(request, service.baseUrl)
  const isRefusedRequest =
    error instanceof ValidationRefusal || (error instanceof ApplicationRefusal && error.code === 'OAUTH_APP_NOT_FOUND')
  if (isRefusedRequest) {
    noteError(request, answer, error)
    const cookieSecrets = secretsToLeave(sessionCookieOf(service, request))
    sendPage(reply, answer.status, refusingPage(service, asked, cookieSecrets, error))
    return
  }
  if (error instanceof StorageUnavailable) {
    noteError(request, answer, error)
    addErrorHeaders(reply, answer)
    const method = request.method === 'POST' ? 'post' : 'get'
    sendPage(reply, answer.status, failingPage(asked, method, error.outcome === 'nothing_happened'))
    return
  }
  sendError(request, reply, error, 'page')
}
