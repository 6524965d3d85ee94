import { isAllowedRedirectTarget } from '../../domain/redirects.ts'
import { findActiveClient } from '../../operations/find-client.ts'
import { readRedirectSession } from '../../operations/keep-redirect-session.ts'
import type { Service } from '../../operations/service.ts'
import { giveCookie } from '../cookies/browser-session.ts'
import { errorPage } from '../pages/error-page.ts'
import { signedInPage } from '../pages/signed-in-page.ts'
import type { Words } from '../pages/words/words.ts'
import { readEitherSpelling } from '../wire/either-spelling.ts'
import { sendPage } from '../wire/send-page.ts'
import { pagePaths, type ReadFlow } from './flow.ts'

export const siteFlowFieldNames = ['clientId', 'postFlowUrl', 'uiLocales'] as const

/**
 * Reads what somebody came for who is to have a session of this service and nothing else: a redirect session with the intent
 * `login`. They are sent on without a code.
 *
 * Judged anew with each form: what a client may do may have changed, and hidden fields can be written by anybody.
 */
export async function readSiteFlow(service: Service, given: Readonly<Record<string, unknown>>): Promise<ReadFlow> {
  const fields = readEitherSpelling(await readRedirectSession(service, given), siteFlowFieldNames)
  const { clientId, postFlowUrl, uiLocales } = fields
  const client = clientId === undefined ? undefined : await findActiveClient(service, clientId)
  if (client === undefined) return refused((words) => words.refusedFlow.unknown_client.text)
  if (postFlowUrl !== undefined && !isAllowedRedirectTarget(postFlowUrl, client)) {
    return refused((words) => words.refusedFlow.post_flow_url_not_allowed.text)
  }
  return {
    outcome: 'good',
    flow: {
      client,
      fields: fields as Readonly<Record<string, string>>,
      loginPath: pagePaths.login,
      uiLocales,
      redirectsTo: postFlowUrl === undefined ? [] : [postFlowUrl],
      finish: async (reply, appearance, newCookie) => {
        giveCookie(service, reply, newCookie)
        if (postFlowUrl !== undefined) return reply.code(303).header('location', new URL(postFlowUrl).href).send()
        sendPage(reply, 200, signedInPage(appearance))
        return reply
      },
    },
  }
}

function refused(explanation: (words: Words) => string): ReadFlow {
  return {
    outcome: 'refused',
    answer: (reply, appearance) => {
      const { title } = appearance.words.refusedFlow.post_flow_url_not_allowed
      sendPage(reply, 400, errorPage(appearance, { title, explanation: explanation(appearance.words) }))
      return reply
    },
  }
}
