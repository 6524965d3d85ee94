import type { FastifyReply } from 'fastify'
import type { LoggedOut } from '../../operations/log-out.ts'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { cookieRemovals } from '../cookies/registry.ts'
import { constantSignedOutHtml, envelopeRedirectHtml } from '../pages/logout-envelope-html.ts'
import { asMessage, encodeBody, type RawHttpResponse } from '../wire/raw-http-response.ts'

const constantBody = encodeBody(constantSignedOutHtml)
const contentHeaders: RawHttpResponse['headers'] = [
  { key: 'Content-Type', value: 'text/html; charset=utf-8' },
  { key: 'Cache-Control', value: 'no-store' },
]

/**
 * The same message whatever was found, so that nobody can ask it which credentials are alive. Cookies are removed for real
 * as well: a program that runs in a browser on this origin holds them.
 *
 * @throws {ApplicationRefusal} `PERMISSION_DENIED` where a confirmation was sent that is not good: nothing has ended.
 */
export function answerProgram(reply: FastifyReply, loggedOut: LoggedOut): RawHttpResponse {
  if (loggedOut.outcome === 'ask' && loggedOut.because === 'confirmation') {
    throw new ApplicationRefusal('PERMISSION_DENIED', 'This confirmation has expired, or belongs to another session')
  }
  // Only a person is asked; a program whose ticket is somebody else's than the cookie has its ticket's session ended.
  const removals = loggedOut.outcome === 'done' && loggedOut.forgetCookie ? cookieRemovals : []
  for (const removal of removals) reply.header('set-cookie', removal)
  const location = loggedOut.redirectTo === null ? undefined : new URL(loggedOut.redirectTo).href
  const headers = [
    ...removals.map((value) => ({ key: 'Set-Cookie', value })),
    ...(location === undefined ? [] : [{ key: 'Location', value: location }]),
    ...contentHeaders,
  ]
  return location === undefined
    ? { body: constantBody, statusCode: 200, headers }
    : asMessage(302, envelopeRedirectHtml(location), headers)
}
