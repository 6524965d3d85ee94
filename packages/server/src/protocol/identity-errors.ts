/**
 * The refusals of the identity API, as callers see them.
 *
 * A refusal is an expected answer to a bad request, with a stable code. It is thrown where it is noticed and turned
 * into bytes in one place (`http/errors`), which also picks the status. A broken dependency is never a refusal.
 */

/** Codes of `details.applicationError.code`. Always strings: callers compare them with `===`. */
export type ApplicationErrorCode =
  | '-19995' // e-mail address already registered
  | '-19999' // no such identity
  | '-19976' // wrong password
  | '-19973' // a new password has to be set first
  | '-19971' // no captcha token
  | '-19970' // a captcha token that is no good
  | 'THROTTLED_FEATURE'
  | 'INVALID_ARGUMENT'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'REQUEST_TOO_LARGE'
  | 'URI_TOO_LONG'
  | 'REQUEST_TIMEOUT'
  | 'HEADERS_TOO_LARGE'
  | 'PREFETCH_REFUSED'
  | 'OAUTH_APP_NOT_FOUND'
  | 'IDENTITY_NOT_ACTIVE'
  | 'RECENT_LOGIN_REQUIRED'
  | 'MEMBER_DELETED'
  | 'MAIL_NOT_FAILED'
  | 'MAIL_OUTDATED'
  | 'SITE_CHANGED'
  | 'NOTICE_DELIVERED'
  | 'LAST_OWNER'
  | 'MEMBER_CHANGED'
  | 'ALREADY_EXISTS'
  | 'MEMBER_NOT_WAITING'
  | 'INVALID_RECOVERY_TOKEN'
  | 'VERIFICATION_FAILED'
  | 'UNSUPPORTED_INTENT'
  | 'REGISTRATION_CLOSED'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL'

/** A request that was understood and is refused: `details.applicationError`. */
export class ApplicationRefusal extends Error {
  override readonly name = 'ApplicationRefusal'
  readonly code: ApplicationErrorCode
  readonly data: Readonly<Record<string, unknown>>

  constructor(code: ApplicationErrorCode, description: string, data: Readonly<Record<string, unknown>> = {}) {
    super(description)
    this.code = code
    this.data = data
  }
}

/** The rule that a field broke. `OTHER` is explained by `ruleName`. */
export type ViolatedRule = 'FORMAT' | 'MIN_LENGTH' | 'MAX_LENGTH' | 'REQUIRED_FIELD' | 'TYPE' | 'OTHER'

/** One field that broke one rule. `data` is always present: the official client reads it unguarded. */
export interface FieldViolation {
  /** Path inside the request message, for example `loginId.email`. */
  readonly field: string
  readonly description: string
  readonly violatedRule: ViolatedRule
  readonly ruleName: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Fields of the request that broke a rule: `details.validationError`. */
export class ValidationRefusal extends Error {
  override readonly name = 'ValidationRefusal'
  readonly violations: readonly FieldViolation[]

  constructor(violations: readonly FieldViolation[]) {
    super(violations.map(({ field, description }) => `${field} ${description}`).join('; '))
    this.violations = violations
  }
}

/** Makes a violation with the fields that are usually empty filled in. */
export function violation(
  field: string,
  violatedRule: ViolatedRule,
  description: string,
  more: { readonly ruleName?: string; readonly data?: Readonly<Record<string, unknown>> } = {},
): FieldViolation {
  return { field, description, violatedRule, ruleName: more.ruleName ?? '', data: more.data ?? {} }
}
