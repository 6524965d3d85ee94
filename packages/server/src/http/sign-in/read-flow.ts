import { readRedirectSession } from '../../operations/keep-redirect-session.ts'
import { sendAnswer } from '../authorization/authorization-answer.ts'
import { readAuthorizationRequest } from '../authorization/authorization-request.ts'
import { sendRefusal } from '../authorization/refusal.ts'
import { snakeCase } from '../wire/either-spelling.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { authorizationFlow } from './authorization-flow.ts'
import type { ReadFlow } from './flow.ts'
import { readSiteFlow } from './site-flow.ts'

type Parameters = Readonly<Record<string, unknown>>

/** Only an authorization request has one, and each has. */
const markOfAuthorization = 'responseType'

/**
 * Reads a flow from the parameters of a page, or from its form: what stands in the address of the form counts, and its hidden
 * fields where there is nothing.
 *
 * @throws {ValidationRefusal} When a parameter is repeated.
 */
export async function readFlow(
  surroundings: Surroundings,
  { query, body, id }: { readonly query: unknown; readonly body: unknown; readonly id: string },
): Promise<ReadFlow> {
  const given = await readRedirectSession(surroundings.service, parametersOf({ query, body }))
  const isAuthorization = [markOfAuthorization, snakeCase(markOfAuthorization)].some((name) => given[name] != null)
  if (!isAuthorization) return readSiteFlow(surroundings.service, given)
  return readAuthorizationFlow(surroundings, given, { requestId: id, loginPath: '/oauth2/authorize' })
}

/** Reads an authorization request as a flow. Whoever asked for an answer without a page is told that it takes one. */
export async function readAuthorizationFlow(
  surroundings: Surroundings,
  given: Parameters,
  { requestId, loginPath }: { readonly requestId: string; readonly loginPath: string },
): Promise<ReadFlow> {
  const read = await readAuthorizationRequest(surroundings, given, requestId)
  if (read.outcome !== 'good') {
    return { outcome: 'refused', answer: (reply, appearance) => sendRefusal(reply, appearance, read, 303) }
  }
  const { address, fields } = read
  if (address.responseMode === 'web_message' || fields.prompt === 'none') {
    const refusal = { error: 'login_required', error_description: 'Nobody is asked for a password in this mode' }
    return { outcome: 'refused', answer: (reply) => sendAnswer(reply, address, refusal, 303) }
  }
  return { outcome: 'good', flow: authorizationFlow(surroundings, read, loginPath) }
}

/** The parameters of a request: those of its address before those of its form. */
export function parametersOf({ query, body }: { readonly query: unknown; readonly body: unknown }): Parameters {
  return { ...(body as Parameters | null | undefined), ...(query as Parameters | null | undefined) }
}
