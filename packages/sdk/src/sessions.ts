/**
 * The member's own sessions, as far as the server gives them to the member. None of these forgets the tokens that the client holds:
 * to sign out, here or everywhere, `client.auth.signOut()` does the whole of it.
 */
import type { CurrentSession } from './messages.ts'
import { type Method, method } from './method.ts'
import { expectNoContent, type Nothing } from './transport.ts'

/**
 * The session of the caller: by the server's word they are signed in now.
 *
 * @throws {SignedOutError} When it is over.
 * @throws {RefusedError} `UNAUTHENTICATED` for a visitor.
 *
 * @example
 * ```ts
 * const { session } = await client.sessions.getCurrentSession()
 * show(`Signed in until ${session.expiresDate}`)
 * ```
 */
export const getCurrentSession: Method<undefined, CurrentSession> = /* @__PURE__ */ method({
  request: () => ({ verb: 'GET', path: '/v1/sessions/current' }),
})

/**
 * Ends the session of the caller.
 *
 * @throws {SignedOutError} When it is over already and the access token too old to say so to: nothing is left to end.
 * @throws {UnavailableError} When it is not certain that it has ended.
 *
 * @example
 * ```ts
 * await client.sessions.endCurrentSession()
 * ```
 */
export const endCurrentSession: Method<undefined, Nothing> = /* @__PURE__ */ method({
  request: () => ({ verb: 'DELETE', path: '/v1/sessions/current' }),
  answer: expectNoContent,
})

/**
 * Ends every other session of the caller's member, as of a telephone that was lost.
 *
 * @throws {UnavailableError} When it is not certain that they have ended.
 * @throws {SignedOutError} When the caller's own is over.
 *
 * @example
 * ```ts
 * await client.sessions.endOtherSessions()
 * ```
 */
export const endOtherSessions: Method<undefined, Nothing> = /* @__PURE__ */ method({
  request: () => ({ verb: 'DELETE', path: '/v1/sessions', query: { except: 'current' } }),
  answer: expectNoContent,
})

/**
 * Ends every session of the caller's member, the caller's own too.
 *
 * @throws {UnavailableError} When it is not certain that they have ended.
 * @throws {SignedOutError} When the caller's own is over.
 *
 * @example
 * ```ts
 * await client.sessions.endAllSessions()
 * ```
 */
export const endAllSessions: Method<undefined, Nothing> = /* @__PURE__ */ method({
  request: () => ({ verb: 'DELETE', path: '/v1/sessions' }),
  answer: expectNoContent,
})
