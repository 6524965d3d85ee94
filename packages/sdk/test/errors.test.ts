/** What a call fails with: refused, nobody knows, or signed out. Each of the three must never be taken for another. */
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { block } from '../../server/test/support/administer.ts'
import { minute } from '../../server/test/support/manual-clock.ts'
import { captchaSecret, startSiteverifyServer } from '../../server/test/support/siteverify-server.ts'
import { callbackUri, startTestServer, type TestServer } from '../../server/test/support/test-server.ts'
import {
  memoryTokens,
  RefusedError,
  SignedOutError,
  type SignedOutEvent,
  type Tokens,
  UnavailableError,
} from '../src/index.ts'
import { ApiKeyStrategy, AppStrategy, createAdminClient, signInOnServer } from '../src/server.ts'
import { sessionOf } from '../src/session-of.ts'
import { password, type SiteClient, signInNewMember, siteClient, watchedFetch } from './site.ts'
import { startStranger } from './stranger.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const json = (status: number, message: unknown, headers = {}) => Response.json(message, { status, headers })

/** A member's tokens, of a live session. */
async function memberTokens(): Promise<Tokens> {
  const client = siteClient(server)
  await signInNewMember(client)
  const tokens = await client.auth.tokens()
  if (tokens === null) throw new Error('Nobody is signed in')
  return tokens
}

