import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeJwt, oauthErrorOf } from '../support/answers.ts'
import { authorizeWithTicket, codeVerifier, registerMember, signedInMember, visitorTokens } from '../support/members.ts'
import { askForTokens, tokenInfo } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { callbackUri, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const url = () => `${server.url}/oauth2/token`
const base64 = (text: string) => Buffer.from(text).toString('base64')

test.each(['camelCase', 'snake_case', 'mixed'])('anonymous: fields in %s give a visitor tokens', async (spelling) => {
  const id = server.client.id
  const json = {
    camelCase: { clientId: id, grantType: 'anonymous' },
    snake_case: { client_id: id, grant_type: 'anonymous' },
    mixed: { clientId: id, grant_type: 'anonymous', client_id: id, grantType: 'anonymous', unknown: [1] },
  }[spelling]
  const answer = await send(url(), { json })
  expect(answer.status).toBe(200)
  expect(answer.json()).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 300,
    refresh_token: expect.stringMatching(/^adj_visitor_/),
  })
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
})

test('a form body is read as a JSON body is', async () => {
  const answer = await send(url(), { form: { client_id: server.client.id, grantType: 'anonymous' } })
  expect(answer.status).toBe(200)
})

test('several anonymous requests at once give as many visitors', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => visitorTokens(server)))
  expect(new Set(all.map(({ accessToken }) => decodeJwt(accessToken).claims['sub'])).size).toBe(8)
})

test('a client id is found in any case', async () => {
  const answer = await askForTokens(server, { clientId: server.client.id.toUpperCase(), grantType: 'anonymous' })
  expect(answer.status).toBe(200)
})

const unknownClient = '00000000-0000-4000-8000-000000000000'
const refused: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
  ['nothing', {}, '400 invalid_request'],
  ['no grant', { clientId: unknownClient }, '400 invalid_request'],
  ['an empty grant', { clientId: unknownClient, grantType: '' }, '400 invalid_request'],
  ['a null grant', { clientId: unknownClient, grantType: null }, '400 invalid_request'],
  ['a grant that is a list', { grantType: ['anonymous'] }, '400 invalid_request'],
  ['a grant that is a number', { grantType: 1 }, '400 invalid_request'],
  ['a grant that is an object', { grantType: {} }, '400 invalid_request'],
  ['two different grants', { grantType: 'anonymous', grant_type: 'refresh_token' }, '400 invalid_request'],
  ['a grant in another case', { grantType: 'Anonymous' }, '400 unsupported_grant_type'],
  ['the password grant', { grantType: 'password', username: 'a', password: 'b' }, '400 unsupported_grant_type'],
  ['the implicit grant', { grantType: 'implicit' }, '400 unsupported_grant_type'],
  ['the device grant', { grantType: 'urn:ietf:params:oauth:grant-type:device_code' }, '400 unsupported_grant_type'],
  ['an unknown grant', { grantType: 'magic' }, '400 unsupported_grant_type'],
  ['anonymous without a client', { grantType: 'anonymous' }, '400 invalid_request'],
  ['anonymous with an unknown client', { grantType: 'anonymous', clientId: unknownClient }, '400 invalid_client'],
  ['anonymous with a client that is no GUID', { grantType: 'anonymous', clientId: 'x' }, '400 invalid_client'],
  ['anonymous with a NUL in the client', { grantType: 'anonymous', clientId: 'x\0' }, '400 invalid_request'],
  ['a code without a code', { grantType: 'authorization_code', clientId: unknownClient }, '400 invalid_request'],
  ['a refresh without a token', { grantType: 'refresh_token', clientId: unknownClient }, '400 invalid_request'],
  ['a refresh with no token of ours', { grantType: 'refresh_token', refreshToken: 'rt' }, '400 invalid_grant'],
]
test.each(refused)('a token request with %s is refused', async (_what, json, expected) => {
  const answer = await askForTokens(server, json)
  expect(oauthErrorOf(answer)).toBe(expected)
  expect(Object.keys(answer.json()).sort()).toEqual(['error', 'error_description'])
  expect(answer.headers['cache-control']).toBe('no-store')
})

test.each([
  ['a repeated parameter', { body: 'grant_type=anonymous&grant_type=anonymous' }, 400],
  ['a body that is no JSON', { body: '{', type: 'application/json' }, 400],
  ['a body that is a list', { body: '[]', type: 'application/json' }, 400],
  ['a field called __proto__', { body: '{"__proto__":{"grantType":"anonymous"}}', type: 'application/json' }, 400],
  ['plain text', { body: 'grant_type=anonymous', type: 'text/plain' }, 415],
])(
  'a token request with %s is refused',
  async (_what, { body, type = 'application/x-www-form-urlencoded' }: { body: string; type?: string }, status) => {
    const answer = await send(url(), { body, headers: { 'content-type': type } })
    expect(oauthErrorOf(answer)).toBe(`${status} invalid_request`)
  },
)

