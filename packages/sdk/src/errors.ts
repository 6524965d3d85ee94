/** What a call may fail with. Three kinds, because a caller goes on differently after each. */

/**
 * Why somebody is signed out:
 *
 * - `sign_out`: by this page.
 * - `another_tab`: by another tab of the site.
 * - `session_ended`: the server says that the session is over.
 * - `replaced`: somebody else has signed in, here or in another tab.
 * - `tokens_gone`: the storage holds no tokens any more, as after a visitor has cleared the data of the site.
 * - `restored_page`: the page has come back from the back-forward cache, and its member is not signed in any more. It stays hidden: what
 *   is left to do is to lead elsewhere, or to reload.
 */
export type SignedOutCause = 'sign_out' | 'another_tab' | 'session_ended' | 'replaced' | 'tokens_gone' | 'restored_page'

/** What a call is refused with, as far as it is known here; others may come. */
export type RefusedCode =
  | '-19999'
  | '-19995'
  | '-19976'
  | '-19971'
  | '-19970'
  | 'IDENTITY_NOT_ACTIVE'
  | 'INVALID_ARGUMENT'
  | 'PERMISSION_DENIED'
  | 'THROTTLED_FEATURE'
  | 'UNAUTHENTICATED'
  | 'VERIFICATION_FAILED'
  | 'invalid_client'
  | 'invalid_grant'
  | 'login_required'
  | 'no_code'
  | 'state_mismatch'
  // Of a text and nothing else, or the names above would be lost in it.
  | (string & {})

/** A field of a request that broke a rule. */
export interface FieldViolation {
  /** Path inside the message, such as `loginId.email`. */
  readonly field: string
  readonly description: string
  readonly violatedRule: string
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * The server understood the call and refused it. Trying again without a change gives the same, but for `THROTTLED_FEATURE`.
 *
 * @example
 * ```ts
 * try {
 *   await client.auth.checkPassword({ email, password })
 * } catch (error) {
 *   if (error instanceof RefusedError && error.code === '-19976') show('The password is not right')
 *   else throw error
 * }
 * ```
 */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  /** Of the HTTP answer; `null` where the refusal came by an address or a message to the page. */
  readonly status: number | null
  /** Stable, such as `-19976` (wrong password), `PERMISSION_DENIED` or `invalid_grant`. */
  readonly code: RefusedCode
  /** The fields that broke a rule, where that is why. */
  readonly violations: readonly FieldViolation[]
  readonly data: Readonly<Record<string, unknown>>
  /** By which the call is found in the server's log. */
  readonly requestId: string | null
  /** After how many seconds trying again makes sense, where it does. */
  readonly retryAfterSeconds: number | null

  constructor(
    message: string,
    about: Pick<RefusedError, 'code'> &
      Partial<Pick<RefusedError, 'status' | 'violations' | 'data' | 'requestId' | 'retryAfterSeconds'>>,
  ) {
    super(message)
    this.status = about.status ?? null
    this.code = about.code
    this.violations = about.violations ?? []
    this.data = about.data ?? {}
    this.requestId = about.requestId ?? null
    this.retryAfterSeconds = about.retryAfterSeconds ?? null
  }
}

/**
 * Nobody knows: the server cannot be reached, or cannot reach its database. It says nothing about whether somebody is signed
 * in, and after a sign-out that failed like this nobody is signed out. Trying again is right.
 *
 * @example
 * ```ts
 * try {
 *   await client.auth.signOut()
 * } catch (error) {
 *   if (error instanceof UnavailableError) show('Please try again')
 *   else throw error
 * }
 * ```
 */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError'
  /** Whether the call may have taken effect all the same. */
  readonly outcome: 'nothing_happened' | 'unknown'
  /** Of the HTTP answer; `null` where none came. */
  readonly status: number | null

  constructor(message: string, about: Pick<UnavailableError, 'outcome' | 'status'> & { readonly cause?: unknown }) {
    super(message, { cause: about.cause })
    this.outcome = about.outcome
    this.status = about.status
  }
}

/**
 * The session is over, so the call cannot be made in it. `onSignedOut` has been called by then, unless the same member has signed in
 * anew on this page.
 *
 * @example
 * ```ts
 * try {
 *   await client.authentication.changePassword({ newPassword: 'a new long passphrase' })
 * } catch (error) {
 *   if (error instanceof SignedOutError) location.assign('/login')
 *   else throw error
 * }
 * ```
 */
export class SignedOutError extends Error {
  override readonly name = 'SignedOutError'
  /** Why the session ended, by the server's word, such as `logout`, `idle` or `admin`; `null` where it does not say. */
  readonly because: string | null

  /** @param failure - What went wrong as well: the storage may not have let the tokens go. */
  constructor(because: string | null, failure?: { readonly cause: unknown }) {
    super(because === null ? 'The session has ended' : `The session has ended: ${because}`, failure)
    this.because = because
  }
}