describe('refused', () => {
  test('a wrong password is one guess, and no end of the session in which it was made', async () => {
    const [watch, onSignedOut] = [watchedFetch(), vi.fn()]
    const client = siteClient(server, { fetch: watch.fetch, onSignedOut })
    const { email } = await signInNewMember(client)
    const [before, asked] = [await client.auth.tokens(), watch.paths.length]
    await expect(client.auth.checkPassword({ email, password: 'not the right one' })).rejects.toMatchObject({
      name: 'RefusedError',
      status: 401,
      code: '-19976',
    })
    expect(watch.paths.slice(asked)).toEqual(['/v2/login'])
    expect([await client.auth.tokens(), onSignedOut.mock.calls]).toEqual([before, []])
  })

  test('an unknown address, a taken one and a blocked member are told apart by their codes', async () => {
    const client = siteClient(server)
    const { email } = await signInNewMember(client)
    const { sub = '' } = sessionOf((await client.auth.tokens())?.accessToken ?? '') ?? {}
    const visitor = siteClient(server)
    const unknown = { email: `${randomUUID()}@shop.example`, password }
    await expect(visitor.auth.checkPassword(unknown)).rejects.toMatchObject({ name: 'RefusedError', code: '-19999' })
    await expect(visitor.auth.register({ email, password })).rejects.toMatchObject({ code: '-19995' })
    await block(server, sub)
    await expect(visitor.auth.checkPassword({ email, password })).rejects.toMatchObject({ code: 'IDENTITY_NOT_ACTIVE' })
  })

  test('a captcha is asked for, and its token is sent once', async () => {
    await using verifier = await startSiteverifyServer()
    await using guarded = await startTestServer({
      environment: {
        ADJOURN_CAPTCHA_PROVIDER: 'turnstile',
        ADJOURN_CAPTCHA_SECRET: captchaSecret,
        ADJOURN_CAPTCHA_URL: verifier.url,
      },
    })
    const client = siteClient(guarded)
    const credentials = { email: `${randomUUID()}@shop.example`, password }
    await expect(client.auth.register(credentials)).rejects.toMatchObject({ name: 'RefusedError', code: '-19971' })
    const wrong = { ...credentials, captchaToken: 'a wrong one' }
    await expect(client.auth.register(wrong)).rejects.toMatchObject({ name: 'RefusedError', code: '-19970' })
    expect(verifier.questions).toHaveLength(1)
    expect(await client.auth.register({ ...credentials, captchaToken: 'solved 1' })).toMatchObject({ state: 'SUCCESS' })
    expect(await client.auth.checkPassword({ ...credentials, captchaToken: 'solved 2' })).toMatchObject({
      state: 'SUCCESS',
    })
    await expect(client.auth.checkPassword({ ...credentials, captchaToken: 'solved 2' })).rejects.toMatchObject({
      code: '-19970',
    })
  })

  test('too many guesses say when trying again makes sense, also where the header is not shown', async () => {
    const { fetch } = watchedFetch((path) =>
      path === '/v2/login'
        ? json(429, {
            message: 'Too many',
            details: { applicationError: { code: 'THROTTLED_FEATURE', data: { retryAfterSeconds: 90 } } },
          })
        : undefined,
    )
    await expect(
      siteClient(server, { fetch }).auth.checkPassword({ email: 'a@b.example', password }),
    ).rejects.toMatchObject({
      name: 'RefusedError',
      code: 'THROTTLED_FEATURE',
      retryAfterSeconds: 90,
    })
  })

  test.each<[string, Response]>([
    ['a 401 of somebody in between', json(401, { message: 'Who are you?' })],
    ['a 403', json(403, { message: 'Not from here' })],
    ['a 404', json(404, { message: 'No such address' })],
  ])('%s is no end of the session, and is not asked again', async (_what, answer) => {
    let isBetween = false
    const onSignedOut = vi.fn()
    const watch = watchedFetch((path) => (isBetween && path === '/v2/change-password' ? answer : undefined))
    const client = siteClient(server, { fetch: watch.fetch, onSignedOut })
    await signInNewMember(client)
    const [before, asked] = [await client.auth.tokens(), watch.paths.length]
    isBetween = true
    const error = await client.authentication.changePassword({ newPassword: 'another one' }).catch((each) => each)
    expect(error).toBeInstanceOf(RefusedError)
    expect(error).toMatchObject({ status: answer.status, code: String(answer.status) })
    expect(watch.paths.slice(asked)).toEqual(['/v2/change-password'])
    expect([await client.auth.tokens(), onSignedOut.mock.calls]).toEqual([before, []])
  })

  test.each<[string, Response, string]>([
    [
      'too many requests',
      json(429, { error: 'temporarily_unavailable', error_description: 'x' }),
      'temporarily_unavailable',
    ],
    ['a client that is not known', json(400, { error: 'invalid_client', error_description: 'x' }), 'invalid_client'],
    ['a wall in between', json(403, { message: 'Not from here' }), '403'],
    ['a login in between', json(401, { message: 'Who are you?' }), '401'],
  ])('%s at a refresh is no end of the session', async (_what, answer, code) => {
    const tokens = memoryTokens({ ...(await memberTokens()), expiresAt: 0 })
    const onSignedOut = vi.fn()
    let isBetween = true
    const { fetch } = watchedFetch((path) => (isBetween && path === '/oauth2/token' ? answer : undefined))
    const client = siteClient(server, { tokens, fetch, onSignedOut })
    await expect(client.auth.authorization()).rejects.toMatchObject({ name: 'RefusedError', code })
    expect([await client.auth.isSignedIn(), onSignedOut.mock.calls]).toEqual([true, []])
    isBetween = false
    await client.authentication.changePassword({ newPassword: 'another long passphrase' })
  })

  test('a key or a secret that is no good is refused, and is no session that has ended', async () => {
    const withKey = createAdminClient({ baseUrl: server.url, auth: ApiKeyStrategy({ apiKey: 'x' }) })
    await expect(withKey.headless.OAuthAppService.queryOAuthApps()).rejects.toMatchObject({
      name: 'RefusedError',
      code: 'UNAUTHENTICATED',
    })
    const auth = AppStrategy({ clientId: server.client.id, clientSecret: 'x' })
    const withSecret = createAdminClient({ baseUrl: server.url, auth })
    await expect(withSecret.headless.OAuthAppService.queryOAuthApps()).rejects.toMatchObject({
      name: 'RefusedError',
      code: 'invalid_client',
    })
  })

  test('a session token that was used signs nobody in', async () => {
    const client = siteClient(server)
    const { email } = await signInNewMember(client)
    const signOn = await client.auth.checkPassword({ email, password })
    if (signOn.state !== 'SUCCESS') throw new Error(signOn.state)
    const next = siteClient(server)
    await signInOnServer(next, signOn.sessionToken, { redirectUri: callbackUri })
    const again = siteClient(server)
    await expect(signInOnServer(again, signOn.sessionToken, { redirectUri: callbackUri })).rejects.toMatchObject({
      name: 'RefusedError',
      code: 'login_required',
    })
    expect([await next.auth.isSignedIn(), await again.auth.isSignedIn()]).toEqual([true, false])
  })
})

