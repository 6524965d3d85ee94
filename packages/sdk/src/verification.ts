/** The verification service: codes that prove an address, while a new member logs in or because the site asks for it. */
import type {
  ResendRequest,
  StartVerificationRequest,
  StartVerificationResponse,
  StateMachineResponse,
  VerifyRequest,
} from './messages.ts'
import { type Method, method } from './method.ts'
import type { Nothing } from './transport.ts'

/**
 * Mails a member a code that proves their address. For the site: an app, or an API key with `IAM.START`.
 *
 * @throws {RefusedError} `PERMISSION_DENIED`; `-19999` when there is no such member; `IDENTITY_NOT_ACTIVE`.
 *
 * @example
 * ```ts
 * await adminClient.headless.VerificationService.start({ identityId: memberId })
 * ```
 */
export const start: Method<StartVerificationRequest, StartVerificationResponse> = /* @__PURE__ */ method({
  request: (body) => ({ verb: 'POST', path: '/_api/iam/verification/v1/start', body }),
})

/**
 * Goes on with a registration or login that came to `REQUIRE_EMAIL_VERIFICATION`, by the code that was mailed. With `SUCCESS` the
 * answer holds a `sessionToken`, good once and for ten minutes.
 *
 * @throws {RefusedError} `VERIFICATION_FAILED`, with the reason in `data.because` and, for a wrong code, `data.triesLeft`.
 *
 * @example
 * ```ts
 * const { state } = await client.verification.verifyDuringAuthentication({ code, stateToken })
 * ```
 */
export const verifyDuringAuthentication: Method<VerifyRequest, StateMachineResponse> = /* @__PURE__ */ method({
  request: (body) => ({ verb: 'POST', path: '/_api/iam/verification/v1/auth/verify', body }),
})

/**
 * Has another code mailed. The one before counts no more.
 *
 * @throws {RefusedError} `VERIFICATION_FAILED` when the state token is no good; `THROTTLED_FEATURE`.
 *
 * @example
 * ```ts
 * await client.verification.resendDuringAuthentication({ stateToken })
 * ```
 */
export const resendDuringAuthentication: Method<ResendRequest, Nothing> = /* @__PURE__ */ method({
  request: (body) => ({ verb: 'POST', path: '/_api/iam/verification/v1/auth/resend', body }),
})
