import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusalOf } from '../support/answers.ts'
import { minute } from '../support/manual-clock.ts'
import { signedInMember, type Tokens, visitorTokens } from '../support/members.ts'
import { tokenInfo } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { administratorKey, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let member: Tokens & { readonly cookie: string; readonly memberId: string }
beforeAll(async () => {
  server = await startTestServer()
  member = await signedInMember(server)
})
afterAll(() => server.close())

const userInfo = (authorization: string | undefined) =>
  send(`${server.url}/oauth2/user-info`, authorization === undefined ? {} : { headers: { authorization } })

test.each([
  ['without a scheme', (token: string) => token],
  ['as Bearer', (token: string) => `Bearer ${token}`],
  ['as bearer', (token: string) => `bearer ${token}`],
  ['as BEARER with more spaces', (token: string) => `  BEARER   ${token}  `],
  ['with an empty second part', (token: string) => `${token},`],
  ['with an empty first part', (token: string) => `,${token}`],
])('an access token %s is read', async (_how, header) => {
  expect((await userInfo(header(member.accessToken))).status).toBe(200)
})

test.each([
  ['nothing', undefined],
  ['an empty value', ''],
  ['spaces', '   '],
  ['the scheme alone', 'Bearer'],
  ['a comma', ','],
])('%s in the header is an anonymous caller', async (_what, header) => {
  expect(refusalOf(await userInfo(header))).toBe('401 UNAUTHENTICATED')
  const headers = header === undefined ? {} : { authorization: header }
  const login = await send(`${server.url}/v2/login`, { headers, json: { loginId: { email: 'x' } } })
  expect(refusalOf(login)).toBe('404 -19999')
})

const bad: readonly (readonly [string, () => string | Promise<string>])[] = [
  ['a word', () => 'token'],
  ['another scheme', () => 'Basic dXNlcjpwYXNz'],
  ['a token twice', () => `${member.accessToken},${member.accessToken}`],
  ['three parts', () => `${member.accessToken},a,b`],
  ['a token and a word', () => `${member.accessToken},word`],
  ['an API key, as there are none yet', () => ',adj_api_abc'],
  ['a token and an API key that nobody has', () => `${member.accessToken},adj_api_abc`],
  ['a refresh token', () => member.refreshToken],
  ['a visitor refresh token', async () => (await visitorTokens(server)).refreshToken],
  ['the administrator key', () => administratorKey],
  ['a session secret', () => member.cookie.replace('adjourn_session=', '')],
  ['a token of another service', () => 'eyJhbGciOiJub25lIn0.e30.'],
  ['a token that was changed in its payload', () => member.accessToken.replace(/\.(.)/, '.X$1')],
  ['a token that lost its last character', () => member.accessToken.slice(0, -1)],
]
const routes = [
  ['GET', '/oauth2/user-info'],
  ['POST', '/v2/register'],
  ['POST', '/v2/login'],
  ['POST', '/v2/change-password'],
  ['POST', '/headless/v1/redirect-session'],
  ['GET', '/v1/sessions/current'],
  ['DELETE', '/v1/sessions'],
] as const
const message = {
  loginId: { email: 'x' },
  password: 'a long passphrase of ada',
  newPassword: 'another long passphrase',
  logout: { clientId: '00000000-0000-4000-8000-000000000000' },
}
const call = (method: string, path: string, authorization: string) =>
  send(`${server.url}${path}`, {
    method,
    headers: { authorization },
    ...(method === 'POST' ? { json: message } : {}),
  })

test.each(bad)('%s in the header is refused everywhere, with a challenge', async (_what, header) => {
  for (const [method, path] of routes) {
    const answer = await call(method, path, await header())
    expect([path, refusalOf(answer)]).toEqual([path, '401 UNAUTHENTICATED'])
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
  }
})

test('T-08: an access token that has not expired is refused on every route once its session has ended', async () => {
  const left = await signedInMember(server)
  await send(`${server.url}/v1/logout`, { headers: { authorization: left.accessToken } })
  for (const [method, path] of routes) {
    const answer = await call(method, path, left.accessToken)
    expect([path, refusalOf(answer)]).toEqual([path, '401 UNAUTHENTICATED'])
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
  }
  expect(await tokenInfo(server, left.accessToken)).toMatchObject({ active: false })
})

test('T-08: an access token that has not expired is refused on every route while its member is blocked', async () => {
  const blocked = await signedInMember(server)
  server.database.prepare(`UPDATE member SET status = 'BLOCKED' WHERE id = ?`).run(blocked.memberId)
  for (const [method, path] of routes) {
    // Leaving stays possible.
    if (method === 'DELETE') continue
    expect([path, refusalOf(await call(method, path, blocked.accessToken))]).toEqual([path, '401 UNAUTHENTICATED'])
  }
})

test('an access token is accepted up to a minute late, and no later', async () => {
  const { accessToken } = await signedInMember(server)
  const visitor = await visitorTokens(server)
  server.clock.advance(6 * minute - 1000)
  expect((await userInfo(accessToken)).status).toBe(200)
  expect(refusalOf(await userInfo(visitor.accessToken))).toBe('403 PERMISSION_DENIED')
  server.clock.advance(1000)
  expect(refusalOf(await userInfo(accessToken))).toBe('401 UNAUTHENTICATED')
  expect(refusalOf(await userInfo(visitor.accessToken))).toBe('401 UNAUTHENTICATED')
  expect(await tokenInfo(server, accessToken)).toMatchObject({ active: false })
})

test.each(['access_token', 'authorization', 'token'])('a token in the query as %s is not read', async (name) => {
  const { accessToken } = await signedInMember(server)
  const answer = await send(`${server.url}/oauth2/user-info?${name}=${accessToken}`)
  expect(refusalOf(answer)).toBe('401 UNAUTHENTICATED')
})
