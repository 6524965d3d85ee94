import type { FastifyReply } from 'fastify'
import type { LoggedOut } from '../../operations/log-out.ts'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { cookieRemovals } from '../cookies/registry.ts'
import { removeCookies } from '../cookies/remove-cookies.ts'
import { constantSignedOutHtml, envelopeRedirectHtml } from '../pages/logout-envelope-html.ts'
import { asMessage, type RawHttpResponse } from '../wire/raw-http-response.ts'

type Headers = RawHttpResponse['headers']

const contentHeaders: Headers = [
  { key: 'Content-Type', value: 'text/html; charset=utf-8' },
  { key: 'Cache-Control', value: 'no-store' },
]
const removalHeaders: Headers = cookieRemovals.map((value) => ({ key: 'Set-Cookie', value }))

/** Nothing in them depends on the request, so they are written once. */
const constantMessages = {
  forgetting: JSON.stringify(asMessage(200, constantSignedOutHtml, [...removalHeaders, ...contentHeaders])),
  keeping: JSON.stringify(asMessage(200, constantSignedOutHtml, contentHeaders)),
}

/**
 * The same message whatever was found, so that nobody can ask it which credentials are alive. Cookies are removed for real
 * as well: a program that runs in a browser on this origin holds them.
 *
 * @returns The message, already as text where it is a constant one.
 * @throws {ApplicationRefusal} `PERMISSION_DENIED` where a confirmation was sent that is not good: nothing has ended.
 */
export function answerProgram(reply: FastifyReply, loggedOut: LoggedOut): RawHttpResponse | string {
  if (loggedOut.outcome === 'ask' && loggedOut.because === 'confirmation') {
    throw new ApplicationRefusal('PERMISSION_DENIED', 'This confirmation has expired, or belongs to another session')
  }
  // Only a person is asked; a program whose ticket is somebody else's than the cookie has its ticket's session ended.
  const forgetting = loggedOut.outcome === 'done' && loggedOut.forgetCookie
  if (forgetting) removeCookies(reply)
  if (loggedOut.redirectTo === null) {
    reply.type('application/json; charset=utf-8')
    return forgetting ? constantMessages.forgetting : constantMessages.keeping
  }
  const location = new URL(loggedOut.redirectTo).href
  const headers = [...(forgetting ? removalHeaders : []), { key: 'Location', value: location }, ...contentHeaders]
  return asMessage(302, envelopeRedirectHtml(location), headers)
}
