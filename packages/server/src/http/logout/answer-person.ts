import type { FastifyReply, FastifyRequest } from 'fastify'
import type { LoggedOut, Logout } from '../../operations/log-out.ts'
import type { Service } from '../../operations/service.ts'
import { StorageUnavailable } from '../../ports/storage.ts'
import { ApplicationRefusal, ValidationRefusal } from '../../protocol/identity-errors.ts'
import { secretsToLeave, sessionCookieOf } from '../cookies/read-session-cookie.ts'
import { removeCookies } from '../cookies/remove-cookies.ts'
import { answerOf } from '../errors/answer.ts'
import { addErrorHeaders, noteError, sendError } from '../errors/render.ts'
import type { Appearance } from '../pages/appearance.ts'
import { continuePage } from '../pages/continue-page.ts'
import { signedOutPage } from '../pages/signed-out-page.ts'
import { appearanceFor, appearanceWithoutSite } from '../wire/appearance-for.ts'
import { addPageHeaders, sendPage } from '../wire/send-page.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { readAsked } from './asked.ts'
import { clearSiteDataFor } from './clear-site-data.ts'
import { askingPage, failingPage, refusingPage } from './pages.ts'

/**
 * What the answer to a person needs besides what ended. Read before anything ends: once it has, no failing read may turn the
 * answer into "not signed out".
 */
export interface Preparation {
  readonly clearSiteData: '"storage"' | undefined
  readonly appearance: Appearance
}

/** Reads it. */
export async function prepareForPerson(surroundings: Surroundings, request: FastifyRequest): Promise<Preparation> {
  const [clearSiteData, appearance] = await Promise.all([
    clearSiteDataFor(surroundings),
    appearanceFor(surroundings.service, request),
  ])
  return { clearSiteData, appearance }
}

/** The page a person sees tells the truth: what ended, that nothing was there to end, or the question. */
export async function answerPerson(
  service: Service,
  reply: FastifyReply,
  {
    logout,
    loggedOut,
    clearSiteData,
    appearance,
  }: { readonly logout: Logout; readonly loggedOut: LoggedOut } & Preparation,
): Promise<FastifyReply> {
  if (loggedOut.outcome === 'ask') {
    // An answer that came too late, or from elsewhere, is refused; the page asks anew, and the session is alive.
    const status = loggedOut.because === 'confirmation' ? 403 : 200
    sendPage(reply, status, await askingPage(service, appearance, logout, loggedOut))
    return reply
  }
  if (loggedOut.forgetCookie) removeCookies(reply)
  if (clearSiteData !== undefined) reply.header('clear-site-data', clearSiteData)
  const { found, redirectTo, redirectRefused, linkProblem } = loggedOut
  if (redirectTo === null) {
    const page = signedOutPage(appearance, {
      outcome: found,
      ...(redirectRefused === null ? {} : { redirectRefused }),
      ...(linkProblem === null ? {} : { linkProblem }),
    })
    sendPage(reply, 200, page)
    return reply
  }
  const location = new URL(redirectTo).href
  const page = continuePage(appearance.words, { location })
  addPageHeaders(reply, page)
  return reply.code(302).header('location', location).type('text/html; charset=utf-8').send(page.html)
}

/** A refusal or failure as a page with a way out. The cookie stays: a retry must be able to name the session. */
export async function answerPersonRefused(
  service: Service,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
): Promise<void> {
  const answer = answerOf(error)
  const asked = readAsked(request, service.baseUrl)
  const isRefusedRequest =
    error instanceof ValidationRefusal || (error instanceof ApplicationRefusal && error.code === 'OAUTH_APP_NOT_FOUND')
  if (isRefusedRequest) {
    noteError(request, answer, error)
    const cookieSecrets = secretsToLeave(sessionCookieOf(service, request))
    const appearance = await appearanceFor(service, request).catch(() => appearanceWithoutSite(request))
    sendPage(reply, answer.status, refusingPage(service, appearance, asked, cookieSecrets, error))
    return
  }
  if (error instanceof StorageUnavailable) {
    noteError(request, answer, error)
    addErrorHeaders(reply, answer)
    const method = request.method === 'POST' ? 'post' : 'get'
    const certain = error.outcome === 'nothing_happened'
    sendPage(reply, answer.status, failingPage(appearanceWithoutSite(request), asked, { method, certain }))
    return
  }
  sendError(request, reply, error, 'page')
}
