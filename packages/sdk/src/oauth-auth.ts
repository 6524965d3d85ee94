/** What the `auth` of a client offers that acts for visitors and members. */
import type { Auth } from './auth.ts'
import type { SignedOutCause } from './errors.ts'
import type { FrameOptions } from './frame.ts'
import type { Identity, RegisterRequest } from './messages.ts'
import type { TokenStorage, Tokens } from './tokens.ts'

export interface OAuthStrategyOptions {
  /** The id of the site's client. */
  readonly clientId: string
  /** Where tokens are kept; in memory unless told. */
  readonly tokens?: TokenStorage
  /**
   * Told when somebody who was signed in is so no more, whatever the reason: by this page, in another tab, or by the server's
   * word. Never called because a server could not be reached. What it fails with is reported like any error that nobody catches, and
   * is none of the call's.
   */
  readonly onSignedOut?: (event: SignedOutEvent) => void
}

export interface SignedOutEvent {
  readonly cause: SignedOutCause
  /** Why the session ended, where the server says so, such as `logout`, `idle` or `admin`. */
  readonly because: string | null
}

/** A login in a browser that has begun: to be kept until the browser comes back. */
export interface PendingLogin {
  readonly state: string
  readonly codeVerifier: string
  readonly redirectUri: string
}

/** What registering and logging in come to. */
export type SignOn =
  | { readonly state: 'SUCCESS'; readonly sessionToken: string; readonly identity: Identity }
  | { readonly state: 'REQUIRE_OWNER_APPROVAL'; readonly identity: Identity }
  | { readonly state: 'REQUIRE_EMAIL_VERIFICATION'; readonly stateToken: string; readonly identity: Identity }

/** By what a member logs in or registers. */
export interface Credentials {
  readonly email: string
  readonly password: string
  /** What the captcha's widget on the page gave, where the server demands one. */
  readonly captchaToken?: string
}

