import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditOf, decodeJwt, locationOf, oauthErrorOf } from '../support/answers.ts'
import {
  acceptedOf,
  authorizeWithCookie,
  authorizeWithTicket,
  codeVerifier,
  exchange,
  registerMember,
  signedInMember,
  type Tokens,
} from '../support/members.ts'
import { authorize, presentCode, tokenInfo } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { callbackUri, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

async function freshCode(): Promise<string> {
  const { sessionToken } = await registerMember(server)
  return (await authorizeWithTicket(server, sessionToken)).code
}

async function isAlive({ accessToken, refreshToken }: Tokens): Promise<boolean> {
  const infos = await Promise.all([accessToken, refreshToken].map((token) => tokenInfo(server, token)))
  return infos.every(({ active }) => active === true)
}

const otherUri = 'https://shop.example/other'

test.each([
  ['a wrong verifier', { codeVerifier: 'w'.repeat(43) }, '400 invalid_grant'],
  ['a verifier in another case', { codeVerifier: 'V'.repeat(43) }, '400 invalid_grant'],
  ['no verifier', { codeVerifier: undefined }, '400 invalid_request'],
  ['an empty verifier', { codeVerifier: '' }, '400 invalid_request'],
  ['a verifier of 42 characters', { codeVerifier: 'v'.repeat(42) }, '400 invalid_request'],
  ['a verifier of 129 characters', { codeVerifier: 'v'.repeat(129) }, '400 invalid_request'],
  ['a verifier of 128 characters that is not the one', { codeVerifier: 'v'.repeat(128) }, '400 invalid_grant'],
  ['a verifier with a character that none has', { codeVerifier: `${'v'.repeat(42)}+` }, '400 invalid_request'],
])('O-03: a code with %s is refused, and stays good for the right one', async (_what, changes, expected) => {
  const code = await freshCode()
  expect(oauthErrorOf(await presentCode(server, code, changes))).toBe(expected)
  expect(oauthErrorOf(await presentCode(server, code))).toBe('200')
})

test.each([
  ['another redirect URI', { redirectUri: otherUri }],
  ['a redirect URI that differs in its last character', { redirectUri: `${callbackUri}/` }],
  ['no redirect URI', { redirectUri: undefined }],
  ['an empty redirect URI', { redirectUri: '' }],
])('O-06: a code with %s is refused', async (_what, changes) => {
  const code = await freshCode()
  expect(oauthErrorOf(await presentCode(server, code, changes))).toBe('400 invalid_grant')
  expect(oauthErrorOf(await presentCode(server, code))).toBe('200')
})

test('O-06: a code of one client is refused to another', async () => {
  const other = await server.addClient()
  const code = await freshCode()
  expect(oauthErrorOf(await presentCode(server, code, { clientId: other.id }))).toBe('400 invalid_grant')
  expect(oauthErrorOf(await presentCode(server, code, { clientId: undefined }))).toBe('400 invalid_request')
  expect(oauthErrorOf(await presentCode(server, code, { clientId: 'x' }))).toBe('400 invalid_client')
  expect(oauthErrorOf(await presentCode(server, code))).toBe('200')
})

test.each([
  [59_000, '200'],
  [59_999, '200'],
  [60_000, '400 invalid_grant'],
  [61_000, '400 invalid_grant'],
])('O-06: a code presented after %i ms is answered %s', async (ms, expected) => {
  const code = await freshCode()
  server.clock.advance(ms)
  expect(oauthErrorOf(await presentCode(server, code))).toBe(expected)
})

test('O-06: a code is void once its session has ended', async () => {
  const member = await signedInMember(server)
  const code = await authorizeWithCookie(server, member.cookie)
  await send(`${server.url}/v1/logout`, { headers: { authorization: member.accessToken } })
  expect(oauthErrorOf(await presentCode(server, code))).toBe('400 invalid_grant')
})

test('O-06: a code is void once its member is blocked', async () => {
  const { sessionToken, memberId } = await registerMember(server)
  const { code } = await authorizeWithTicket(server, sessionToken)
  server.database.prepare(`UPDATE member SET status = 'BLOCKED' WHERE id = ?`).run(memberId)
  expect(oauthErrorOf(await presentCode(server, code))).toBe('400 invalid_grant')
})

test('a code is void once its client is disabled', async () => {
  const client = await server.addClient()
  const { sessionToken } = await registerMember(server)
  const { code } = await authorizeWithTicket(server, sessionToken, { client })
  server.database.prepare('UPDATE client SET disabled_at = ? WHERE id = ?').run(server.clock.now(), client.id)
  expect(oauthErrorOf(await presentCode(server, code, { clientId: client.id }))).toBe('400 invalid_client')
})

test('O-06, O-07: a second use of a code is refused and ends the tokens of the first', async () => {
  const { sessionToken } = await registerMember(server)
  const { code, cookie } = await authorizeWithTicket(server, sessionToken)
  const tokens = await exchange(server, code)
  expect(await isAlive(tokens)).toBe(true)

  expect(oauthErrorOf(await presentCode(server, code))).toBe('400 invalid_grant')
  expect(await acceptedOf(server, tokens)).toEqual([])
  const [end] = (await auditOf(server)).slice(-1)
  expect(end).toMatchObject({ event: 'grant.ended', cause: 'reuse_detected', grantsEnded: 1, refreshTokensEnded: 1 })
  // The member did nothing wrong: the session itself lives on, and the client can be given a new grant.
  const again = await exchange(server, await authorizeWithCookie(server, cookie ?? ''))
  expect(await isAlive(again)).toBe(true)
})

test.each([
  ['another verifier', { codeVerifier: 'w'.repeat(43) }],
  ['another redirect URI', { redirectUri: otherUri }],
  ['no redirect URI', { redirectUri: undefined }],
])('O-07: a second use with %s is refused and ends nothing', async (_what, changes) => {
  const code = await freshCode()
  const tokens = await exchange(server, code)
  expect(oauthErrorOf(await presentCode(server, code, changes))).toBe('400 invalid_grant')
  expect(await isAlive(tokens)).toBe(true)
})

test('O-07: a second use by another client is refused and ends nothing', async () => {
  const other = await server.addClient()
  const code = await freshCode()
  const tokens = await exchange(server, code)
  expect(oauthErrorOf(await presentCode(server, code, { clientId: other.id }))).toBe('400 invalid_grant')
  expect(await isAlive(tokens)).toBe(true)
})

test('O-06: of ten presentations at once, one is granted and the others end what it gave', async () => {
  const code = await freshCode()
  const answers = await Promise.all(Array.from({ length: 10 }, () => presentCode(server, code)))
  const outcomes = answers.map(oauthErrorOf)
  expect(outcomes.filter((outcome) => outcome === '200')).toHaveLength(1)
  expect(outcomes.filter((outcome) => outcome === '400 invalid_grant')).toHaveLength(9)
  const granted = answers.find(({ status }) => status === 200)?.json<Record<string, string>>()
  expect(await tokenInfo(server, granted?.['access_token'] ?? '')).toMatchObject({ active: false })
})

test.each([
  ['no scope', undefined],
  ['another scope', 'profile'],
  ['a scope that only begins like it', 'offline_access2'],
])('with %s a code gives no refresh token', async (_what, scope) => {
  const { sessionToken } = await registerMember(server)
  const code = locationOf(await authorize(server, { sessionToken, scope })).searchParams.get('code') ?? ''
  const answer = await presentCode(server, code)
  expect(answer.status).toBe(200)
  expect(answer.json()).toMatchObject({ refresh_token: null })
})

test('clients of one session get tokens with a sid of their own', async () => {
  const { cookie, accessToken } = await signedInMember(server)
  const other = await server.addClient()
  const tokens = await exchange(server, await authorizeWithCookie(server, cookie, other), other)
  const [first, second] = [accessToken, tokens.accessToken].map((token) => decodeJwt(token).claims)
  expect(second?.['sub']).toBe(first?.['sub'])
  expect(second?.['sid']).not.toBe(first?.['sid'])
  expect(second?.['client_id']).toBe(other.id)
})

test.each(['adj_code_', 'x', `adj_code_${'A'.repeat(43)}`, `adj_ticket_${'A'.repeat(43)}`, '../../etc'])(
  'the code %s was never issued',
  async (code) => {
    expect(oauthErrorOf(await presentCode(server, code, { codeVerifier }))).toBe('400 invalid_grant')
  },
)
