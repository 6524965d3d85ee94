import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { deviceOf } from '../../domain/device.ts'
import type { ClientId } from '../../domain/ids.ts'
import { type BrowserLoggedIn, logInBrowser } from '../../operations/log-in-browser.ts'
import type { NewCookie } from '../../operations/new-cookie.ts'
import type { Service } from '../../operations/service.ts'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { Throttled } from '../../protocol/throttled.ts'
import { readSessionCookie } from '../cookies/read-session-cookie.ts'
import { sessionCookie, sessionCookieName } from '../cookies/registry.ts'
import { loginFieldNames } from '../pages/login-page.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'

/** What a person fills in. */
export const loginForm = Type.Object({
  [loginFieldNames.email]: optional(Type.String()),
  [loginFieldNames.password]: optional(Type.String()),
  [loginFieldNames.remember]: optional(Type.String()),
})

/** The form as it came back, with the hidden fields of its page. */
export type LoginForm = Static<typeof loginForm> & Readonly<Record<string, unknown>>

export type LoginAttempt =
  | { readonly outcome: 'logged_in'; readonly newCookie: NewCookie }
  | {
      readonly outcome: 'refused'
      /** Of the answer, which shows the form again. */
      readonly status: number
      readonly problem: string
      readonly email: string
    }

/** Logs the person in who filled in the form of one of our pages, or says what the page has to say. */
export async function attemptLogin(
  surroundings: Surroundings,
  request: FastifyRequest,
  reply: FastifyReply,
  { form, clientId }: { readonly form: LoginForm; readonly clientId: ClientId },
): Promise<LoginAttempt> {
  const { service } = surroundings
  const email = form[loginFieldNames.email] ?? ''
  const loggedIn = await logInBrowser(service, {
    email,
    password: form[loginFieldNames.password] ?? '',
    persistent: (form[loginFieldNames.remember] ?? '') !== '',
    clientId,
    cookieSecret: cookieSecretOf(service, request),
    device: deviceOf(request.headers['user-agent']),
    source: surroundings.limitedSource(request),
    requestId: request.id,
  })
  if (loggedIn.outcome === 'logged_in') return loggedIn
  return { outcome: 'refused', ...refusalOf(reply, loggedIn), email }
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
export function assertOwnForm(service: Service, { headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site']
  const own = site === undefined ? headers.origin === service.baseUrl : site === 'same-origin'
  if (!own) throw new ApplicationRefusal('PERMISSION_DENIED', 'This form must be sent from the page of this service')
}

/** Gives the browser the cookie of its new session. */
export function giveCookie(service: Service, reply: FastifyReply, { secret, keepMs }: NewCookie): void {
  reply.header('set-cookie', sessionCookie(service.baseUrl, secret, keepMs))
}

/** The session secret that the browser holds so far, where it holds exactly one. */
export function cookieSecretOf(service: Service, request: FastifyRequest): string | undefined {
  const cookie = readSessionCookie(request.headers.cookie, sessionCookieName(service.baseUrl))
  return cookie.state === 'present' ? cookie.secret : undefined
}