describe('nobody knows', () => {
  const html = (response: ServerResponse, status: number) =>
    response.writeHead(status, { 'content-type': 'text/html' }).end('<!doctype html><p>A page of somebody else’s</p>')
  const ways: readonly [string, number | null, (response: ServerResponse) => void][] = [
    ['answers with a page', 200, (response) => html(response, 200)],
    ['answers 503 with a page', 503, (response) => html(response, 503)],
    ['answers with nothing', 200, (response) => response.writeHead(200).end()],
    ['answers 502 with nothing', 502, (response) => response.writeHead(502).end()],
    ['answers 401 with a page', 401, (response) => html(response, 401)],
    ['answers 500 with a message', 500, (response) => response.writeHead(500).end('{"message":"Broken"}')],
    ['answers what is no message', 200, (response) => response.writeHead(200).end('null')],
    [
      'breaks off in the middle of its answer',
      200,
      (response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"access_token":', () => response.destroy())
      },
    ],
    ['cuts the connection', null, (response) => response.destroy()],
  ]
  const calls: readonly [string, (client: SiteClient) => Promise<unknown>][] = [
    ['a call', (client) => client.authentication.changePassword({ newPassword: 'another long passphrase' })],
    ['a login', (client) => client.auth.checkPassword({ email: 'ada@shop.example', password })],
    ['a sign-out', (client) => client.auth.signOut()],
    ['a sign-out everywhere', (client) => client.auth.signOut({ everywhere: true })],
  ]

  /** A client that holds a member's tokens and finds somebody else where its server was. */
  function misled(url: string, held: Tokens, onSignedOut: (event: SignedOutEvent) => void) {
    const tokens = memoryTokens(held)
    return siteClient({ url, client: server.client }, { tokens, onSignedOut })
  }

  describe.each(ways)('when what is there %s', (_way, status, answer) => {
    test.each(calls)('%s says so, and everybody stays signed in', async (_call, call) => {
      await using stranger = await startStranger(answer)
      const [held, onSignedOut] = [await memberTokens(), vi.fn()]
      const client = misled(stranger.url, held, onSignedOut)
      const error = await call(client).catch((each: unknown) => each)
      expect(error).toBeInstanceOf(UnavailableError)
      expect(error).toMatchObject({ status, outcome: 'unknown' })
      expect([await client.auth.tokens(), onSignedOut.mock.calls]).toEqual([held, []])
      await siteClient(server, { tokens: memoryTokens(held) }).authentication.changePassword({ newPassword: password })
    })

    test('a refresh says so, and everybody stays signed in', async () => {
      await using stranger = await startStranger(answer)
      const [held, onSignedOut] = [{ ...(await memberTokens()), expiresAt: 0 }, vi.fn()]
      const client = misled(stranger.url, held, onSignedOut)
      await expect(client.auth.authorization()).rejects.toBeInstanceOf(UnavailableError)
      expect([await client.auth.tokens(), onSignedOut.mock.calls]).toEqual([held, []])
    })

    test('the site’s own server says so where it signs somebody in', async () => {
      await using stranger = await startStranger(answer)
      const client = misled(stranger.url, await memberTokens(), () => {})
      await expect(signInOnServer(client, 'x', { redirectUri: callbackUri })).rejects.toBeInstanceOf(UnavailableError)
    })
  })

  test.each(calls)(
    'when what is there never answers, %s says so in time, and everybody stays signed in',
    async (_call, call) => {
      await using silent = await startStranger(() => {})
      const [held, onSignedOut] = [await memberTokens(), vi.fn()]
      const tokens = memoryTokens(held)
      const client = siteClient({ url: silent.url, client: server.client }, { tokens, onSignedOut, timeoutMs: 100 })
      await expect(call(client)).rejects.toMatchObject({ name: 'UnavailableError', outcome: 'unknown', status: null })
      expect([await client.auth.tokens(), onSignedOut.mock.calls]).toEqual([held, []])
    },
  )

  test('a silent server holds up no other call for ever', async () => {
    await using silent = await startStranger(() => {})
    const client = siteClient({ url: silent.url, client: server.client }, { timeoutMs: 100 })
    const calls = [client.auth.authorization(), client.auth.authorization()]
    for (const call of calls) await expect(call).rejects.toBeInstanceOf(UnavailableError)
  })

  test('what fails is named, and nothing of its query', async () => {
    await using stranger = await startStranger((response) => response.writeHead(200).end('<p>'))
    const { asContext } = siteClient(
      { url: stranger.url, client: server.client },
      { tokens: memoryTokens(await memberTokens()) },
    )
    const ask = () => asContext.call({ verb: 'GET', path: '/v1/a', query: { token: 'secret' } })
    await expect(ask()).rejects.toThrow(/^Cannot read the answer to GET \/v1\/a, of the status 200$/)
    await stranger[Symbol.asyncDispose]()
    await expect(ask()).rejects.toThrow(`Cannot GET /v1/a as ${stranger.url} does not answer`)
  })

  test('a token that does not say how long it is good is none', async () => {
    const watch = watchedFetch(() => Response.json({ access_token: 'x' }))
    const client = siteClient(server, { fetch: watch.fetch })
    await expect(client.auth.authorization()).rejects.toThrow('it has no expires_in')
    expect(await client.auth.tokens()).toBeNull()
  })

  test.each([...calls.filter(([name]) => name === 'a login' || name === 'a sign-out')])(
    'when what is there answers {} to everything, %s has not happened',
    async (_call, call) => {
      await using stranger = await startStranger((response) => response.writeHead(200).end('{}'))
      const held = await memberTokens()
      const client = misled(stranger.url, held, () => {})
      await expect(call(client)).rejects.toMatchObject({ name: 'UnavailableError', status: 200 })
      expect(await client.auth.tokens()).toEqual(held)
    },
  )

  test('when what is there answers {} to everything, no token came of it', async () => {
    await using stranger = await startStranger((response) => response.writeHead(200).end('{}'))
    const held = { ...(await memberTokens()), expiresAt: 0 }
    const client = misled(stranger.url, held, () => {})
    await expect(client.auth.authorization()).rejects.toBeInstanceOf(UnavailableError)
    expect(await client.auth.tokens()).toEqual(held)
    const auth = AppStrategy({ clientId: 'x', clientSecret: 'x' })
    const app = createAdminClient({ baseUrl: stranger.url, auth })
    await expect(app.headless.OAuthAppService.queryOAuthApps()).rejects.toBeInstanceOf(UnavailableError)
  })

  test('a login on the site’s own server that is led elsewhere was not finished', async () => {
    const away = { location: 'https://portal.example/?state=x&code=y' }
    await using stranger = await startStranger((response) => response.writeHead(302, away).end())
    const client = siteClient({ url: stranger.url, client: server.client })
    await expect(signInOnServer(client, 'x', { redirectUri: callbackUri })).rejects.toMatchObject({
      name: 'UnavailableError',
      status: 302,
    })
  })

  test('nobody listens: what only asks has done nothing, and of the rest nobody knows', async () => {
    const stranger = await startStranger(() => {})
    await stranger[Symbol.asyncDispose]()
    const client = misled(stranger.url, await memberTokens(), () => {})
    const { asContext } = client
    await expect(asContext.call({ verb: 'GET', path: '/v1/sessions/current' })).rejects.toMatchObject({
      name: 'UnavailableError',
      outcome: 'nothing_happened',
      status: null,
    })
    await expect(client.auth.signOut()).rejects.toMatchObject({ outcome: 'unknown', status: null })
  })
})

