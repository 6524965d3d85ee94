/** What a call may fail with. Three kinds, because a caller goes on differently after each. */

/** Why somebody is signed out: by this page, by another tab, or because the server says that the session is over. */
export type SignedOutCause = 'sign_out' | 'another_tab' | 'session_ended' | 'restored_page'

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
 *   await client.auth.logIn({ email, password })
 * } catch (error) {
 *   if (error instanceof RefusedError && error.code === '-19976') show('The password is not right')
 *   else throw error
 * }
 * ```
 */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  /** Of the HTTP answer. */
  readonly status: number
  /** Stable, such as `-19976` (wrong password), `PERMISSION_DENIED` or `invalid_grant`. */
  readonly code: string
  /** The fields that broke a rule, where that is why. */
  readonly violations: readonly FieldViolation[]
  readonly data: Readonly<Record<string, unknown>>
  /** By which the call is found in the server's log. */
  readonly requestId: string | null
  /** After how many seconds trying again makes sense, where it does. */
  readonly retryAfterSeconds: number | null

  constructor(
    message: string,
    about: Pick<RefusedError, 'status' | 'code' | 'violations' | 'data' | 'requestId' | 'retryAfterSeconds'>,
  ) {
    super(message)
    this.status = about.status
    this.code = about.code
    this.violations = about.violations
    this.data = about.data
    this.requestId = about.requestId
    this.retryAfterSeconds = about.retryAfterSeconds
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
 * The session is over, so the call cannot be made in it. `onSignedOut` has been called by then.
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