test.each(['GET', 'PUT', 'PATCH', 'DELETE'])('the token endpoint does not take %s', async (method) => {
  const answer = await send(`${url()}?grant_type=anonymous&client_id=${server.client.id}`, { method })
  expect(answer.status).toBe(405)
  expect(answer.headers['allow']).toContain('POST')
})

test('parameters of the query are not read', async () => {
  const answer = await send(`${url()}?grant_type=anonymous&client_id=${server.client.id}`, { json: {} })
  expect(oauthErrorOf(answer)).toBe('400 invalid_request')
})

test.each([
  ['JSON', () => JSON.stringify({ clientId: server.client.id, grantType: 'anonymous' })],
  ['a form', () => `client_id=${server.client.id}&grant_type=anonymous`],
])('a wrapped request with %s inside is answered in an envelope', async (_what, inner) => {
  const wrapped = { body: base64(inner()), pathParams: [], queryParams: [], headers: [], method: 'POST', rawPath: '' }
  const answer = await send(url(), { json: wrapped })
  expect(answer.status).toBe(200)
  const { body, statusCode, headers } = answer.json<{ body: string; statusCode: number; headers: unknown }>()
  expect(statusCode).toBe(200)
  expect(headers).toEqual([{ key: 'Content-Type', value: 'application/json' }])
  expect(body).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
  const inside = JSON.parse(Buffer.from(body, 'base64').toString('utf8'))
  expect(inside).toMatchObject({ token_type: 'Bearer', expires_in: 300 })
  expect(await tokenInfo(server, inside.access_token)).toMatchObject({ active: true })
})

test.each([
  ['an unknown client', base64(`client_id=${unknownClient}&grant_type=anonymous`), 'invalid_client'],
  ['an unknown grant', base64('{"grantType":"magic"}'), 'unsupported_grant_type'],
  ['nothing', '', 'invalid_request'],
  ['broken JSON', base64('{"grantType":'), 'invalid_request'],
  ['a repeated field', base64('grant_type=anonymous&grant_type=anonymous'), 'invalid_request'],
  ['a field that is no text', base64('{"grantType":{"$ne":null}}'), 'invalid_request'],
  ['a field called __proto__', base64('{"__proto__":{}}'), 'invalid_request'],
  ['what is not base64', 'a-b_c', 'invalid_request'],
  ['another envelope', base64(JSON.stringify({ body: base64('{}') })), 'invalid_request'],
])('a wrapped request with %s has its error in the envelope', async (_what, body, error) => {
  const answer = await send(url(), { json: { body } })
  expect(answer.status).toBe(200)
  const { statusCode, body: inside } = answer.json<{ body: string; statusCode: number }>()
  expect(statusCode).toBe(400)
  expect(JSON.parse(Buffer.from(inside, 'base64').toString('utf8'))).toEqual({
    error,
    error_description: expect.any(String),
  })
})

test('a body beside a grant is a field like any other', async () => {
  const answer = await askForTokens(server, { clientId: server.client.id, grantType: 'anonymous', body: base64('{}') })
  expect(answer.json()).toMatchObject({ token_type: 'Bearer' })
})

test('T-07: every access token is at+jwt, signed asymmetrically, complete and good for five minutes', async () => {
  const member = await signedInMember(server)
  const visitor = await visitorTokens(server)
  const refreshed = await askForTokens(server, { grantType: 'refresh_token', refreshToken: member.refreshToken })
  const tokens = [
    member.accessToken,
    visitor.accessToken,
    refreshed.json<Record<string, string>>()['access_token'] ?? '',
  ]
  for (const token of tokens) {
    const { header, claims } = decodeJwt(token)
    expect(token).not.toContain(',')
    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) })
    expect(claims).toMatchObject({
      iss: server.url,
      aud: server.url,
      client_id: server.client.id,
      iat: Math.floor(server.clock.now() / 1000),
      jti: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
    })
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(300)
  }
  expect(new Set(tokens.map((token) => decodeJwt(token).claims['jti'])).size).toBe(3)
  const { claims } = decodeJwt(member.accessToken)
  expect(claims['sub']).toBe(member.memberId)
  expect(claims['sid']).toMatch(/^[A-Za-z0-9_-]{22}$/)
  expect(decodeJwt(visitor.accessToken).claims).not.toHaveProperty('sid')
})

test('a code gives the scope that was asked for', async () => {
  const { sessionToken } = await registerMember(server)
  const { code } = await authorizeWithTicket(server, sessionToken)
  const answer = await askForTokens(server, {
    client_id: server.client.id,
    grantType: 'authorization_code',
    code,
    code_verifier: codeVerifier,
    redirectUri: callbackUri,
  })
  expect(answer.json()).toMatchObject({
    scope: 'offline_access',
    refresh_token: expect.stringMatching(/^adj_refresh_/),
  })
})
