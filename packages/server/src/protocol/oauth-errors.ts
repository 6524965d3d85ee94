/** Error names of OAuth 2 and OpenID Connect that this service answers (RFC 6749 sections 4.1.2.1 and 5.2; Core 3.1.2.6). */
export type OAuthErrorName =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'access_denied'
  | 'login_required'
  | 'server_error'
  | 'temporarily_unavailable'

/** A refusal on an OAuth route: `{ "error", "error_description" }`, and `because` where a session is over and its holder asks. */
export class OAuthRefusal extends Error {
  override readonly name = 'OAuthRefusal'
  readonly error: OAuthErrorName
  /** The caller had to prove who it is and did not: 401, whatever the status of the error's name (RFC 6749 section 5.2). */
  readonly isUnproven: boolean
  /** Why the session is over that the credential was of; `null` where there was none, or it is not the caller's to know. */
  readonly because: string | null

  constructor(
    error: OAuthErrorName,
    description: string,
    { isUnproven = false, because = null }: { readonly isUnproven?: boolean; readonly because?: string | null } = {},
  ) {
    super(description)
    this.error = error
    this.isUnproven = isUnproven
    this.because = because
  }
}
