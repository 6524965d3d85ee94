import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeJwt, violationOf } from '../support/answers.ts'
import { authorizeWithCookie, exchange, signedInMember, visitorTokens } from '../support/members.ts'
import { presentRefreshToken, tokenInfo } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { administratorKey, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const inactive = { active: false, subjectType: 'UNKNOWN', subjectId: '', clientId: '' }
const url = () => `${server.url}/oauth2/token-info`
const base64 = (text: string) => Buffer.from(text).toString('base64')

test('the access token and the refresh token of a member name the member', async () => {
  const member = await signedInMember(server)
  const { claims } = decodeJwt(member.accessToken)
  const about = {
    active: true,
    subjectType: 'MEMBER',
    subjectId: member.memberId,
    clientId: server.client.id,
    siteId: server.service.siteId,
    instanceId: server.service.siteId,
  }
  expect(await tokenInfo(server, member.accessToken)).toEqual({
    ...about,
    exp: String(claims['exp']),
    iat: String(claims['iat']),
  })
  expect(await tokenInfo(server, member.refreshToken)).toEqual({
    ...about,
    exp: expect.stringMatching(/^\d{10}$/),
    iat: String(claims['iat']),
  })
})

test('the access token and the refresh token of a visitor name the visitor', async () => {
  const visitor = await visitorTokens(server)
  const subjectId = decodeJwt(visitor.accessToken).claims['sub']
  for (const token of [visitor.accessToken, visitor.refreshToken]) {
    expect(await tokenInfo(server, token)).toMatchObject({ active: true, subjectType: 'VISITOR', subjectId })
  }
})

test('a wrapped request is answered by the plain message', async () => {
  const { accessToken } = await signedInMember(server)
  const plain = await send(url(), { json: { token: accessToken } })
  for (const inner of [JSON.stringify({ token: accessToken }), `token=${accessToken}`]) {
    const wrapped = await send(url(), { json: { body: base64(inner), method: 'POST', headers: [] } })
    expect([wrapped.status, wrapped.text]).toEqual([200, plain.text])
  }
})

test.each([
  ['a word', () => 'token'],
  ['a JWT of somebody else', () => 'eyJhbGciOiJub25lIn0.e30.'],
  ['a refresh token that was never issued', () => `adj_refresh_${'A'.repeat(43)}`],
  ['a visitor token that was never issued', () => `adj_visitor_WzFd.${'A'.repeat(43)}`],
  ['the administrator key', () => administratorKey],
])('%s is inactive, and nothing more is said', async (_what, token) => {
  const answer = await send(url(), { json: { token: token() } })
  expect(answer.status).toBe(200)
  expect(answer.json()).toEqual(inactive)
  expect(answer.headers['cache-control']).toBe('no-store')
})

test('ended, expired, spent and unknown tokens are answered with the same bytes', async () => {
  const ended = await signedInMember(server)
  await send(`${server.url}/v1/logout`, { headers: { authorization: ended.accessToken } })
  const rotating = await server.addClient({ refreshTokenPolicy: 'rotating' })
  const { cookie } = await signedInMember(server)
  const { refreshToken: spent } = await exchange(server, await authorizeWithCookie(server, cookie, rotating), rotating)
  await presentRefreshToken(server, spent, { clientId: rotating.id })
  const { accessToken: expired } = await signedInMember(server)
  server.clock.advance(400_000)

  const tokens = [ended.accessToken, ended.refreshToken, spent, expired, 'unknown']
  const answers = await Promise.all(tokens.map((token) => send(url(), { json: { token } })))
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  expect(answers[0]?.json()).toEqual(inactive)
})

test('asking does not count as use of the session', async () => {
  const { accessToken } = await signedInMember(server)
  server.clock.advance(120_000)
  await tokenInfo(server, accessToken)
  const row = server.database.prepare('SELECT created_at, used_at FROM session ORDER BY id DESC LIMIT 1').get()
  expect(row?.['used_at']).toBe(row?.['created_at'])
})

test.each([
  ['no token', {}, '400 token REQUIRED_FIELD'],
  ['an empty token', { token: '' }, '400 token REQUIRED_FIELD'],
  ['a null token', { token: null }, '400 token REQUIRED_FIELD'],
  ['a token that is a number', { token: 1 }, '400 token TYPE'],
  ['a token that is a list', { token: ['x'] }, '400 token TYPE'],
  ['a wrapped request without a token', { body: base64('{}') }, '400 token REQUIRED_FIELD'],
  ['a wrapped request that is not base64', { body: '-_' }, '400 body FORMAT'],
])('a request with %s is refused', async (_what, json, expected) => {
  expect(violationOf(await send(url(), { json }))).toBe(expected)
})

test('H-04: a text longer than any token can be is refused as such', async () => {
  const answer = await send(url(), { json: { token: 'x'.repeat(8193) } })
  expect(violationOf(answer)).toBe('400 token MAX_LENGTH')
})