/** The `auth` of a client that acts for visitors and members. */
export interface OAuthAuth extends Auth {
  readonly elevated: false
  /**
   * The tokens that are held, however old; `null` for none. Asks nobody.
   *
   * @example
   * ```ts
   * const { role } = (await client.auth.tokens()) ?? { role: 'nobody' }
   * ```
   */
  tokens(): Promise<Tokens | null>
  /**
   * Whether a member's tokens are held. Only the server knows whether their session lives.
   *
   * @example
   * ```ts
   * if (await client.auth.isSignedIn()) show('Log out')
   * ```
   */
  isSignedIn(): Promise<boolean>
  /**
   * Registers a member. Signs nobody in: give the `sessionToken` to `signIn`.
   *
   * @throws {RefusedError} `-19995` when the address is taken; `-19971` and `-19970` without a captcha that was solved; with
   *   violations when a field breaks a rule.
   *
   * @example
   * ```ts
   * const signOn = await client.auth.register({ email: 'ada@shop.example', password, profile: { firstName: 'Ada' } })
   * if (signOn.state === 'REQUIRE_OWNER_APPROVAL') show('You will get a mail once you have been approved')
   * ```
   */
  register(message: Credentials & Pick<RegisterRequest, 'profile'>): Promise<SignOn>
  /**
   * Checks a password. Signs nobody in: give the `sessionToken` to `signIn`.
   *
   * @throws {RefusedError} `-19999` for an unknown address, `-19976` for a wrong password, `IDENTITY_NOT_ACTIVE`; `-19971` and `-19970`
   *   without a captcha that was solved; `THROTTLED_FEATURE`.
   *
   * @example
   * ```ts
   * const signOn = await client.auth.checkPassword({ email, password })
   * if (signOn.state === 'SUCCESS') await client.auth.signIn(signOn.sessionToken)
   * ```
   */
  checkPassword(credentials: Credentials): Promise<SignOn>
  /**
   * Goes on with a registration or login that came to `REQUIRE_EMAIL_VERIFICATION`, by the code that was mailed.
   *
   * @throws {RefusedError} `VERIFICATION_FAILED`, with the reason in `data.because` and, for a wrong code, `data.triesLeft`.
   *
   * @example
   * ```ts
   * const signOn = await client.auth.verifyEmail({ code, stateToken })
   * if (signOn.state === 'SUCCESS') await client.auth.signIn(signOn.sessionToken)
   * ```
   */
  verifyEmail(message: { readonly code: string; readonly stateToken: string }): Promise<SignOn>
  /**
   * Has another code mailed. The one before counts no more.
   *
   * @throws {RefusedError} `VERIFICATION_FAILED` when the state token is no good; `THROTTLED_FEATURE`.
   *
   * @example
   * ```ts
   * await client.auth.sendAnotherCode({ stateToken })
   * ```
   */
  sendAnotherCode(message: { readonly stateToken: string }): Promise<void>
  /**
   * Has a member mailed a link to choose a new password. Tells nobody whether there is such a member.
   *
   * @param message.redirectUri - Where the member is led afterwards: one of the client's.
   * @throws {RefusedError} With a violation of `redirect.url` when it is not; `THROTTLED_FEATURE`.
   *
   * @example
   * ```ts
   * await client.auth.sendPasswordResetEmail({ email, redirectUri })
   * ```
   */
  sendPasswordResetEmail(message: { readonly email: string; readonly redirectUri?: string }): Promise<void>
  /**
   * Turns a `sessionToken` into tokens, in a browser by a hidden frame, and keeps them. A session that they take the place of is
   * ended, as far as the server can be reached.
   *
   * @throws {RefusedError} With what the server says, such as `login_required` for a token that was used.
   * @throws {UnavailableError} When no message or no tokens came in time.
   * @throws {TypeError} Where there is no page, or one without `crypto.subtle`, as it is by http on any host but this machine.
   *
   * @example
   * ```ts
   * await client.auth.signIn(sessionToken)
   * ```
   */
  signIn(sessionToken: string, options?: FrameOptions): Promise<void>
  /**
   * Begins a login on the server's own page. Needs `crypto.subtle`, which a page has by https or on this machine alone.
   *
   * @returns Where to send the browser, and what to keep until it is back.
   *
   * @example
   * ```ts
   * const { url, pending } = await client.auth.beginLogin({ redirectUri })
   * sessionStorage.setItem('pending', JSON.stringify(pending))
   * location.assign(url)
   * ```
   */
  beginLogin(options: {
    readonly redirectUri: string
    /** `none` asks whether somebody is signed in and shows no page. */
    readonly prompt?: 'login' | 'none'
    readonly sessionToken?: string
  }): Promise<{ readonly url: string; readonly pending: PendingLogin }>
  /**
   * Ends a login that was begun: reads the code out of the address that the browser came back to, and keeps the tokens. A session
   * that they take the place of is ended, as far as the server can be reached.
   *
   * @throws {RefusedError} With the error that came back, such as `login_required`; `no_code` when neither came; `state_mismatch` for an
   *   answer to another login; `invalid_grant` for a code that was used or is too old.
   * @throws {UnavailableError} When it is not known whether the code has been used.
   *
   * @example
   * ```ts
   * const pending = JSON.parse(sessionStorage.getItem('pending') ?? 'null')
   * if (pending !== null) await client.auth.finishLogin(location.href, pending)
   * ```
   */
  finishLogin(url: string, pending: PendingLogin): Promise<void>
  /**
   * Signs out for real: the session ends on the server first. Only then tokens are removed, other tabs are told and
   * `onSignedOut` is called.
   *
   * @param options.everywhere - Ends all sessions of the member.
   * @returns Whether there was anybody to sign out, if only one whose session was over already.
   * @throws {UnavailableError} When it is not known whether the session has ended: the tokens are kept, to try again. What the
   *   storage fails with is thrown too, when the session has ended and all have been told.
   * @throws {RefusedError} When somebody refuses it, as a wall in between does, or for too many requests: nobody is signed out.
   * @throws {SignedOutError} With `everywhere`, when the session is over in which this is asked: the member's others may live.
   *
   * @example
   * ```ts
   * try {
   *   await client.auth.signOut({ everywhere: true })
   * } catch (error) {
   *   if (error instanceof UnavailableError) show('You may still be signed in: please try again')
   *   else throw error
   * }
   * ```
   */
  signOut(options?: { readonly everywhere?: boolean }): Promise<boolean>
  /**
   * Stops listening to other tabs and to the page, as a part of a page does that is taken away. What else it does stays the same.
   *
   * @example
   * ```ts
   * client.auth.close()
   * ```
   */
  close(): void
}
