/** Tokens and the `oauth` module of the official packages. */
import { auth } from '@wix/essentials'
import { oauth } from '@wix/identity'
import { ApiKeyStrategy, AppStrategy, createClient, OAuthStrategy } from '@wix/sdk'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hour, minute } from '../support/manual-clock.ts'
import { type OfficialHosts, redirectOfficialHosts } from '../support/official-hosts.ts'
import { officialSite, signedInOnSite, tokenInfoOf } from '../support/official-site.ts'
import { callbackUri, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let hosts: OfficialHosts

beforeAll(async () => {
  server = await startTestServer()
  hosts = redirectOfficialHosts(server.url)
})
afterAll(async () => {
  hosts[Symbol.dispose]()
  await server.close()
})

const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('utf8')
const wrapped = (message: unknown) => ({ body: Buffer.from(JSON.stringify(message)) })

test('a visitor gets an access token that expires and a refresh token, both under the names the client reads', async () => {
  const { auth } = officialSite(server.client.id)
  const before = Math.floor(Date.now() / 1000)
  const tokens = await auth.generateVisitorTokens()
  expect(tokens).toEqual({
    accessToken: { value: expect.stringMatching(/^[^,\s]+$/), expiresAt: expect.any(Number) },
    refreshToken: { value: expect.stringMatching(/^[^,\s]+$/), role: 'visitor' },
  })
  expect(tokens.accessToken.expiresAt - before).toBeGreaterThanOrEqual(300)
  expect(tokens.accessToken.expiresAt - before).toBeLessThan(302)
  expect(auth.loggedIn()).toBe(false)
})

test('a member is loggedIn with tokens of a role of their own', async () => {
  const { site, tokens } = await signedInOnSite(server.client.id)
  expect(tokens).toEqual({
    accessToken: { value: expect.stringMatching(/^[^,\s]+$/), expiresAt: expect.any(Number) },
    refreshToken: { value: expect.stringMatching(/^[^,\s]+$/), role: 'member' },
  })
  expect(site.auth.loggedIn()).toBe(true)
})

test('a renewed token is of the same visitor', async () => {
  const site = officialSite(server.client.id)
  const first = await site.auth.generateVisitorTokens()
  const second = await site.auth.renewToken(first.refreshToken)
  expect(second.accessToken.value).not.toBe(first.accessToken.value)
  const [of, and] = [
    await tokenInfoOf(site, first.accessToken.value),
    await tokenInfoOf(site, second.accessToken.value),
  ]
  expect(and).toMatchObject({ active: true, subjectType: 'VISITOR', subjectId: of.subjectId })
})

test('the first refresh token of a member is good for months: the client throws every later one away', async () => {
  const { site, tokens } = await signedInOnSite(server.client.id)
  for (let time = 0; time < 5; time += 1) {
    server.clock.advance(12 * hour)
    const { accessToken, refreshToken } = await site.auth.renewToken(tokens.refreshToken)
    expect(refreshToken).toEqual(tokens.refreshToken)
    expect(await tokenInfoOf(site, accessToken.value)).toMatchObject({ active: true, subjectType: 'MEMBER' })
  }
})

test('a client whose access token has expired renews it by itself and stays the member', async () => {
  const { tokens } = await signedInOnSite(server.client.id)
  server.clock.advance(10 * minute)
  // The package looks at the computer's clock, which the test cannot move: so the time it was told has passed.
  const site = officialSite(server.client.id, { ...tokens, accessToken: { ...tokens.accessToken, expiresAt: 1 } })
  const { sub } = await site.oauth.userInfo()
  expect(sub).toEqual(expect.stringMatching(/^[0-9a-f-]{36}$/))
  expect(site.auth.loggedIn()).toBe(true)
})

test('a refresh token is renewed without a client id too, as the strategy for site sessions asks', async () => {
  const { tokens } = await signedInOnSite(server.client.id)
  const answer = await fetch('https://www.wixapis.com/oauth2/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refreshToken: tokens.refreshToken.value, grantType: 'refresh_token' }),
  })
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({ refresh_token: tokens.refreshToken.value })
})

