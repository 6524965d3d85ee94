/** The sign-on policy service: what new members have to wait for. For the site alone. */
import type { SignOnPolicyResponse, UpdateSignOnPolicyRequest } from './messages.ts'
import { type Method, method } from './method.ts'

/**
 * What new members have to wait for: a proof of their address, the owner's approval, both, or nothing. For an app, or an API key
 * with `IAM.SIGN_ON_POLICY_READ`.
 *
 * @throws {RefusedError} `PERMISSION_DENIED`.
 *
 * @example
 * ```ts
 * const { signOnPolicy } = await adminClient.headless.SignOnPolicyService.getSignOnPolicy()
 * ```
 */
export const getSignOnPolicy: Method<undefined, SignOnPolicyResponse> = /* @__PURE__ */ method({
  request: () => ({ verb: 'GET', path: '/iam/signon/v1/sign-on-policies' }),
})

/**
 * Changes what new members have to wait for. What is left out stays as it is. For an app, or an API key with
 * `IAM.SIGN_ON_POLICY_UPDATE`.
 *
 * @throws {RefusedError} `PERMISSION_DENIED`; with a violation of `fieldMask` when it names anything else.
 *
 * @example
 * ```ts
 * const signOnPolicy = { requireEmailVerification: true }
 * await adminClient.headless.SignOnPolicyService.updateSignOnPolicy({ signOnPolicy })
 * ```
 */
export const updateSignOnPolicy: Method<UpdateSignOnPolicyRequest, SignOnPolicyResponse> = /* @__PURE__ */ method({
  request: (body) => ({ verb: 'PATCH', path: '/iam/signon/v1/sign-on-policies', body }),
})
