import { becauseOf, callAs, isRefusedCredential } from './auth.ts'
import type { AuthStrategy } from './create-client.ts'
import { RefusedError, type SignedOutCause, SignedOutError } from './errors.ts'
import { codeByFrame } from './frame.ts'
import type { StateMachineResponse, TokenResponse } from './messages.ts'
import type { Credentials, OAuthAuth, OAuthStrategyOptions, PendingLogin, SignOn } from './oauth-auth.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { type Left, otherTabs } from './other-tabs.ts'
import { challengeOf, randomText } from './pkce.ts'
import { guardRestoredPage } from './restored-page.ts'
import { sessionOf, type TokenSession } from './session-of.ts'
import { memoryTokens, type Tokens } from './tokens.ts'
import { type Connection, callApi, expectMessage } from './transport.ts'

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
 * await client.auth.logIn({ email, password })
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

  async function keep(message: TokenResponse, role: Tokens['role'], refreshToken: string | null): Promise<Tokens> {
    const tokens: Tokens = {
      accessToken: message.access_token,
      expiresAt: Date.now() + message.expires_in * 1000,
      refreshToken: message.refresh_token ?? refreshToken,
      role,
    }
    await storage.write(tokens)
    member = role === 'member' ? sessionOf(tokens.accessToken) : undefined
    return tokens
  }

  /**
   * From here on nobody is signed in on this page. Whoever was is told once, and the other tabs where they are to know.
   *
   * @returns What the storage failed with, where it cannot let the tokens go. They open nothing, so all are told even then.
   */
  async function leave(
    cause: SignedOutCause,
    because: string | null,
    tell?: Pick<Left, 'everywhere'>,
  ): Promise<{ readonly cause: unknown } | undefined> {
    const failure = await forget()
    const was = member
    member = undefined
    if (was !== undefined) {
      if (tell !== undefined) tabs.tell({ ...was, ...tell })
      onSignedOut?.({ cause, because })
    }
    return failure
  }

  async function forget(): Promise<{ readonly cause: unknown } | undefined> {
    try {
      await storage.write(null)
      return undefined
    } catch (cause) {
      return { cause }
    }
  }

  /**
   * Good tokens: those that are held, or new ones, which of several tabs only one gets.
   *
   * @param refused - The access token with which a call was refused: any other may do.
   * @throws {SignedOutError} When the session is over in which the call is being made. Nobody's call is made by a visitor, or in the
   *   session of whoever signed in since.
   */
  async function goodTokens(refused?: string, refusedBecause: string | null = null): Promise<Tokens> {
    const good = (tokens: Tokens | null) =>
      tokens !== null && tokens.expiresAt - spareMs > Date.now() && tokens.accessToken !== refused ? tokens : undefined
    const before = await held()
    const session = sessionOf(refused ?? (before?.role === 'member' ? before.accessToken : ''))
    const assertSameSession = (tokens: Tokens | null) => {
      if (session === undefined || sessionOf(tokens?.accessToken ?? '')?.sid === session.sid) return
      throw new SignedOutError(refusedBecause)
    }
    assertSameSession(before)
    return (
      good(before) ??
      exclusively(async () => {
        // Another call, or another tab, may have been first.
        const now = await held()
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
    throw new SignedOutError(because, await leave('session_ended', because, { everywhere: false }))
  }

  /** Gets new tokens in place of those of before, unless somebody has signed in or out while they were on their way. */
  async function keepNew(before: Tokens | null, fields: Readonly<Record<string, string>>): Promise<Tokens> {
    const message = await grant(fields)
    const now = await held()
    if (now === null && before?.role === 'member') throw new SignedOutError(null)
    if (now !== null && now.accessToken !== before?.accessToken) return now
    return keep(message, before?.role ?? 'visitor', before?.refreshToken ?? null)
  }

  async function grant(fields: Readonly<Record<string, string>>): Promise<TokenResponse> {
    const body = { clientId, ...fields }
    const message = await callApi(connection, { verb: 'POST', path: '/oauth2/token', body })
    return expectMessage<TokenResponse>(message, 'access_token')
  }

  /** When nobody answers, nobody has said that the session is over. */
  async function askWhetherAlive(): Promise<void> {
    try {
      await callAs(auth, connection, { verb: 'GET', path: '/v1/sessions/current' })
    } catch (error) {
      if (isRefusedCredential(error)) await leave('restored_page', becauseOf(error))
    }
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
    register: async ({ profile, ...credentials }) =>
      signOnOf(await postAsAnybody('/v2/register', { ...signOnRequest(credentials), profile })),
    logIn: async (credentials) => signOnOf(await postAsAnybody('/v2/login', signOnRequest(credentials))),
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
      else {
        const request = { verb: 'POST', path: '/v1/logout', body: {}, authorization: tokens.accessToken } as const
        expectMessage(await callApi(connection, request), 'statusCode')
      }
      const failure = await leave('sign_out', null, { everywhere })
      if (failure !== undefined) throw failure.cause
      return true
    },
    close: () => {
      tabs.close()
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
  const { state, sessionToken = '', stateToken = '', identity } = expectMessage<StateMachineResponse>(message, 'state')
  if (state === 'SUCCESS') return { state, sessionToken, identity }
  if (state === 'REQUIRE_OWNER_APPROVAL') return { state, identity }
  return { state: 'REQUIRE_EMAIL_VERIFICATION', stateToken, identity }
}
