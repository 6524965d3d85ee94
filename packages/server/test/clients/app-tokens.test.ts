/** Tokens by which an app acts for the site: how they are got for its secret, and what they are good for. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { decodeJwt, oauthErrorOf, refusalOf } from '../support/answers.ts'
import { addClientOf, appToken, secretOf } from '../support/clients.ts'
import { acceptedOf, everythingAccepted, signedInMember, visitorTokens } from '../support/members.ts'
import { askForTokens, changePassword, presentRefreshToken, tokenInfo } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let secret: string
beforeAll(async () => {
  server = await startTestServer()
  secret = await secretOf(server)
})
afterAll(() => server.close())

const nobody = '00000000-0000-4000-8000-000000000000'
const wrongSecret = `adj_client_${'A'.repeat(43)}`

test.each(['camelCase', 'snake_case'])('client_credentials: fields in %s give an app a token', async (spelling) => {
  const { siteId } = server.service
  const json = {
    camelCase: { clientId: server.client.id, clientSecret: secret, grantType: 'client_credentials' },
    snake_case: {
      client_id: server.client.id.toUpperCase(),
      client_secret: secret,
      grant_type: 'client_credentials',
      instance_id: siteId.toUpperCase(),
    },
  }[spelling]
  const answer = await send(`${server.url}/oauth2/token`, { json })
  expect(answer.status).toBe(200)
  const body = answer.json<{ access_token: string }>()
  expect(body).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 300,
    refresh_token: null,
  })
  expect(decodeJwt(body.access_token).claims).toMatchObject({
    sub: server.client.id,
    client_id: server.client.id,
    subject_type: 'app',
  })
  expect(body.access_token).not.toContain(',')
  expect(await tokenInfo(server, body.access_token)).toMatchObject({
    active: true,
    subjectType: 'APP',
    subjectId: server.client.id,
    clientId: server.client.id,
    siteId,
    instanceId: siteId,
  })
})

test('an app token lives as long as the site says', async () => {
  await using slow = await startTestServer({ siteSettings: { accessTokenSeconds: 14_400 } })
  const json = { clientId: slow.client.id, clientSecret: await secretOf(slow), grantType: 'client_credentials' }
  expect((await askForTokens(slow, json)).json()).toMatchObject({ expires_in: 14_400 })
})

test.each<[string, () => Record<string, unknown>, string]>([
  ['another secret', () => ({ clientSecret: wrongSecret }), '401 invalid_client'],
  ['a secret that is cut', () => ({ clientSecret: secret.slice(0, -1) }), '401 invalid_client'],
  ['a secret with a space', () => ({ clientSecret: `${secret} ` }), '401 invalid_client'],
  ['the hash of the secret', () => ({ clientSecret: Buffer.alloc(32).toString('base64url') }), '401 invalid_client'],
  ['no secret', () => ({ clientSecret: undefined }), '400 invalid_request'],
  ['an empty secret', () => ({ clientSecret: '' }), '400 invalid_request'],
  ['no client', () => ({ clientId: undefined }), '400 invalid_request'],
  ['an unknown client', () => ({ clientId: nobody }), '401 invalid_client'],
  ['a client id that is no GUID', () => ({ clientId: 'x' }), '401 invalid_client'],
  ['another site', () => ({ instanceId: nobody }), '400 invalid_request'],
  ['two secrets', () => ({ client_secret: wrongSecret }), '400 invalid_request'],
])('O-12: client_credentials with %s give nothing', async (_what, changes, refusal) => {
  const json = { clientId: server.client.id, clientSecret: secret, grantType: 'client_credentials', ...changes() }
  const answer = await askForTokens(server, json)
  expect(oauthErrorOf(answer)).toBe(refusal)
  expect(answer.text).not.toContain(secret)
})

test('O-12: the secret of another client is as wrong as any, and a client without one has none that fits', async () => {
  const other = await addClientOf(server)
  const credentials = (clientSecret: string) => ({ clientId: other.id, clientSecret, grantType: 'client_credentials' })
  // Of a client without a secret the hash that is compared with is all zeros.
  for (const given of [secret, wrongSecret, 'x']) {
    expect(oauthErrorOf(await askForTokens(server, credentials(given)))).toBe('401 invalid_client')
  }
  const own = await secretOf(server, other)
  expect((await askForTokens(server, credentials(own))).status).toBe(200)
  expect(oauthErrorOf(await askForTokens(server, credentials(secret)))).toBe('401 invalid_client')
})

test('O-12: a secret that was replaced is dead at once', async () => {
  const other = await addClientOf(server)
  const first = await secretOf(server, other)
  const second = await secretOf(server, other)
  expect(second).not.toBe(first)
  const ask = (clientSecret: string) =>
    askForTokens(server, { clientId: other.id, clientSecret, grantType: 'client_credentials' })
  expect(oauthErrorOf(await ask(first))).toBe('401 invalid_client')
  expect((await ask(second)).status).toBe(200)
})

test('O-12: a client that has a secret need not send it with a refresh token or a code, and must not send a wrong one', async () => {
  const { refreshToken } = await signedInMember(server)
  expect((await presentRefreshToken(server, refreshToken)).status).toBe(200)
  expect((await presentRefreshToken(server, refreshToken, { clientSecret: secret })).status).toBe(200)
  const wrong = await presentRefreshToken(server, refreshToken, { clientSecret: wrongSecret })
  expect(oauthErrorOf(wrong)).toBe('401 invalid_client')
  const nameless = await presentRefreshToken(server, refreshToken, { clientSecret: secret, clientId: undefined })
  expect(oauthErrorOf(nameless)).toBe('400 invalid_request')
  const code = { grantType: 'authorization_code', code: 'x', codeVerifier: 'v'.repeat(43), clientId: server.client.id }
  const withCode = await askForTokens(server, { ...code, clientSecret: wrongSecret })
  expect(oauthErrorOf(withCode)).toBe('401 invalid_client')
})

test('an app token ends with everyone, by its expiry, and with nothing that a member does', async () => {
  const token = await appToken(server, server.client.id, secret)
  await send(`${server.url}/v1/logout`, { headers: { authorization: token } })
  await send(`${server.url}/v1/sessions`, { method: 'DELETE', headers: { authorization: token } })
  expect(await tokenInfo(server, token)).toMatchObject({ active: true })
  await administer(server, 'DELETE', '/sessions')
  expect(await tokenInfo(server, token)).toEqual({ active: false, subjectType: 'UNKNOWN', subjectId: '', clientId: '' })
  const next = await appToken(server, server.client.id, secret)
  expect(await tokenInfo(server, next)).toMatchObject({ active: true })
  server.clock.advance(361_000)
  expect(await tokenInfo(server, next)).toMatchObject({ active: false })
})

test('an app is no member: it has no session, no user info and no password, and logs nobody out', async () => {
  const member = await signedInMember(server)
  const authorization = await appToken(server, server.client.id, secret)
  const headers = { authorization }
  expect(refusalOf(await send(`${server.url}/v1/sessions/current`, { headers }))).toBe('401 UNAUTHENTICATED')
  expect(refusalOf(await send(`${server.url}/oauth2/user-info`, { headers }))).toBe('403 PERMISSION_DENIED')
  expect(refusalOf(await changePassword(server, authorization, 'another passphrase'))).toBe('403 PERMISSION_DENIED')
  for (const path of ['/v1/sessions', '/v1/sessions/current']) {
    const answer = await send(`${server.url}${path}`, { method: 'DELETE', headers })
    expect([path, answer.status]).toEqual([path, path === '/v1/sessions' ? 401 : 204])
  }
  expect((await send(`${server.url}/v1/logout`, { headers })).status).toBe(200)
  const redirect = await send(`${server.url}/_api/redirects-api/v1/redirect-session`, {
    headers,
    json: { logout: { clientId: server.client.id } },
  })
  expect(refusalOf(redirect)).toBe('403 PERMISSION_DENIED')
  expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
})

test('strip_bound_session gives a token of the same session with the same expiry, and both end together', async () => {
  const member = await signedInMember(server)
  server.clock.advance(100_000)
  const json = { client_secret: secret, access_token: member.accessToken, grant_type: 'strip_bound_session' }
  const answer = await askForTokens(server, json)
  expect(answer.status).toBe(200)
  const { access_token: stripped, expires_in: seconds } = answer.json<{ access_token: string; expires_in: number }>()
  expect(seconds).toBe(200)
  expect(stripped).not.toBe(member.accessToken)
  const { iat, jti, ...claims } = decodeJwt(stripped).claims
  expect({ ...decodeJwt(member.accessToken).claims, iat, jti }).toEqual({ ...claims, iat, jti })
  expect(await acceptedOf(server, { accessToken: stripped })).not.toEqual([])
  await send(`${server.url}/v1/logout`, { headers: { authorization: stripped } })
  expect(await acceptedOf(server, { accessToken: stripped })).toEqual([])
  expect(await acceptedOf(server, member)).toEqual([])
})

test('strip_bound_session gives a visitor and an app a token of their own', async () => {
  const visitor = (await visitorTokens(server)).accessToken
  const app = await appToken(server, server.client.id, secret)
  for (const [token, subjectType] of [
    [visitor, 'VISITOR'],
    [app, 'APP'],
  ] as const) {
    const json = { clientSecret: secret, accessToken: token, grantType: 'strip_bound_session' }
    const { access_token: stripped } = (await askForTokens(server, json)).json<{ access_token: string }>()
    expect(await tokenInfo(server, stripped)).toEqual({ ...(await tokenInfo(server, token)), subjectType })
  }
})

test('strip_bound_session refuses a wrong secret, and a token that is over or none', async () => {
  const member = await signedInMember(server)
  const strip = (accessToken: string, clientSecret = secret) =>
    askForTokens(server, { accessToken, clientSecret, grantType: 'strip_bound_session' })
  expect(oauthErrorOf(await strip(member.accessToken, wrongSecret))).toBe('401 invalid_client')
  const others = await secretOf(server, await addClientOf(server))
  expect(oauthErrorOf(await strip(member.accessToken, others))).toBe('401 invalid_client')
  expect(oauthErrorOf(await strip(member.refreshToken))).toBe('400 invalid_grant')
  expect(oauthErrorOf(await strip('x'))).toBe('400 invalid_grant')
  const without = await askForTokens(server, { accessToken: member.accessToken, grantType: 'strip_bound_session' })
  expect(oauthErrorOf(without)).toBe('400 invalid_request')
  const { accessToken } = await visitorTokens(server)
  await send(`${server.url}/v1/logout`, { headers: { authorization: member.accessToken } })
  expect(oauthErrorOf(await strip(member.accessToken))).toBe('400 invalid_grant')
  // A minute of lateness is tolerated of a token, and nothing is left to give.
  server.clock.advance(300_000)
  expect(oauthErrorOf(await strip(accessToken))).toBe('400 invalid_grant')
})

test('the former token address refreshes tokens for whoever has the secret, and does nothing else', async () => {
  const { refreshToken } = await signedInMember(server)
  const ask = (changes: Record<string, unknown> = {}, path = '/oauth/access') => {
    const given = { client_id: server.client.id, client_secret: secret, refresh_token: refreshToken }
    return send(`${server.url}${path}`, { json: { ...given, grant_type: 'refresh_token', ...changes } })
  }
  for (const path of ['/oauth/access', '/oauth/access/']) {
    const answer = await ask({}, path)
    expect(answer.status).toBe(200)
    expect(answer.json()).toMatchObject({ access_token: expect.any(String), refresh_token: refreshToken })
  }
  expect(oauthErrorOf(await ask({ client_secret: wrongSecret }))).toBe('401 invalid_client')
  expect(oauthErrorOf(await ask({ client_secret: undefined }))).toBe('400 invalid_request')
  expect(oauthErrorOf(await ask({ client_id: undefined }))).toBe('400 invalid_request')
  expect(oauthErrorOf(await ask({ refresh_token: 'x' }))).toBe('400 invalid_grant')
  for (const grant of ['authorization_code', 'client_credentials', 'anonymous', undefined]) {
    expect(oauthErrorOf(await ask({ grant_type: grant, code: 'x' }))).toBe('400 unsupported_grant_type')
  }
  const other = await addClientOf(server)
  const foreign = await ask({ client_id: other.id, client_secret: await secretOf(server, other) })
  expect(oauthErrorOf(foreign)).toBe('400 invalid_grant')
})
