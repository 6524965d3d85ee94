import { authorizeByCookie } from '../../operations/authorize.ts'
import { sendAnswer } from '../authorization/authorization-answer.ts'
import type { ReadRequest } from '../authorization/authorization-request.ts'
import { sendRefusal } from '../authorization/refusal.ts'
import { giveCookie } from '../cookies/browser-session.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import type { Flow } from './flow.ts'

/** The flow of an authorization request that is in order, whose login page is at whichever address it came to. */
export function authorizationFlow(
  { service }: Surroundings,
  { request, fields, address }: Extract<ReadRequest, { outcome: 'good' }>,
  loginPath: string,
): Flow {
  const { sessionToken: _used, prompt: _shown, ...kept } = fields
  return {
    client: request.client,
    fields: kept as Readonly<Record<string, string>>,
    loginPath,
    uiLocales: fields.uiLocales,
    redirectsTo: address.responseMode === 'web_message' ? [] : [address.redirectUri],
    finish: async (reply, appearance, newCookie) => {
      giveCookie(service, reply, newCookie)
      // Whoever a ticket named before, it is the one who just signed in who is meant.
      const authorized = await authorizeByCookie(service, { ...request, sessionToken: null }, newCookie.secret)
      if (authorized.outcome === 'code') return sendAnswer(reply, address, { code: authorized.code }, 303)
      // Between the login and the code somebody ended everything of this member.
      const description = 'The session has ended again'
      return sendRefusal(reply, appearance, { outcome: 'error', address, error: 'login_required', description }, 303)
    },
  }
}