test('a refused refresh tells the OAuth error and the request id in one sentence', async () => {
  const { auth } = officialSite(server.client.id)
  await expect(auth.renewToken({ value: 'adj_refresh_unknown', role: 'member' as never })).rejects.toThrow(
    /request id: [0-9a-f-]{36}\. Response: \{"error":"invalid_grant"/,
  )
})

test('the token endpoint takes either spelling, mixed in one message, wrapped up or not', async () => {
  const site = officialSite(server.client.id)
  for (const message of [
    { clientId: server.client.id, grantType: 'anonymous' },
    { client_id: server.client.id, grant_type: 'anonymous' },
    { clientId: server.client.id, grant_type: 'anonymous' },
  ]) {
    const plain = await fetch('https://www.wixapis.com/oauth2/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
    })
    const { body, statusCode } = await site.oauth.token(wrapped(message))
    expect([plain.status, statusCode]).toEqual([200, 200])
    const named = {
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 300,
      refresh_token: expect.any(String),
    }
    expect(await plain.json()).toMatchObject(named)
    expect(JSON.parse(textOf(body))).toMatchObject(named)
  }
})

test('a wrapped token request that is refused resolves, with status and OAuth error inside', async () => {
  const { oauth } = officialSite(server.client.id)
  const refused = await oauth.token(
    wrapped({ clientId: server.client.id, grantType: 'refresh_token', refreshToken: 'x' }),
  )
  expect(refused.statusCode).toBe(400)
  expect(JSON.parse(textOf(refused.body))).toMatchObject({ error: 'invalid_grant' })
  expect(refused.headers).toContainEqual({ key: 'Content-Type', value: 'application/json' })
})

test('a code that was used is refused, and its tokens end', async () => {
  const { site, tokens } = await signedInOnSite(server.client.id)
  const used = hosts.requests
    .map(({ message }) => message as { code?: string; codeVerifier: string } | undefined)
    .findLast((message) => message?.code !== undefined)
  const { code = '', codeVerifier = '' } = used ?? {}
  const oauthData = { ...site.auth.generateOAuthData(callbackUri), codeVerifier }
  await expect(site.auth.getMemberTokens(code, oauthData.state, oauthData)).rejects.toThrow('invalid_grant')
  await expect(site.auth.renewToken(tokens.refreshToken)).rejects.toThrow('invalid_grant')
})

test('the key set arrives in an envelope for the client, and its keys verify the tokens', async () => {
  const { site, tokens } = await signedInOnSite(server.client.id)
  const { body, statusCode } = await site.oauth.jwks()
  expect(statusCode).toBe(200)
  expect(body).toBeInstanceOf(Uint8Array)
  const keySet: JSONWebKeySet = JSON.parse(textOf(body))
  const { payload } = await jwtVerify(tokens.accessToken.value, createLocalJWKSet(keySet), {
    currentDate: new Date(server.clock.now()),
  })
  expect(payload['client_id']).toBe(server.client.id)
})

test('getTokenInfo tells member, visitor and what is nothing, with times as texts', async () => {
  const { site, tokens } = await signedInOnSite(server.client.id)
  const now = Math.floor(server.clock.now() / 1000)
  expect(await site.use(auth.getTokenInfo)()).toEqual({
    active: true,
    subjectType: 'MEMBER',
    subjectId: (await site.oauth.userInfo()).sub,
    clientId: server.client.id,
    iat: String(now),
    exp: String(now + 300),
    siteId: expect.stringMatching(/./),
    instanceId: expect.stringMatching(/./),
  })
  const visitor = officialSite(server.client.id)
  visitor.auth.setTokens(await visitor.auth.generateVisitorTokens())
  expect(await visitor.use(auth.getTokenInfo)()).toMatchObject({ active: true, subjectType: 'VISITOR' })
  expect(await tokenInfoOf(site, tokens.refreshToken.value)).toMatchObject({ active: true, subjectType: 'MEMBER' })
  for (const nothing of ['x', 'adj_refresh_unknown', `${tokens.accessToken.value}x`]) {
    expect(await tokenInfoOf(site, nothing)).toEqual({
      active: false,
      subjectType: 'UNKNOWN',
      subjectId: '',
      clientId: '',
    })
  }
})

