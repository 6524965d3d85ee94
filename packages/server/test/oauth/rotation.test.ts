import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../../src/domain/client.ts'
import { auditOf, oauthErrorOf } from '../support/answers.ts'
import { day } from '../support/manual-clock.ts'
import { acceptedOf, authorizeWithTicket, exchange, registerMember, type Tokens } from '../support/members.ts'
import { presentRefreshToken, tokenInfo } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let client: Client
beforeAll(async () => {
  server = await startTestServer()
  client = await server.addClient({ refreshTokenPolicy: 'rotating' })
})
afterAll(() => server.close())

async function signIn(): Promise<Tokens & { readonly cookie: string }> {
  const { sessionToken } = await registerMember(server)
  const { code, cookie = '' } = await authorizeWithTicket(server, sessionToken, { client })
  return { ...(await exchange(server, code, client)), cookie }
}

const refresh = (token: string) => presentRefreshToken(server, token, { clientId: client.id })

/** Refreshes and gives the new tokens; throws when it was refused. */
async function rotate(token: string): Promise<Tokens> {
  const answer = await refresh(token)
  if (answer.status !== 200) throw new Error(`Not refreshed: ${answer.text}`)
  const { access_token: accessToken = '', refresh_token: refreshToken = '' } = answer.json<Record<string, string>>()
  return { accessToken, refreshToken }
}

test('T-11: every use of a rotating refresh token gives another one, and spends it', async () => {
  const first = await signIn()
  const second = await rotate(first.refreshToken)
  const third = await rotate(second.refreshToken)
  expect(new Set([first, second, third].map(({ refreshToken }) => refreshToken)).size).toBe(3)
  expect(await tokenInfo(server, first.refreshToken)).toMatchObject({ active: false })
  expect(await tokenInfo(server, third.refreshToken)).toMatchObject({ active: true })
})

test('T-11: a spent refresh token presented late ends the grant, the newest tokens included', async () => {
  const first = await signIn()
  const second = await rotate(first.refreshToken)
  server.clock.advance(10_001)
  expect(oauthErrorOf(await refresh(first.refreshToken))).toBe('400 invalid_grant')

  for (const { accessToken, refreshToken } of [first, second]) {
    expect(await acceptedOf(server, { accessToken, refreshToken })).toEqual([])
  }
  expect(oauthErrorOf(await refresh(second.refreshToken))).toBe('400 invalid_grant')
  const end = (await auditOf(server)).findLast(({ event }) => event === 'grant.ended')
  expect(end).toMatchObject({ cause: 'reuse_detected', clientId: client.id, refreshTokensEnded: 1 })
})

test('T-11: a spent refresh token presented after its successor was used ends the grant at once', async () => {
  const first = await signIn()
  const second = await rotate(first.refreshToken)
  const third = await rotate(second.refreshToken)
  expect(oauthErrorOf(await refresh(first.refreshToken))).toBe('400 invalid_grant')
  expect(await acceptedOf(server, third)).toEqual([])
})

test('T-11: reuse ends the grant of one client, not the session', async () => {
  const first = await signIn()
  await rotate(first.refreshToken)
  server.clock.advance(11_000)
  await refresh(first.refreshToken)
  expect(await acceptedOf(server, { cookie: first.cookie })).toEqual(['cookie: session', 'cookie: silent login'])
})

test('T-11: a spent refresh token of another client tells nothing and ends nothing', async () => {
  const first = await signIn()
  const second = await rotate(first.refreshToken)
  server.clock.advance(60_000)
  const answer = await presentRefreshToken(server, first.refreshToken, { clientId: server.client.id })
  expect(oauthErrorOf(answer)).toBe('400 invalid_grant')
  expect(await tokenInfo(server, second.refreshToken)).toMatchObject({ active: true })
})

test.each([0, 5000, 10_000])('T-12: the same refresh again after %i ms gives the same successor', async (ms) => {
  const { refreshToken } = await signIn()
  const once = await rotate(refreshToken)
  server.clock.advance(ms)
  const again = await rotate(refreshToken)
  expect(again.refreshToken).toBe(once.refreshToken)
  expect(await tokenInfo(server, again.accessToken)).toMatchObject({ active: true })
})

test('T-12: twenty refreshes at once give one successor', async () => {
  const { refreshToken } = await signIn()
  const all = await Promise.all(Array.from({ length: 20 }, () => rotate(refreshToken)))
  expect(new Set(all.map((tokens) => tokens.refreshToken)).size).toBe(1)
})

test('T-12: the retry window does not outlast the session', async () => {
  const { refreshToken, accessToken } = await signIn()
  const second = await rotate(refreshToken)
  await send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } })
  expect(oauthErrorOf(await refresh(refreshToken))).toBe('400 invalid_grant')
  expect(oauthErrorOf(await refresh(second.refreshToken))).toBe('400 invalid_grant')
})

test('T-13: rotation does not move the overall limit, which is reached to the millisecond', async () => {
  let { refreshToken } = await signIn()
  for (let passed = 0; passed < 160; passed += 20) {
    server.clock.advance(20 * day)
    refreshToken = (await rotate(refreshToken)).refreshToken
  }
  server.clock.advance(20 * day - 1)
  refreshToken = (await rotate(refreshToken)).refreshToken
  server.clock.advance(1)
  expect(oauthErrorOf(await refresh(refreshToken))).toBe('400 invalid_grant')
})

test.each([
  [30 * day - 1000, '200'],
  [30 * day - 1, '200'],
  [30 * day, '400 invalid_grant'],
  [30 * day + 1000, '400 invalid_grant'],
])('T-13: a rotating refresh token idle for %i ms is answered %s', async (ms, expected) => {
  const { refreshToken } = await signIn()
  server.clock.advance(ms)
  expect(oauthErrorOf(await refresh(refreshToken))).toBe(expected)
})

test('a client whose policy became reusable does not bring a spent token back', async () => {
  const other = await server.addClient({ refreshTokenPolicy: 'rotating' })
  const { sessionToken } = await registerMember(server)
  const { code } = await authorizeWithTicket(server, sessionToken, { client: other })
  const { refreshToken } = await exchange(server, code, other)
  await presentRefreshToken(server, refreshToken, { clientId: other.id })
  server.database.prepare(`UPDATE client SET refresh_token_policy = 'reusable' WHERE id = ?`).run(other.id)
  server.clock.advance(11_000)
  expect(oauthErrorOf(await presentRefreshToken(server, refreshToken, { clientId: other.id }))).toBe(
    '400 invalid_grant',
  )
})
