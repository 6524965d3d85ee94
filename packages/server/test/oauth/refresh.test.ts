import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeJwt, oauthErrorOf } from '../support/answers.ts'
import { day } from '../support/manual-clock.ts'
import {
  acceptedOf,
  authorizeWithCookie,
  authorizeWithTicket,
  exchange,
  registerMember,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { presentCode, presentRefreshToken, tokenInfo } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

test('a reusable refresh token gives tokens of the same member again and again, and comes back itself', async () => {
  const member = await signedInMember(server)
  for (const clientId of [server.client.id, undefined, server.client.id.toUpperCase()]) {
    const answer = await presentRefreshToken(server, member.refreshToken, { clientId })
    expect(answer.json()).toMatchObject({ refresh_token: member.refreshToken, expires_in: 300 })
    const { claims } = decodeJwt(answer.json<Record<string, string>>()['access_token'] ?? '')
    expect(claims['sub']).toBe(member.memberId)
    expect(claims['sid']).toBe(decodeJwt(member.accessToken).claims['sid'])
  }
})

test('T-14: a refresh is refused once the session has ended', async () => {
  const member = await signedInMember(server)
  await send(`${server.url}/v1/logout`, { headers: { authorization: member.accessToken } })
  expect(oauthErrorOf(await presentRefreshToken(server, member.refreshToken))).toBe('400 invalid_grant')
})

test('T-14: a refresh is refused once the grant has ended, though the session lives', async () => {
  const { sessionToken } = await registerMember(server)
  const { code, cookie } = await authorizeWithTicket(server, sessionToken)
  const tokens = await exchange(server, code)
  await presentCode(server, code)
  expect(oauthErrorOf(await presentRefreshToken(server, tokens.refreshToken))).toBe('400 invalid_grant')
  expect(await acceptedOf(server, { cookie: cookie ?? '' })).toContain('cookie: session')
})

test.each(['BLOCKED', 'DELETED', 'OFFLINE', 'PENDING'])(
  'T-14: a refresh is refused while the member is %s',
  async (status) => {
    const member = await signedInMember(server)
    const setStatus = server.database.prepare('UPDATE member SET status = ? WHERE id = ?')
    setStatus.run(status, member.memberId)
    expect(oauthErrorOf(await presentRefreshToken(server, member.refreshToken))).toBe('400 invalid_grant')
    setStatus.run('ACTIVE', member.memberId)
    expect(oauthErrorOf(await presentRefreshToken(server, member.refreshToken))).toBe('200')
  },
)

test('T-14: a refresh is refused while the client is disabled', async () => {
  const client = await server.addClient()
  const { cookie } = await signedInMember(server)
  const { refreshToken } = await exchange(server, await authorizeWithCookie(server, cookie, client), client)
  const setDisabled = server.database.prepare('UPDATE client SET disabled_at = ? WHERE id = ?')
  setDisabled.run(server.clock.now(), client.id)
  for (const clientId of [client.id, undefined]) {
    expect(oauthErrorOf(await presentRefreshToken(server, refreshToken, { clientId }))).toBe('400 invalid_grant')
  }
  setDisabled.run(null, client.id)
  expect(oauthErrorOf(await presentRefreshToken(server, refreshToken, { clientId: client.id }))).toBe('200')
})

test('T-14: a refresh token of one client is refused to another', async () => {
  const other = await server.addClient()
  const member = await signedInMember(server)
  for (const clientId of [other.id, 'x', '00000000-0000-4000-8000-000000000000']) {
    expect(oauthErrorOf(await presentRefreshToken(server, member.refreshToken, { clientId }))).toBe('400 invalid_grant')
  }
  expect(oauthErrorOf(await presentRefreshToken(server, member.refreshToken))).toBe('200')
})

test.each([
  ['a refresh token that was never issued', `adj_refresh_${'A'.repeat(43)}`],
  ['half a refresh token', 'adj_refresh_AAAA'],
  ['a visitor token with another MAC', `adj_visitor_WzFd.${'A'.repeat(43)}`],
  ['a JWT', 'a.b.c'],
])('T-14: %s is refused', async (_what, refreshToken) => {
  expect(oauthErrorOf(await presentRefreshToken(server, refreshToken))).toBe('400 invalid_grant')
})

test('a refresh token stays the same visitor, and comes back itself', async () => {
  const visitor = await visitorTokens(server)
  const answer = await presentRefreshToken(server, visitor.refreshToken)
  expect(answer.json()).toMatchObject({ refresh_token: visitor.refreshToken })
  const { claims } = decodeJwt(answer.json<Record<string, string>>()['access_token'] ?? '')
  expect(claims['sub']).toBe(decodeJwt(visitor.accessToken).claims['sub'])
})

test('a changed visitor token is refused, whichever character was changed', async () => {
  const { refreshToken } = await visitorTokens(server)
  for (let at = 'adj_visitor_'.length; at < refreshToken.length; at += 17) {
    const other = refreshToken[at] === 'A' ? 'B' : 'A'
    const forged = refreshToken.slice(0, at) + other + refreshToken.slice(at + 1)
    expect(oauthErrorOf(await presentRefreshToken(server, forged))).toBe('400 invalid_grant')
  }
})

test('a visitor token is refused to another client', async () => {
  const other = await server.addClient()
  const { refreshToken } = await visitorTokens(server)
  expect(oauthErrorOf(await presentRefreshToken(server, refreshToken, { clientId: other.id }))).toBe(
    '400 invalid_grant',
  )
  expect(oauthErrorOf(await presentRefreshToken(server, refreshToken, { clientId: undefined }))).toBe('200')
})

test('nothing of a visitor is accepted while the client is disabled', async () => {
  const client = await server.addClient()
  const visitor = await visitorTokens(server, client)
  const setDisabled = server.database.prepare('UPDATE client SET disabled_at = ? WHERE id = ?')
  setDisabled.run(server.clock.now(), client.id)
  expect(oauthErrorOf(await presentRefreshToken(server, visitor.refreshToken, { clientId: undefined }))).toBe(
    '400 invalid_grant',
  )
  expect(await tokenInfo(server, visitor.accessToken)).toMatchObject({ active: false })
  expect(await tokenInfo(server, visitor.refreshToken)).toMatchObject({ active: false })
  const headers = { authorization: visitor.accessToken }
  expect((await send(`${server.url}/v2/login`, { headers, json: {} })).status).toBe(401)
  setDisabled.run(null, client.id)
  expect((await send(`${server.url}/v2/login`, { headers, json: {} })).status).toBe(404)
})

// Last, as it moves the clock by a year.
test('a visitor token is good for a year, and at the end of it no more', async () => {
  const { refreshToken } = await visitorTokens(server)
  server.clock.advance(365 * day - 1)
  expect(oauthErrorOf(await presentRefreshToken(server, refreshToken))).toBe('200')
  expect(await tokenInfo(server, refreshToken)).toMatchObject({ active: true, subjectType: 'VISITOR' })
  server.clock.advance(1)
  expect(oauthErrorOf(await presentRefreshToken(server, refreshToken))).toBe('400 invalid_grant')
  expect(await tokenInfo(server, refreshToken)).toMatchObject({ active: false })
})
