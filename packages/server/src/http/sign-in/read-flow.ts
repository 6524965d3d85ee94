import { readAuthorizationRequest } from '../authorization/authorization-request.ts'
import { sendRefusal } from '../authorization/refusal.ts'
import { snakeCase } from '../wire/either-spelling.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { authorizationFlow } from './authorization-flow.ts'
import type { ReadFlow } from './flow.ts'
import { readSiteFlow } from './site-flow.ts'

/** Only an authorization request has one, and each has. */
const markOfAuthorization = 'responseType'

/**
 * Reads what somebody came for from the parameters of a page, or from the hidden fields of its form.
 *
 * @throws {ValidationRefusal} When a parameter is repeated.
 */
export async function readFlow(
  surroundings: Surroundings,
  given: Readonly<Record<string, unknown>>,
  requestId: string,
): Promise<ReadFlow> {
  const isAuthorization = [markOfAuthorization, snakeCase(markOfAuthorization)].some(
    (name) => given[name] !== undefined,
  )
  if (!isAuthorization) return readSiteFlow(surroundings.service, given)
  return readAuthorizationFlow(surroundings, given, { requestId, loginPath: '/oauth2/authorize' })
}

/** Reads an authorization request as what somebody came for. */
export async function readAuthorizationFlow(
  surroundings: Surroundings,
  given: Readonly<Record<string, unknown>>,
  { requestId, loginPath }: { readonly requestId: string; readonly loginPath: string },
): Promise<ReadFlow> {
  const read = await readAuthorizationRequest(surroundings, given, requestId)
  return read.outcome === 'good'
    ? { outcome: 'good', flow: authorizationFlow(surroundings, read, loginPath) }
    : { outcome: 'refused', answer: (reply, appearance) => sendRefusal(reply, appearance, read, 303) }
}
