import type { ApplicationErrorCode } from '../../protocol/identity-errors.ts'
import type { OAuthErrorName } from '../../protocol/oauth-errors.ts'

/** The one place that decides which status a code has. A new code does not compile until it has one. */
export const statusOfApplicationError = {
  '-19995': 409,
  '-19999': 404,
  '-19976': 401,
  '-19973': 401,
  '-19971': 401,
  '-19970': 401,
  THROTTLED_FEATURE: 429,
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  REQUEST_TOO_LARGE: 413,
  URI_TOO_LONG: 414,
  UNSUPPORTED_MEDIA_TYPE: 415,
  HEADERS_TOO_LARGE: 431,
  PREFETCH_REFUSED: 503,
  OAUTH_APP_NOT_FOUND: 400,
  IDENTITY_NOT_ACTIVE: 403,
  MEMBER_DELETED: 409,
  SITE_CHANGED: 409,
  NOTICE_DELIVERED: 409,
  LAST_OWNER: 409,
  MEMBER_CHANGED: 409,
  UNSUPPORTED_INTENT: 400,
  REGISTRATION_CLOSED: 403,
  SERVICE_UNAVAILABLE: 503,
  INTERNAL: 500,
} satisfies Record<ApplicationErrorCode, number>

export const statusOfOAuthError = {
  invalid_request: 400,
  invalid_client: 400,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  invalid_scope: 400,
  access_denied: 403,
  login_required: 401,
  server_error: 500,
  temporarily_unavailable: 503,
} satisfies Record<OAuthErrorName, number>