test('a token can be elevated: token info names the app and an instance of it', async () => {
  const { tokens } = await signedInOnSite(server.client.id)
  const app = AppStrategy({
    appId: server.client.id,
    appSecret: 'a secret',
    publicKey: 'a key',
    accessToken: tokens.accessToken.value,
  })
  await expect(app.elevated()).resolves.toMatchObject({ getAuthHeaders: expect.any(Function) })
})

test('a token of another app cannot be elevated', async () => {
  const { tokens } = await signedInOnSite((await server.addClient()).id)
  const app = AppStrategy({
    appId: server.client.id,
    appSecret: 'a secret',
    publicKey: 'a key',
    accessToken: tokens.accessToken.value,
  })
  await expect(app.elevated()).rejects.toThrow()
})

test('userInfo tells a member who they are, and refuses a visitor and a stranger', async () => {
  const { site, email } = await signedInOnSite(server.client.id)
  expect(await site.oauth.userInfo()).toMatchObject({ sub: expect.any(String), email, emailVerified: false })
  const visitor = officialSite(server.client.id)
  await expect(visitor.oauth.userInfo()).rejects.toMatchObject({
    details: { applicationError: { code: 'PERMISSION_DENIED' } },
  })
  const stranger = createClient({ modules: { oauth } })
  await expect(stranger.oauth.userInfo()).rejects.toMatchObject({
    details: { applicationError: { code: 'UNAUTHENTICATED' } },
  })
})

test('an Authorization header is read without a scheme, empty, and with a key before or after a comma', async () => {
  const { site, tokens } = await signedInOnSite(server.client.id)
  const key = 'adj_api_0123456789012345678901234567890123456789A'
  const { value } = tokens.accessToken
  const accountOf = async (authorization: string) => {
    const client = createClient({
      auth: { getAuthHeaders: async () => ({ headers: { Authorization: authorization } }) },
      modules: { oauth },
    })
    return client.oauth.userInfo().then(
      ({ sub }) => sub,
      ({ details }) => details.applicationError.code,
    )
  }
  const { sub } = await site.oauth.userInfo()
  expect([await accountOf(value), await accountOf(`Bearer ${value}`)]).toEqual([sub, sub])
  expect(await accountOf('')).toBe('UNAUTHENTICATED')
  // There are no API keys yet: whatever comes as one is not known, and is told so rather than ignored.
  for (const withKey of [`${value},${key}`, `,${key}`, key]) expect(await accountOf(withKey)).toBe('UNAUTHENTICATED')
})

test('API key clients are refused in the shape that the client can read', async () => {
  const backend = createClient({
    auth: ApiKeyStrategy({ apiKey: 'IST.eyJraWQiOiJ4In0.x.y', siteId: server.service.siteId }),
    modules: { oauth },
  })
  await expect(backend.oauth.userInfo()).rejects.toMatchObject({
    details: { applicationError: { code: 'UNAUTHENTICATED', data: expect.any(Object) }, requestId: expect.any(String) },
  })
})

test('tokens of a strategy that asks with the client binding header are given alike', async () => {
  const { generateVisitorTokens } = OAuthStrategy({
    clientId: server.client.id,
    tokenRequestOptions: { headers: { 'client-binding': 'x' } },
  })
  await expect(generateVisitorTokens()).resolves.toMatchObject({ refreshToken: { role: 'visitor' } })
})
