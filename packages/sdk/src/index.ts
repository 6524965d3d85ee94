/** The SDK for browsers and for whatever acts for one visitor or member. Servers find more in `@adjourn/sdk/server`. */

export type { Auth } from './auth.ts'
export type { LogoutOptions, RawHttpResponse } from './authentication.ts'
export * as authentication from './authentication.ts'
export type { ContextClient } from './context.ts'
export {
  type ApiModule,
  type AuthStrategy,
  type Bound,
  type Client,
  type ClientOptions,
  createClient,
} from './create-client.ts'
export {
  type FieldViolation,
  type RefusedCode,
  RefusedError,
  type SignedOutCause,
  SignedOutError,
  UnavailableError,
} from './errors.ts'
export type { FrameOptions } from './frame.ts'
export type * from './messages.ts'
export type { InputOf, Method, MethodSpec } from './method.ts'
export * as oauth from './oauth.ts'
export type { OAuthAppChanges, OAuthAppId } from './oauth-apps.ts'
export * as oauthApps from './oauth-apps.ts'
export type {
  Credentials,
  OAuthAuth,
  OAuthStrategyOptions,
  PendingLogin,
  SignedOutEvent,
  SignOn,
} from './oauth-auth.ts'
export { OAuthStrategy } from './oauth-strategy.ts'
export * as recovery from './recovery.ts'
export * as redirects from './redirects.ts'
export * as sessions from './sessions.ts'
export * as signOnPolicy from './sign-on-policy.ts'
export { cookieTokens, localStorageTokens, memoryTokens, type TokenStorage, type Tokens } from './tokens.ts'
export type { ApiRequest, Connection, Nothing } from './transport.ts'
export * as verification from './verification.ts'