describe('signed out', () => {
  const ends: readonly [string, string | null, (client: SiteClient, email: string, tokens: Tokens) => unknown][] = [
    [
      'the member logs out elsewhere',
      'logout',
      async (_client, _email, tokens) => {
        await siteClient(server, { tokens: memoryTokens(tokens) }).auth.signOut()
      },
    ],
    [
      'the password is changed in another session',
      'password_changed',
      async (_client, email) => {
        const other = await signedIn(email)
        await other.authentication.changePassword({ newPassword: 'another long passphrase' })
      },
    ],
    [
      'the member logs out everywhere',
      'logout_everywhere',
      async (_client, email) => {
        await (await signedIn(email)).auth.signOut({ everywhere: true })
      },
    ],
    [
      'an administrator blocks the member',
      'blocked',
      (_client, _email, tokens) => block(server, sessionOf(tokens.accessToken)?.sub ?? ''),
    ],
    [
      'nobody has used it for too long',
      'idle',
      async () => {
        await server.quiet()
        server.clock.advance(60 * 24 * 60 * minute)
      },
    ],
  ]

  async function signedIn(email: string): Promise<SiteClient> {
    const client = siteClient(server)
    const signOn = await client.auth.checkPassword({ email, password })
    if (signOn.state !== 'SUCCESS') throw new Error(signOn.state)
    await signInOnServer(client, signOn.sessionToken, { redirectUri: callbackUri })
    return client
  }

  test.each(ends)('when %s', async (_when, because, end) => {
    const told: SignedOutEvent[] = []
    const client = siteClient(server, { onSignedOut: (event) => told.push(event), tokens: memoryTokens() })
    const { email } = await signInNewMember(client)
    await end(client, email, (await client.auth.tokens()) as Tokens)
    const error = await client.authentication.changePassword({ newPassword: 'x' }).catch((each: unknown) => each)
    expect(error).toBeInstanceOf(SignedOutError)
    expect(error).toMatchObject({ because })
    expect(told).toEqual([{ cause: 'session_ended', because }])
    expect(await client.auth.tokens()).toBeNull()
  })

  test('a refresh token that is no good has no session', async () => {
    const told: SignedOutEvent[] = []
    const tokens = memoryTokens({ ...(await memberTokens()), expiresAt: 0, refreshToken: 'adj_refresh_x' })
    const client = siteClient(server, { tokens, onSignedOut: (event) => told.push(event) })
    await expect(client.auth.authorization()).rejects.toBeInstanceOf(SignedOutError)
    expect(told).toEqual([{ cause: 'session_ended', because: null }])
  })

  test('many calls that find it out at once all fail with it, and tell it once', async () => {
    const onSignedOut = vi.fn()
    const held = await memberTokens()
    const client = siteClient(server, { tokens: memoryTokens(held), onSignedOut })
    await siteClient(server, { tokens: memoryTokens(held) }).auth.signOut()
    const call = () => client.authentication.changePassword({ newPassword: 'another long passphrase' })
    const errors = await Promise.all(Array.from({ length: 5 }, () => call().catch((each: unknown) => each)))
    // Nor was any of them made by the visitor that this page has been since.
    expect(errors.map((error) => error instanceof SignedOutError)).toEqual([true, true, true, true, true])
    expect(onSignedOut).toHaveBeenCalledTimes(1)
  })

  test('a visitor is never signed out: who was nobody goes on as nobody', async () => {
    const onSignedOut = vi.fn()
    const tokens = memoryTokens({ accessToken: 'x', expiresAt: 0, refreshToken: 'adj_visitor_x', role: 'visitor' })
    const client = siteClient(server, { tokens, onSignedOut })
    expect(await client.authentication.validateEmail({ email: 'ada@shop.example' })).toMatchObject({ valid: true })
    expect([(await client.auth.tokens())?.role, onSignedOut.mock.calls]).toEqual(['visitor', []])
  })

  test('a member without a refresh token whose access token is too old is signed out, and no visitor', async () => {
    const told: SignedOutEvent[] = []
    const tokens = memoryTokens({ ...(await memberTokens()), expiresAt: 0, refreshToken: null })
    const client = siteClient(server, { tokens, onSignedOut: (event) => told.push(event) })
    await expect(client.auth.authorization()).rejects.toBeInstanceOf(SignedOutError)
    expect(told).toEqual([{ cause: 'session_ended', because: null }])
  })

  const fresh = () => ({ email: `${randomUUID()}@shop.example`, password })
  test.each<[string, (client: SiteClient, email: string) => Promise<unknown>]>([
    ['logs in', (client, email) => client.auth.checkPassword({ email, password })],
    ['registers', (client) => client.auth.register(fresh())],
    ['forgets the password', (client, email) => client.auth.sendPasswordResetEmail({ email })],
  ])(
    'whoever %s where the tokens of a session that has ended are still held is told so, and goes on',
    async (_who, call) => {
      const told: SignedOutEvent[] = []
      const watch = watchedFetch()
      const client = siteClient(server, {
        tokens: memoryTokens(),
        fetch: watch.fetch,
        onSignedOut: (event) => told.push(event),
      })
      const { email } = await signInNewMember(client)
      await siteClient(server, { tokens: memoryTokens(await client.auth.tokens()) }).auth.signOut()
      await call(client, email)
      expect(told).toEqual([{ cause: 'session_ended', because: 'logout' }])
      expect((await client.auth.tokens())?.role).toBe('visitor')
    },
  )

  test('whoever logs in with a wrong password where such tokens are held has made one guess', async () => {
    const client = siteClient(server, { tokens: memoryTokens() })
    const { email } = await signInNewMember(client)
    await siteClient(server, { tokens: memoryTokens(await client.auth.tokens()) }).auth.signOut()
    const guesses = () => server.log.filter((line) => line.includes('"code":"-19976"')).length
    const before = guesses()
    await expect(client.auth.checkPassword({ email, password: 'not the right one' })).rejects.toMatchObject({
      code: '-19976',
    })
    expect(guesses()).toBe(before + 1)
  })
})
