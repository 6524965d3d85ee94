import { type Auth, callAs } from './auth.ts'
import type { AuthStrategy } from './create-client.ts'
import { RefusedError, type SignedOutCause, SignedOutError } from './errors.ts'
import { codeByFrame, type FrameOptions } from './frame.ts'
import type { Identity, StateMachineResponse } from './messages.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { otherTabs } from './other-tabs.ts'
import { challengeOf, randomText } from './pkce.ts'
import { guardRestoredPage } from './restored-page.ts'
import { sessionOf, type TokenSession } from './session-of.ts'
import { memoryTokens, type TokenStorage, type Tokens } from './tokens.ts'
import { type Connection, callApi } from './transport.ts'

export interface OAuthStrategyOptions {
  /** The id of the site's client. */
  readonly clientId: string
  /** Where tokens are kept; in memory unless told. */
  readonly tokens?: TokenStorage
  /**
   * Told when somebody who was signed in is so no more, whatever the reason: by this page, in another tab, or by the server's
   * word. Never called because a server could not be reached.
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

/** The `auth` of a client that acts for visitors and members. */
export interface OAuthAuth extends Auth {
  readonly elevated: false
  /** The tokens that are held, however old; `null` for none. Asks nobody. */
  tokens(): Promise<Tokens | null>
  /** Whether a member's tokens are held. Only the server knows whether their session lives. */
  isSignedIn(): Promise<boolean>
  /** Registers a member. Signs nobody in: give the `sessionToken` to `signIn`. */
  register(message: {
    readonly email: string
    readonly password: string
    readonly profile?: Readonly<Record<string, unknown>>
  }): Promise<SignOn>
  /** Checks a password. Signs nobody in: give the `sessionToken` to `signIn`. */
  logIn(message: { readonly email: string; readonly password: string }): Promise<SignOn>
  /** Proves the address of a member who registered, by the code that they were mailed. */
  verifyEmail(message: { readonly code: string; readonly stateToken: string }): Promise<SignOn>
  /** Has a member mailed a link to choose a new password. Tells nobody whether there is such a member. */
  sendPasswordResetEmail(message: { readonly email: string; readonly redirectUri?: string }): Promise<void>
  /** Turns a `sessionToken` into tokens, in a browser by a hidden frame, and keeps them. */
  signIn(sessionToken: string, options?: FrameOptions): Promise<void>
  /**
   * Begins a login on the server's own page.
   *
   * @returns Where to send the browser, and what to keep until it is back.
   */
  beginLogin(options: {
    readonly redirectUri: string
    /** `none` asks whether somebody is signed in and shows no page. */
    readonly prompt?: 'login' | 'none'
    readonly sessionToken?: string
  }): Promise<{ readonly url: string; readonly pending: PendingLogin }>
  /**
   * Ends a login that was begun: reads the code out of the address that the browser came back to, and keeps the tokens.
   *
   * @throws {RefusedError} With the error that came back, such as `login_required`, or `state_mismatch`.
   */
  finishLogin(url: string, pending: PendingLogin): Promise<void>
  /**
   * Signs out for real: the session ends on the server first. Only then tokens are removed, other tabs are told and
   * `onSignedOut` is called.
   *
   * @param options.everywhere - Ends all sessions of the member.
   * @returns Whether there was anybody to sign out.
   * @throws {UnavailableError} When it is not known whether the session has ended: the tokens are kept, to try again.
   */
  signOut(options?: { readonly everywhere?: boolean }): Promise<boolean>
  /** Stops listening to other tabs and to the page. */
  close(): void
}

/** An access token that is good for less than this is not sent any more. */
const spareMs = 5_000

/**
 * Visitors and members of a site: visitor tokens for whoever is not signed in, a member's after a login, new ones in time.
 *
 * When the server says that a member's session is over, the call fails with {@link SignedOutError}, the tokens go and
 * `onSignedOut` is called: nobody becomes a visitor unnoticed.
 *
 * @example
 * ```ts
 * const client = createClient({
 *   baseUrl,
 *   auth: OAuthStrategy({ clientId, onSignedOut: ({ cause }) => console.log(cause) }),
 * })
 * await client.auth.register({ email, password })
 * ```
 */
export function OAuthStrategy(options: OAuthStrategyOptions): AuthStrategy<OAuthAuth> {
  return (connection) => oauth(connection, options)
}

function oauth(
  connection: Connection,
  { clientId, tokens: storage = memoryTokens(), onSignedOut }: OAuthStrategyOptions,
): OAuthAuth {
  const name = `adjourn:${connection.baseUrl}:${clientId}`
  const { isOfOneRequest = false } = storage
  const exclusively = oneAtATime(isOfOneRequest ? null : name)
  /** Whose session this page has seen itself in, while nobody has said that it is over. */
  let member: TokenSession | undefined
  const tabs = otherTabs(isOfOneRequest ? null : name, ({ sid, sub, everywhere }) => {
    // A tab with tokens of its own may be in another session, or of somebody else.
    if (member?.sid === sid || (everywhere && member?.sub === sub)) void leave('another_tab', null)
  })
  // The page is as it was: what it holds in memory may be of somebody who has left since, here or anywhere.
  const unguard = guardRestoredPage(async () => {
    if (member === undefined) return
    if (await isMember()) await askWhetherAlive()
    else await leave('restored_page', null)
  })

  async function held(): Promise<Tokens | null> {
    const tokens = await storage.read()
    if (tokens?.role === 'member') member = sessionOf(tokens.accessToken)
    return tokens
  }

  async function isMember(): Promise<boolean> {
    return (await held())?.role === 'member'
  }

  async function keep(message: TokenMessage, role: Tokens['role'], refreshToken: string | null): Promise<Tokens> {
    const tokens: Tokens = {
      accessToken: message.access_token,
      expiresAt: Date.now() + message.expires_in * 1000,
      refreshToken: message.refresh_token ?? refreshToken,
      role,
    }
    member = role === 'member' ? sessionOf(tokens.accessToken) : undefined
    await storage.write(tokens)
    return tokens
  }

  /** From here on nobody is signed in on this page. Whoever was is told once. */
  async function leave(cause: SignedOutCause, because: string | null): Promise<void> {
    const was = member
    await storage.write(null)
    member = undefined
    if (was !== undefined) onSignedOut?.({ cause, because })
  }

  /** Good tokens: those that are held, or new ones, which of several tabs only one gets. */
  async function goodTokens(refused?: string, refusedBecause: string | null = null): Promise<Tokens> {
    const good = (tokens: Tokens | null) =>
      tokens !== null && tokens.expiresAt - spareMs > Date.now() && tokens.accessToken !== refused ? tokens : undefined
    const tokens = good(await held())
    if (tokens !== undefined) return tokens
    return exclusively(async () => {
      // Another call, or another tab, may have been first.
      const now = await held()
      const renewed = good(now)
      if (renewed !== undefined) return renewed
      if (now?.refreshToken == null) return visitor()
      try {
        return await keep(
          await grant({ grantType: 'refresh_token', refreshToken: now.refreshToken }),
          now.role,
          now.refreshToken,
        )
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error
        if (now.role === 'visitor') return visitor()
        const because = becauseOf(error) ?? refusedBecause
        const session = member
        await leave('session_ended', because)
        if (session !== undefined) tabs.tell({ ...session, everywhere: false })
        throw new SignedOutError(because)
      }
    })
  }

  async function visitor(): Promise<Tokens> {
    return keep(await grant({ grantType: 'anonymous' }), 'visitor', null)
  }

  function grant(fields: Readonly<Record<string, string>>): Promise<TokenMessage> {
    const body = { clientId, ...fields }
    return callApi(connection, { verb: 'POST', path: '/oauth2/token', body }) as Promise<TokenMessage>
  }

  /** When nobody answers, nobody has said that the session is over. */
  async function askWhetherAlive(): Promise<void> {
    try {
      await callAs(auth, connection, { verb: 'GET', path: '/v1/sessions/current' })
    } catch (error) {
      if (error instanceof RefusedError && error.status === 401) await leave('restored_page', becauseOf(error))
    }
  }

  function post(path: string, body: unknown): Promise<unknown> {
    return callAs(auth, connection, { verb: 'POST', path, body })
  }

  async function redeem(code: string, { codeVerifier, redirectUri }: { codeVerifier: string; redirectUri?: string }) {
    const fields = { grantType: 'authorization_code', code, codeVerifier }
    await keep(await grant(redirectUri === undefined ? fields : { ...fields, redirectUri }), 'member', null)
  }

  const auth: OAuthAuth = {
    elevated: false,
    authorization: async () => (await goodTokens()).accessToken,
    refused: async (authorization, because) => {
      // Whether the session is over or the token alone, the refresh token knows.
      const tokens = await goodTokens(authorization, because)
      return tokens.accessToken !== authorization
    },
    tokens: held,
    isSignedIn: isMember,
    register: async ({ email, password, profile }) =>
      signOnOf(await post('/v2/register', { loginId: { email }, password, ...(profile && { profile }) })),
    logIn: async ({ email, password }) => signOnOf(await post('/v2/login', { loginId: { email }, password })),
    verifyEmail: async (message) => signOnOf(await post('/_api/iam/verification/v1/auth/verify', message)),
    sendPasswordResetEmail: async ({ email, redirectUri }) => {
      const redirect = redirectUri === undefined ? {} : { redirect: { url: redirectUri, clientId } }
      await post('/_api/iam/recovery/v1/send-email', { email, ...redirect })
    },
    signIn: async (sessionToken, options) => {
      const codeVerifier = randomText()
      const code = await codeByFrame(
        connection.baseUrl,
        { clientId, sessionToken, codeChallenge: await challengeOf(codeVerifier) },
        options,
      )
      await redeem(code, { codeVerifier })
    },
    beginLogin: async ({ redirectUri, prompt = 'login', sessionToken }) => {
      const pending: PendingLogin = { state: randomText(), codeVerifier: randomText(), redirectUri }
      const query = new URLSearchParams({
        clientId,
        redirectUri,
        prompt,
        state: pending.state,
        responseType: 'code',
        responseMode: 'query',
        scope: 'offline_access',
        codeChallenge: await challengeOf(pending.codeVerifier),
        codeChallengeMethod: 'S256',
        ...(sessionToken === undefined ? {} : { sessionToken }),
      })
      return { url: `${connection.baseUrl}/oauth2/authorize?${query}`, pending }
    },
    finishLogin: async (url, { state, codeVerifier, redirectUri }) => {
      const { searchParams: answer } = new URL(url)
      const refuse = (code: string, text: string) =>
        new RefusedError(text, { status: 0, code, violations: [], data: {}, requestId: null, retryAfterSeconds: null })
      if (answer.get('state') !== state) throw refuse('state_mismatch', 'This is not the login that was begun here')
      const code = answer.get('code')
      if (code === null) {
        throw refuse(answer.get('error') ?? 'no_code', answer.get('error_description') ?? 'The login was not finished')
      }
      await redeem(code, { codeVerifier, redirectUri })
    },
    signOut: async ({ everywhere = false } = {}) => {
      const tokens = await held()
      if (tokens?.role !== 'member') return false
      // An access token names its session also when it is too old for anything else; to end all of them it must be good.
      if (everywhere) await callAs(auth, connection, { verb: 'DELETE', path: '/v1/sessions' })
      else await callApi(connection, { verb: 'POST', path: '/v1/logout', body: {}, authorization: tokens.accessToken })
      const session = member
      await leave('sign_out', null)
      if (session !== undefined) tabs.tell({ ...session, everywhere })
      return true
    },
    close: () => {
      tabs.close()
      unguard()
    },
  }
  return auth
}

function becauseOf({ data: { because } }: RefusedError): string | null {
  return typeof because === 'string' ? because : null
}

interface TokenMessage {
  readonly access_token: string
  readonly expires_in: number
  readonly refresh_token: string | null
}

function signOnOf(message: unknown): SignOn {
  const {
    state,
    sessionToken = '',
    stateToken = '',
    identity,
  } = message as StateMachineResponse & { stateToken?: string }
  if (state === 'SUCCESS') return { state, sessionToken, identity }
  if (state === 'REQUIRE_OWNER_APPROVAL') return { state, identity }
  return { state: 'REQUIRE_EMAIL_VERIFICATION', stateToken, identity }
}
