import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditOf, oauthErrorOf } from '../support/answers.ts'
import { day, hour, minute } from '../support/manual-clock.ts'
import {
  acceptedOf,
  authorizeWithCookie,
  exchange,
  loginByForm,
  loginTicket,
  registerMember,
  signedInMember,
} from '../support/members.ts'
import { authorize, changePassword, presentRefreshToken } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const isLive = async (cookie: string, at = server) =>
  (await send(`${at.url}/v1/sessions/current`, { headers: { cookie } })).status === 200

test('S-01: session secrets are 256 random bits behind a prefix, and no two are alike', async () => {
  const { email } = await registerMember(server)
  const cookies = await Promise.all(Array.from({ length: 20 }, () => loginByForm(server, email)))
  for (const cookie of cookies) {
    const body = /^adjourn_session=adj_session_([A-Za-z0-9_-]{43})$/.exec(cookie)?.[1] ?? ''
    expect(Buffer.from(body, 'base64url')).toHaveLength(32)
  }
  expect(new Set(cookies).size).toBe(20)
  // In every place of the body, many characters occur: nothing of it is a counter, a time or a name.
  for (let place = 0; place < 42; place += 1) {
    expect(new Set(cookies.map((cookie) => cookie.at(-43 + place))).size).toBeGreaterThan(4)
  }
})

test.each([
  [30 * day - 1000, true],
  [30 * day - 1, true],
  [30 * day, false],
  [30 * day + 1000, false],
])('S-03: a session idle for %i ms is alive: %s', async (ms, alive) => {
  const member = await signedInMember(server)
  server.clock.advance(ms)
  expect(await isLive(member.cookie)).toBe(alive)
  expect((await presentRefreshToken(server, member.refreshToken)).status).toBe(alive ? 200 : 400)
})

const uses: readonly (readonly [string, (member: { cookie: string; refreshToken: string }) => Promise<unknown>])[] = [
  ['a refresh', ({ refreshToken }) => presentRefreshToken(server, refreshToken)],
  ['the session check', ({ cookie }) => isLive(cookie)],
  [
    'a call with an access token',
    async ({ refreshToken }) => {
      const { access_token: authorization = '' } = (await presentRefreshToken(server, refreshToken)).json<
        Record<string, string>
      >()
      await send(`${server.url}/oauth2/user-info`, { headers: { authorization } })
    },
  ],
]
test.each(uses)('S-03: %s counts as use', async (_what, use) => {
  const member = await signedInMember(server)
  for (let times = 0; times < 3; times += 1) {
    server.clock.advance(30 * day - 1000)
    await use(member)
    await server.quiet()
  }
  server.clock.advance(30 * day - 1000)
  expect(await isLive(member.cookie)).toBe(true)
  server.clock.advance(30 * day + 1000)
  expect(await isLive(member.cookie)).toBe(false)
})

test('S-03: a refused refresh, a failed call and token info are no use', async () => {
  const member = await signedInMember(server)
  server.clock.advance(20 * day)
  await presentRefreshToken(server, member.refreshToken, { clientId: (await server.addClient()).id })
  await send(`${server.url}/oauth2/token-info`, { json: { token: member.refreshToken } })
  await send(`${server.url}/oauth2/user-info`, { headers: { authorization: member.accessToken } })
  server.clock.advance(10 * day)
  expect(await isLive(member.cookie)).toBe(false)
})

test.each([
  [-1000, true],
  [-1, true],
  [0, false],
  [1000, false],
])('S-03: a session in daily use is alive %i ms after its overall limit: %s', async (ms, alive) => {
  const member = await signedInMember(server)
  for (let days = 0; days < 180 - 20; days += 20) {
    server.clock.advance(20 * day)
    expect(await isLive(member.cookie)).toBe(true)
    await server.quiet()
  }
  server.clock.advance(20 * day + ms)
  expect(await isLive(member.cookie)).toBe(alive)
  expect((await presentRefreshToken(server, member.refreshToken)).status).toBe(alive ? 200 : 400)
  const silent = await authorize(server, {}, { headers: { cookie: member.cookie } })
  expect(String(silent.headers['location']).includes('code=')).toBe(alive)
})

test('S-03: an access token does not outlive its session', async () => {
  const member = await signedInMember(server)
  server.clock.advance(30 * day - minute)
  const { access_token: authorization = '' } = (await presentRefreshToken(server, member.refreshToken)).json<
    Record<string, string>
  >()
  server.database
    .prepare('UPDATE session SET expires_at = ? WHERE member_id = ?')
    .run(server.clock.now() + minute, member.memberId)
  const ask = async () => (await send(`${server.url}/oauth2/user-info`, { headers: { authorization } })).status
  server.clock.advance(minute - 1)
  expect(await ask()).toBe(200)
  server.clock.advance(1)
  expect(await ask()).toBe(401)
})

