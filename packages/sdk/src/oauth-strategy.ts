import { becauseOf, callAs, isRefusedCredential } from './auth.ts'
import type { RawHttpResponse } from './authentication.ts'
import type { AuthStrategy } from './create-client.ts'
import { RefusedError, SignedOutError } from './errors.ts'
import { codeByFrame } from './frame.ts'
import { heldTokens, memberOf } from './held-tokens.ts'
import type { CurrentSession, StateMachineResponse, TokenResponse } from './messages.ts'
import type { Credentials, OAuthAuth, OAuthStrategyOptions, PendingLogin, SignOn } from './oauth-auth.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { challengeOf, randomText } from './pkce.ts'
import { guardRestoredPage } from './restored-page.ts'
import { sessionOf, type TokenSession } from './session-of.ts'
import { memoryTokens, type Tokens } from './tokens.ts'
import { type Connection, callApi, expectMessage, expectNoContent } from './transport.ts'

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
 * const signOn = await client.auth.checkPassword({ email, password })
 * if (signOn.state === 'SUCCESS') await client.auth.signIn(signOn.sessionToken)
 * ```
 */
export function OAuthStrategy(options: OAuthStrategyOptions): AuthStrategy<OAuthAuth> {
  return (connection) => oauth(connection, options)
}

function oauth(
  connection: Connection,
  { clientId, tokens: storage = memoryTokens(), onSignedOut }: OAuthStrategyOptions,
): OAuthAuth {
  const { sharedAs } = storage
  const name = sharedAs === undefined ? undefined : `adjourn:${connection.baseUrl}:${clientId}:${sharedAs}`
  const renewing = oneAtATime(name)
  /** While it is not known whether a page that has come back may be seen, whatever ends a session leaves it hidden. */
  let isRestored = false
  const held = heldTokens(storage, name, ({ cause, because }) => {
    try {
      onSignedOut?.({ cause: isRestored ? 'restored_page' : cause, because })
    } catch (error) {
      // A fault of the site's is neither one of the call nor a reason to stop halfway.
      reportFault(error)
    }
  })
  const unguard = guardRestoredPage(async () => {
    const session = held.session()
    if (session === undefined) return true
    isRestored = true
    try {
      return await isAlive(session)
    } finally {
      isRestored = false
    }
  })

  async function isMember(): Promise<boolean> {
    return (await held.read())?.role === 'member'
  }

  function tokensOf(message: TokenResponse, role: Tokens['role'], refreshToken: string | null): Tokens {
    return {
      accessToken: message.access_token,
      expiresAt: connection.now() + message.expires_in * 1000,
      refreshToken: message.refresh_token ?? refreshToken,
      role,
    }
  }

  const isInTime = ({ expiresAt }: Tokens) => expiresAt - spareMs > connection.now()

  /**
   * Good tokens: those that are held, or new ones, which of several tabs only one gets.
   *
   * @param refused - The access token with which a call was refused: any other may do.
   * @throws {SignedOutError} When the session is over in which the call is being made. Nobody's call is made by a visitor, or in the
   *   session of whoever signed in since.
   */
  async function goodTokens(refused?: string, refusedBecause: string | null = null): Promise<Tokens> {
    const good = (tokens: Tokens | null) =>
      tokens !== null && isInTime(tokens) && tokens.accessToken !== refused ? tokens : undefined
    const known = sessionOf(refused ?? '') ?? held.session()
    const before = await held.read()
    const session = known ?? memberOf(before)
    const assertSameSession = (tokens: Tokens | null) => {
      if (session === undefined || memberOf(tokens)?.sid === session.sid) return
      throw new SignedOutError(refusedBecause)
    }
    assertSameSession(before)
    return (
      good(before) ??
      renewing(async () => {
        // Another call, or another tab, may have been first.
        const now = await held.read()
        assertSameSession(now)
        const tokens = good(now) ?? (await renew(now, refusedBecause))
        assertSameSession(tokens)
        return tokens
      })
    )
  }

  async function renew(now: Tokens | null, refusedBecause: string | null): Promise<Tokens> {
    if (now === null) return keepNew(now, { grantType: 'anonymous' })
    let because = refusedBecause
    try {
      if (now.refreshToken !== null) {
        return await keepNew(now, { grantType: 'refresh_token', refreshToken: now.refreshToken })
      }
    } catch (error) {
      // Any other refusal, as of too many requests, says nothing of the session.
      if (!(error instanceof RefusedError) || error.code !== 'invalid_grant') throw error
      because = becauseOf(error) ?? because
    }
    if (now.role === 'visitor') return keepNew(now, { grantType: 'anonymous' })
    const event = { cause: 'session_ended', because } as const
    throw new SignedOutError(because, await held.leave(memberOf(now), event, { everywhere: false }))
  }

  /** Gets new tokens in place of those of before, unless somebody has signed in or out while they were on their way. */
  async function keepNew(before: Tokens | null, fields: Readonly<Record<string, string>>): Promise<Tokens> {
    const tokens = tokensOf(await grant(fields), before?.role ?? 'visitor', before?.refreshToken ?? null)
    const isAsBefore = (now: Tokens | null) =>
      now === null ? before?.role !== 'member' : now.accessToken === before?.accessToken
    const now = await held.replace(tokens, isAsBefore)
    if (isAsBefore(now)) return tokens
    if (now === null) throw new SignedOutError(null)
    return now
  }

  async function grant(fields: Readonly<Record<string, string>>): Promise<TokenResponse> {
    const body = { clientId, ...fields }
    const message = await callApi(connection, { verb: 'POST', path: '/oauth2/token', body })
    return expectMessage<TokenResponse>(message, 'access_token', 'expires_in')
  }

  /**
   * Whether a session lives by the server's word. Where it does not, this is told.
   *
   * @throws When nobody knows, or nobody leads the page of a session that is over elsewhere.
   */
  async function isAlive(session: TokenSession): Promise<boolean> {
    try {
      const message = await callAs(auth, connection, { verb: 'GET', path: '/v1/sessions/current' })
      expectMessage<CurrentSession>(message, 'session')
    } catch (error) {
      const isRefused = isRefusedCredential(error)
      if (!isRefused && !(error instanceof SignedOutError)) throw error
      if (isRefused) await held.leave(session, { cause: 'session_ended', because: becauseOf(error) })
      if (onSignedOut === undefined) throw error
    }
    return held.session()?.sid === session.sid
  }

  /**
   * Makes a call that belongs to nobody's session, as a login does. That the session is over whose tokens were still held is told like
   * always, and is no reason to fail: nothing but the credential has been looked at by then.
   */
  async function postAsAnybody(path: string, body: unknown): Promise<unknown> {
    const request = { verb: 'POST', path, body } as const
    try {
      return await callAs(auth, connection, request)
    } catch (error) {
      if (!(error instanceof SignedOutError)) throw error
      return callAs(auth, connection, request)
    }
  }

  async function redeem(code: string, { codeVerifier, redirectUri }: { codeVerifier: string; redirectUri?: string }) {
    const fields = { grantType: 'authorization_code', code, codeVerifier }
    const message = await grant(redirectUri === undefined ? fields : { ...fields, redirectUri })
    const tokens = tokensOf(message, 'member', null)
    const before = await held.replace(tokens, () => true)
    // A browser that is signed in on the server's page may come back with the session that it had.
    if (before?.role === 'member' && memberOf(before)?.sid !== memberOf(tokens)?.sid) await endReplaced(before)
  }

  /** Ends the session of tokens that are held no more. A login that has succeeded does not fail because of it. */
  async function endReplaced(tokens: Tokens): Promise<void> {
    const { accessToken, refreshToken } = tokens
    try {
      const isRenewed = !isInTime(tokens) && refreshToken !== null
      await logOut(isRenewed ? (await grant({ grantType: 'refresh_token', refreshToken })).access_token : accessToken)
    } catch {
      // It is over already, or nobody knows: then it ends by itself for want of use.
    }
  }

  /** @param accessToken - In time: the server answers alike whether it can read a token or not, and cannot read one of an old key. */
  async function logOut(accessToken: string): Promise<void> {
    const request = { verb: 'POST', path: '/v1/logout', body: {}, authorization: accessToken } as const
    expectMessage<RawHttpResponse>(await callApi(connection, request), 'statusCode')
  }

  async function logOutEverywhere(): Promise<void> {
    expectNoContent(await callAs(auth, connection, { verb: 'DELETE', path: '/v1/sessions' }))
  }

  const auth: OAuthAuth = {
    elevated: false,
    authorization: async () => (await goodTokens()).accessToken,
    refused: async (authorization, because) => {
      // Whether the session is over or the token alone, the refresh token knows.
      const tokens = await goodTokens(authorization, because)
      return tokens.accessToken !== authorization
    },
    tokens: held.read,
    isSignedIn: isMember,
    register: async ({ profile, ...credentials }) =>
      signOnOf(await postAsAnybody('/v2/register', { ...signOnRequest(credentials), profile })),
    checkPassword: async (credentials) => signOnOf(await postAsAnybody('/v2/login', signOnRequest(credentials))),
    verifyEmail: async ({ code, stateToken }) =>
      signOnOf(await postAsAnybody('/_api/iam/verification/v1/auth/verify', { code, stateToken })),
    sendAnotherCode: async ({ stateToken }) => {
      await postAsAnybody('/_api/iam/verification/v1/auth/resend', { stateToken })
    },
    sendPasswordResetEmail: async ({ email, redirectUri }) => {
      const redirect = redirectUri === undefined ? {} : { redirect: { url: redirectUri, clientId } }
      await postAsAnybody('/_api/iam/recovery/v1/send-email', { email, ...redirect })
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
      if (answer.get('state') !== state) {
        throw new RefusedError('Cannot finish a login that was not begun here', { code: 'state_mismatch' })
      }
      const code = answer.get('code')
      if (code === null) {
        const description = answer.get('error_description') ?? 'The login was not finished'
        throw new RefusedError(description, { code: answer.get('error') ?? 'no_code' })
      }
      await redeem(code, { codeVerifier, redirectUri })
    },
    signOut: async ({ everywhere = false } = {}) => {
      if (!(await isMember())) return false
      const session = held.session()
      try {
        await (everywhere ? logOutEverywhere() : logOut((await goodTokens()).accessToken))
      } catch (error) {
        // One session that is over already needs no end. Of the others of the member this says nothing.
        const isOver = error instanceof SignedOutError && error.cause === undefined && held.session() === undefined
        if (everywhere || !isOver) throw error
        return true
      }
      const failure = await held.leave(session, { cause: 'sign_out', because: null }, { everywhere })
      if (failure !== undefined) throw failure.cause
      return true
    },
    close: () => {
      held.close()
      unguard()
    },
  }
  return auth
}

function signOnRequest({ email, password, captchaToken }: Credentials): object {
  const captchaTokens = captchaToken === undefined ? {} : { captchaTokens: [{ Recaptcha: captchaToken }] }
  return { loginId: { email }, password, ...captchaTokens }
}

function signOnOf(message: unknown): SignOn {
  const {
    state,
    sessionToken = '',
    stateToken = '',
    identity,
  } = expectMessage<StateMachineResponse>(message, 'state', 'identity')
  if (state === 'SUCCESS') return { state, sessionToken, identity }
  if (state === 'REQUIRE_OWNER_APPROVAL') return { state, identity }
  return { state: 'REQUIRE_EMAIL_VERIFICATION', stateToken, identity }
}

/** As a browser reports what nobody has caught, and no end of a server's process. */
function reportFault(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: a server has no other place for an error that belongs to no call
  const { reportError = console.error } = globalThis as { reportError?: (error: unknown) => void }
  reportError(error)
}
