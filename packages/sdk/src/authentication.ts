/** The authentication service: register, log in, change a password, log out; and, for the site, log a member in. */
import type {
  ChangePasswordRequest,
  LoginRequest,
  RegisterRequest,
  SignOnRequest,
  SignOnResponse,
  StateMachineResponse,
  ValidateEmailRequest,
  ValidateEmailResponse,
} from './messages.ts'
import { type Method, method } from './method.ts'
import { expectMessage, type Nothing } from './transport.ts'

export interface LogoutOptions {
  /** Where the browser should go next: an address of the client, or in one of its domains. */
  readonly postLogoutRedirectUri?: string
  /** The client whose addresses count; that of the access token unless told. */
  readonly clientId?: string
}

/** An HTTP answer as a message: what a browser would have been answered. */
export interface RawHttpResponse {
  readonly body: Uint8Array
  /** 302 where a redirect was asked for, 200 otherwise. */
  readonly statusCode: number
  readonly headers: readonly { readonly key: string; readonly value: string }[]
}

/** As it is sent: the body in Base64. */
type SentHttpResponse = Pick<RawHttpResponse, 'statusCode' | 'headers'> & { readonly body?: string }

/**
 * Ends the session of the caller on the server, with every token in it. Keeps the tokens that the client holds:
 * `client.auth.signOut()` does the whole of it.
 *
 * @throws {SignedOutError} When the session is over already and the access token too old to say so to: nothing is left to end.
 * @throws {RefusedError} When the redirect is not one of the client's: nothing has ended.
 * @throws {UnavailableError} When it is not certain that the session has ended.
 *
 * @example
 * ```ts
 * const { statusCode, headers } = await client.authentication.logout({ postLogoutRedirectUri })
 * ```
 */
export const logout: Method<LogoutOptions | undefined, RawHttpResponse> = /* @__PURE__ */ method({
  request: (options = {}) => ({ verb: 'POST', path: '/v1/logout', body: options }),
  answer: (message: unknown) => {
    const { body, statusCode, headers } = expectMessage<SentHttpResponse>(message, 'statusCode', 'headers')
    return { body: Uint8Array.from(atob(body ?? ''), (character) => character.charCodeAt(0)), statusCode, headers }
  },
})

/**
 * Registers a member. With `SUCCESS` the answer holds a `sessionToken`, good once and for ten minutes.
 *
 * @throws {RefusedError} `-19995` when the address is taken; with violations when a field breaks a rule.
 *
 * @example
 * ```ts
 * const { state } = await client.authentication.register({ loginId: { email: 'ada@shop.example' }, password })
 * ```
 */
export const register: Method<RegisterRequest, StateMachineResponse> = /* @__PURE__ */ method({
  request: (body) => ({ verb: 'POST', path: '/v2/register', body }),
})

/**
 * Checks a password. With `SUCCESS` the answer holds a `sessionToken`, good once and for ten minutes.
 *
 * @throws {RefusedError} `-19999` for an unknown address, `-19976` for a wrong password, `IDENTITY_NOT_ACTIVE`.
 *
 * @example
 * ```ts
 * const { sessionToken } = await client.authentication.login({ loginId: { email }, password })
 * ```
 */
export const login: Method<LoginRequest, StateMachineResponse> = /* @__PURE__ */ method({
  request: (body) => ({ verb: 'POST', path: '/v2/login', body }),
})

/**
 * Logs a member in without a credential of theirs, and adds them where they are new. For the site, which has made sure itself who it
 * is: an app, or an API key with `IAM.AUTHENTICAITON_SIGN_ON`. The `sessionToken` is good once and for ten minutes.
 *
 * @throws {RefusedError} `PERMISSION_DENIED`; `IDENTITY_NOT_ACTIVE` for a member who was blocked.
 *
 * @example
 * ```ts
 * const { AuthenticationService } = adminClient.headless
 * const { sessionToken } = await AuthenticationService.signOn({ loginId: { email }, verifyEmail: true })
 * await signInOnServer(client, sessionToken, { redirectUri })
 * ```
 */
export const signOn: Method<SignOnRequest, SignOnResponse> = /* @__PURE__ */ method({
  request: (body) => ({ verb: 'POST', path: '/v2/sign-on', body }),
})

/**
 * Changes the caller's password. Their session stays, all their others end.
 *
 * @throws {RefusedError} With a violation of `newPassword` when it breaks a rule.
 *
 * @example
 * ```ts
 * await client.authentication.changePassword({ newPassword: 'a new long passphrase' })
 * ```
 */
export const changePassword: Method<ChangePasswordRequest, Nothing> = /* @__PURE__ */ method({
  request: (body) => ({ verb: 'POST', path: '/v2/change-password', body }),
})

/**
 * Whether a text is an e-mail address by its form. Says nothing of whether anybody has it.
 *
 * @example
 * ```ts
 * const { valid } = await client.authentication.validateEmail({ email })
 * ```
 */
export const validateEmail: Method<ValidateEmailRequest, ValidateEmailResponse> = /* @__PURE__ */ method({
  request: (body) => ({ verb: 'POST', path: '/v2/validate-email', body }),
})
