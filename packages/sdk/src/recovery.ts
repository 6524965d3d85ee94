/** The recovery service: links by which a member chooses a new password, or their first. */
import type {
  RecoverRequest,
  SendActivationEmailRequest,
  SendRecoveryEmailRequest,
  StateMachineResponse,
} from './messages.ts'
import { type Method, method } from './method.ts'
import type { Nothing } from './transport.ts'

/**
 * Mails a link for choosing a new password. Says nothing of whether anybody has the address.
 *
 * @throws {RefusedError} With a violation of `redirect.url` when it is not one of the client's; `THROTTLED_FEATURE`.
 *
 * @example
 * ```ts
 * await client.recovery.sendRecoveryEmail({ email, redirect: { url: redirectUri, clientId } })
 * ```
 */
export const sendRecoveryEmail: Method<SendRecoveryEmailRequest, Nothing> = /* @__PURE__ */ method({
  request: (body) => ({ verb: 'POST', path: '/_api/iam/recovery/v1/send-email', body }),
})

/**
 * Mails a member a link for choosing their first password. For the site: an app, or an API key with `IAM.SEND_ACTIVATION_EMAIL`.
 *
 * @throws {RefusedError} `PERMISSION_DENIED`; `-19999` when there is no such member; `IDENTITY_NOT_ACTIVE`.
 *
 * @example
 * ```ts
 * await adminClient.headless.RecoveryService.sendActivationEmail({ identityId: memberId })
 * ```
 */
export const sendActivationEmail: Method<SendActivationEmailRequest, Nothing> = /* @__PURE__ */ method({
  request: (body) => ({ verb: 'POST', path: '/_api/iam/recovery/v1/activation-email', body }),
})

/**
 * Chooses a new password by the token of a mailed link. Every session of the member ends. With `SUCCESS` the answer holds a
 * `sessionToken`, good once and for ten minutes.
 *
 * @throws {RefusedError} `INVALID_RECOVERY_TOKEN`, with the reason in `data.because`; with a violation of `password` when it breaks
 *   a rule.
 *
 * @example
 * ```ts
 * const { state } = await client.recovery.recover({ recoveryToken, password: 'a new long passphrase' })
 * ```
 */
export const recover: Method<RecoverRequest, StateMachineResponse> = /* @__PURE__ */ method({
  request: (body) => ({ verb: 'POST', path: '/_api/iam/recovery/v1/recover', body }),
})
