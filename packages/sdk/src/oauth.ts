/** The OAuth service: tokens, what they stand for, and the keys by which others verify them. */
import type { KeySet, TokenInfo, TokenRequest, TokenResponse, UserInfo } from './messages.ts'
import { type Method, method } from './method.ts'

/**
 * Gets tokens by a grant: `anonymous`, `authorization_code`, `refresh_token`, `client_credentials`, `strip_bound_session` or
 * `authorized_client`. Keeps none: a client with `OAuthStrategy` or `AppStrategy` gets and keeps its own by itself.
 *
 * @throws {RefusedError} With the error of OAuth, such as `invalid_grant`.
 *
 * @example
 * ```ts
 * const { access_token } = await adminClient.headless.OAuthService.token({
 *   grantType: 'client_credentials',
 *   clientId,
 *   clientSecret,
 * })
 * ```
 */
export const token: Method<Omit<TokenRequest, 'body'>, TokenResponse> = /* @__PURE__ */ method({
  request: (body) => ({ verb: 'POST', path: '/oauth2/token', body }),
})

/**
 * What an access token or refresh token stands for now. One that is no good, whatever the reason, is answered with `active: false`.
 *
 * @throws {RefusedError} `THROTTLED_FEATURE` after too many that are no good.
 *
 * @example
 * ```ts
 * const { active, subjectId } = await adminClient.headless.OAuthService.tokenInfo({ token: accessToken })
 * ```
 */
export const tokenInfo: Method<{ readonly token: string }, TokenInfo> = /* @__PURE__ */ method({
  request: (body) => ({ verb: 'POST', path: '/oauth2/token-info', body }),
})

/**
 * The member who calls.
 *
 * @throws {RefusedError} `PERMISSION_DENIED` for a visitor.
 *
 * @example
 * ```ts
 * const { sub, email: address } = await client.oauth.userInfo()
 * ```
 */
export const userInfo: Method<undefined, UserInfo> = /* @__PURE__ */ method({
  request: () => ({ verb: 'GET', path: '/oauth2/user-info' }),
})

/**
 * The public keys with which access tokens are verified (RFC 7517). A signature says nothing of whether a session lives.
 *
 * @example
 * ```ts
 * const { keys } = await client.oauth.jwks()
 * ```
 */
export const jwks: Method<undefined, Required<KeySet>> = /* @__PURE__ */ method({
  request: () => ({ verb: 'GET', path: '/oauth2/jwks' }),
})