test('S-03: lower limits are a site setting and warn nobody; higher ones are said aloud in the log', async () => {
  await using lower = await startTestServer({ siteSettings: { sessionIdleMs: hour, sessionOverallMs: day } })
  expect(lower.log.join('')).not.toMatch(/longer than the default/)
  const { cookie } = await signedInMember(lower)
  lower.clock.advance(hour - 1000)
  expect(await isLive(cookie, lower)).toBe(true)
  lower.clock.advance(hour + 1000)
  expect(await isLive(cookie, lower)).toBe(false)

  await using higher = await startTestServer({
    siteSettings: { sessionIdleMs: 31 * day, sessionOverallMs: 400 * day, accessTokenSeconds: 14_400 },
  })
  const warnings = higher.log.filter((line) => line.includes('"level":40')).join('')
  expect(warnings).toContain('Sessions may be idle for 31 days, longer than the default of 30 days')
  expect(warnings).toContain('Sessions may last 400 days, longer than the default of 180 days')
  expect(warnings).toContain('Access tokens live 14400 s')
})

test('S-04: a session past its limit is ended by itself, as a logout would end it, and not before', async () => {
  const member = await signedInMember(server)
  const second = await server.addClient()
  const tokens = await exchange(server, await authorizeWithCookie(server, member.cookie, second), second)
  await server.reapNow()
  // By number: what is older than records are kept goes meanwhile.
  const auditBefore = (await auditOf(server)).at(-1)?.n ?? 0
  const { n: logBefore } = await server.service.storage.logHead()
  const recordsOfMember = async () =>
    (await auditOf(server)).filter(({ n, memberId }) => n > auditBefore && memberId === member.memberId)

  server.clock.advance(30 * day - 1)
  await server.reapNow()
  expect(await recordsOfMember()).toEqual([])
  server.clock.advance(1)
  await server.reapNow()
  expect(await recordsOfMember()).toMatchObject([
    { event: 'session.ended', cause: 'idle', actor: { kind: 'system' }, grantsEnded: 2, refreshTokensEnded: 2 },
  ])
  const entries = await server.service.storage.readLog(logBefore, 1000)
  expect(entries.filter(({ memberId }) => memberId === member.memberId)).toHaveLength(1)
  expect(await acceptedOf(server, member)).toEqual([])
  expect(oauthErrorOf(await presentRefreshToken(server, tokens.refreshToken, { clientId: second.id }))).toBe(
    '400 invalid_grant',
  )
})

test('S-04: each limit has a cause of its own, on record once', async () => {
  await using fresh = await startTestServer()
  const idle = await signedInMember(fresh)
  const used = await signedInMember(fresh)
  const unclaimed = await registerMember(fresh)
  const claimed = await signedInMember(fresh)
  const causes = async () =>
    (await auditOf(fresh)).flatMap(({ event, cause, memberId }) =>
      event === 'session.ended'
        ? [[cause, [idle, used, unclaimed, claimed].findIndex((m) => m.memberId === memberId)]]
        : [],
    )

  expect(await fresh.reapNow()).toBe(0)
  fresh.clock.advance(10 * minute - 1)
  expect(await fresh.reapNow()).toBe(0)
  fresh.clock.advance(1)
  expect(await fresh.reapNow()).toBe(1)
  expect(await causes()).toEqual([['unclaimed', 2]])
  await send(`${fresh.url}/v1/logout`, { headers: { cookie: claimed.cookie, 'x-requested-with': 'test' } })

  fresh.clock.advance(15 * day)
  expect(await isLive(used.cookie, fresh)).toBe(true)
  await fresh.quiet()
  fresh.clock.advance(15 * day)
  expect(await fresh.reapNow()).toBe(1)
  for (let days = 30; days < 180; days += 15) {
    await isLive(used.cookie, fresh)
    await fresh.quiet()
    fresh.clock.advance(15 * day)
  }
  expect(await fresh.reapNow()).toBe(1)
  expect(await fresh.reapNow()).toBe(0)
  expect(await causes()).toEqual([
    ['unclaimed', 2],
    ['logout', 3],
    ['idle', 0],
    ['expired', 1],
  ])
  // Entries that no credential can name any more are deleted; the numbers that were given are not taken back.
  expect((await fresh.service.storage.logHead()).n).toBe(4)
})

test('S-04: the ticket of a session that ended unclaimed is void', async () => {
  const { email } = await registerMember(server)
  const ticket = await loginTicket(server, email)
  server.clock.advance(10 * minute)
  await server.reapNow()
  const answer = await authorize(server, { sessionToken: ticket })
  expect(String(answer.headers['location'])).toContain('error=login_required')
})

test('S-03: a change of password does not move the overall limit', async () => {
  const member = await signedInMember(server)
  const expiry = () =>
    server.database.prepare('SELECT expires_at FROM session WHERE member_id = ?').get(member.memberId)?.['expires_at']
  const before = expiry()
  server.clock.advance(minute)
  await changePassword(server, member.accessToken, 'quite another passphrase')
  expect(expiry()).toBe(before)
})
