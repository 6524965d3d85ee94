/** The redirects service: addresses to which a site sends its user's browser. */
import type { RedirectSessionRequest, RedirectSessionResponse } from './messages.ts'
import { type Method, method } from './method.ts'

/**
 * Prepares a redirect of the browser: to log in (`login`, `auth`) or to log out (`logout`). Nothing happens before the browser
 * goes to `fullUrl`.
 *
 * @throws {RefusedError} With a violation when there is not exactly one intent, or `callbacks.postFlowUrl` is not one of the client's.
 *
 * @example
 * ```ts
 * const { redirectSession } = await client.redirects.createRedirectSession({
 *   logout: { clientId },
 *   callbacks: { postFlowUrl: postLogoutRedirectUri },
 * })
 * location.assign(redirectSession.fullUrl)
 * ```
 */
export const createRedirectSession: Method<RedirectSessionRequest, RedirectSessionResponse> = /* @__PURE__ */ method({
  request: (body) => ({ verb: 'POST', path: '/headless/v1/redirect-session', body }),
})
