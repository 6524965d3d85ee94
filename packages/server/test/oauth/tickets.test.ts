import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditOf, locationOf } from '../support/answers.ts'
import { minute } from '../support/manual-clock.ts'
import {
  acceptedOf,
  authorizeWithTicket,
  cookieOf,
  exchange,
  loginByForm,
  loginTicket,
  registerMember,
  signedInMember,
} from '../support/members.ts'
import { authorize, tokenInfo } from '../support/oauth-requests.ts'
import { type Received, send } from '../support/send.ts'
import { siteOrigin, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

/** `code`, the error, or `page`. */
function outcomeOf(answer: Received): string {
  if (answer.headers['location'] === undefined) return 'page'
  const { searchParams } = locationOf(answer)
  return searchParams.get('error') ?? (searchParams.has('code') ? 'code' : 'nothing')
}

async function memberOf(answer: Received): Promise<unknown> {
  const { accessToken } = await exchange(server, locationOf(answer).searchParams.get('code') ?? '')
  return (await tokenInfo(server, accessToken))['subjectId']
}

const isLive = async (cookie: string) => (await acceptedOf(server, { cookie })).length > 0

test.each(['none', 'login', 'consent', undefined])(
  'with prompt %s a ticket gives the code without a page',
  async (prompt) => {
    const { sessionToken, memberId } = await registerMember(server)
    const answer = await authorize(server, { prompt, sessionToken })
    expect(outcomeOf(answer)).toBe('code')
    expect(await memberOf(answer)).toBe(memberId)
  },
)

test('a ticket is good once', async () => {
  const { sessionToken } = await registerMember(server)
  expect(outcomeOf(await authorize(server, { sessionToken }))).toBe('code')
  expect(outcomeOf(await authorize(server, { sessionToken }))).toBe('login_required')
})

test('of ten uses of a ticket at once, one gives a code', async () => {
  const { sessionToken } = await registerMember(server)
  const answers = await Promise.all(Array.from({ length: 10 }, () => authorize(server, { sessionToken })))
  expect(answers.map(outcomeOf).sort()).toEqual(['code', ...Array(9).fill('login_required')])
})

test.each([
  [10 * minute - 1000, 'code'],
  [10 * minute - 1, 'code'],
  [10 * minute, 'login_required'],
  [10 * minute + 1000, 'login_required'],
])('a ticket used after %i ms is answered %s', async (ms, expected) => {
  const { sessionToken } = await registerMember(server)
  server.clock.advance(ms)
  expect(outcomeOf(await authorize(server, { sessionToken }))).toBe(expected)
})

test('a ticket is void once its session has ended', async () => {
  const { sessionToken, email, memberId } = await registerMember(server)
  const other = await signedInMember(server)
  const { accessToken } = await exchange(
    server,
    (await authorizeWithTicket(server, await loginTicket(server, email))).code,
  )
  await send(`${server.url}/v1/sessions`, { method: 'DELETE', headers: { authorization: accessToken } })
  expect(outcomeOf(await authorize(server, { sessionToken }))).toBe('login_required')
  expect(memberId).not.toBe(other.memberId)
})

test('a ticket is void while its member is blocked', async () => {
  const { sessionToken, memberId } = await registerMember(server)
  server.database.prepare(`UPDATE member SET status = 'BLOCKED' WHERE id = ?`).run(memberId)
  expect(outcomeOf(await authorize(server, { sessionToken }))).toBe('login_required')
})

test.each(['x', '', `adj_ticket_${'A'.repeat(43)}`, `adj_session_${'A'.repeat(43)}`, `adj_code_${'A'.repeat(43)}`])(
  'the ticket %j was never issued',
  async (sessionToken) => {
    expect(outcomeOf(await authorize(server, { sessionToken }))).toBe('login_required')
    expect(outcomeOf(await authorize(server, { sessionToken, prompt: 'login' }))).toBe('page')
  },
)

test('a ticket that is not used for an invalid request stays good', async () => {
  const { sessionToken } = await registerMember(server)
  expect((await authorize(server, { sessionToken, redirectUri: 'https://evil.example/' })).status).toBe(400)
  expect(outcomeOf(await authorize(server, { sessionToken, codeChallengeMethod: 'plain' }))).toBe('invalid_request')
  expect(outcomeOf(await authorize(server, { sessionToken }, { headers: { purpose: 'prefetch' } }))).toBe('page')
  expect(outcomeOf(await authorize(server, { sessionToken }))).toBe('code')
})

test('a ticket never replaces the live cookie of another member, whose session stays', async () => {
  const victim = await signedInMember(server)
  const attacker = await registerMember(server)
  for (const headers of [{}, { 'sec-fetch-site': 'same-origin' }, { referer: `${siteOrigin}/` }]) {
    const sessionToken = await loginTicket(server, attacker.email)
    const answer = await authorize(server, { sessionToken }, { headers: { cookie: victim.cookie, ...headers } })
    expect(answer.setCookies).toEqual([])
    expect(await memberOf(answer)).toBe(attacker.memberId)
    expect(await isLive(victim.cookie)).toBe(true)
  }
})

test('S-02: a ticket of the same member gives a new cookie, and the old one is dead', async () => {
  const member = await signedInMember(server)
  const sessionToken = await loginTicket(server, member.email)
  const answer = await authorize(server, { sessionToken }, { headers: { cookie: member.cookie } })
  const cookie = cookieOf(answer.setCookies) ?? ''
  expect(cookie).not.toBe(member.cookie)
  expect(await isLive(cookie)).toBe(true)
  expect(await acceptedOf(server, member)).toEqual([])
  const ended = (await auditOf(server)).findLast(({ event }) => event === 'session.ended')
  expect(ended).toMatchObject({ cause: 'replaced', memberId: member.memberId })
})

test('S-02: a dead or planted cookie is not adopted, and a ticket sets one in its place', async () => {
  const member = await registerMember(server)
  for (const planted of [`adj_session_${'A'.repeat(43)}`, 'x', '']) {
    const sessionToken = await loginTicket(server, member.email)
    const answer = await authorize(server, { sessionToken }, { headers: { cookie: `adjourn_session=${planted}` } })
    const cookie = cookieOf(answer.setCookies)
    expect(cookie).toMatch(/^adjourn_session=adj_session_[A-Za-z0-9_-]{43}$/)
    expect(cookie).not.toBe(`adjourn_session=${planted}`)
    expect(await isLive(`adjourn_session=${planted}`)).toBe(false)
  }
})

test('a spent ticket with the cookie of the same member gives a code by the cookie', async () => {
  const { sessionToken, memberId } = await registerMember(server)
  const cookie = (await authorizeWithTicket(server, sessionToken)).cookie ?? ''
  const answer = await authorize(server, { sessionToken }, { headers: { cookie } })
  expect(answer.setCookies).toEqual([])
  expect(await memberOf(answer)).toBe(memberId)
})

test('a spent ticket with the cookie of another member gives nobody', async () => {
  const { cookie } = await signedInMember(server)
  const { sessionToken } = await registerMember(server)
  await authorizeWithTicket(server, sessionToken)
  expect(outcomeOf(await authorize(server, { sessionToken }, { headers: { cookie } }))).toBe('login_required')
  // One that is too old means its member just as well.
  const late = await registerMember(server)
  server.clock.advance(10 * minute)
  const answer = await authorize(server, { sessionToken: late.sessionToken }, { headers: { cookie } })
  expect(outcomeOf(answer)).toBe('login_required')
})

test('a spent ticket without prompt none shows the login page, and the page does not carry the ticket', async () => {
  const { sessionToken } = await registerMember(server)
  const { cookie = '' } = await authorizeWithTicket(server, sessionToken)
  const answer = await authorize(server, { sessionToken, prompt: 'login' }, { headers: { cookie } })
  expect(outcomeOf(answer)).toBe('page')
  expect(answer.text).not.toContain('adj_ticket_')
})

/** Who sent the browser, and whether it may be given the cookie of the ticket's session. */
const html = { accept: 'text/html,application/xhtml+xml' }
test.each([
  ['another site', { ...html, 'sec-fetch-site': 'cross-site', referer: 'https://evil.example/' }, false],
  ['another site that hides its address', { ...html, 'sec-fetch-site': 'cross-site' }, false],
  ['another site with a broken address', { ...html, 'sec-fetch-site': 'cross-site', referer: 'shop.example' }, false],
  ['a look-alike', { ...html, 'sec-fetch-site': 'cross-site', referer: 'https://shop.example.evil.example/' }, false],
  ['another scheme', { ...html, 'sec-fetch-site': 'cross-site', referer: 'http://shop.example/' }, false],
  ['a neighbour', { ...html, 'sec-fetch-site': 'same-site', referer: 'https://blog.shop.example/' }, false],
  ['a link in a mail', { ...html, 'sec-fetch-site': 'none' }, false],
  ['an old browser from nowhere', html, false],
  ['an old browser from another site', { ...html, referer: 'https://evil.example/' }, false],
  ['the client', { ...html, 'sec-fetch-site': 'cross-site', referer: `${siteOrigin}/` }, true],
  ['an old browser from the client', { ...html, referer: `${siteOrigin}/some/page` }, true],
  ['this service', { ...html, 'sec-fetch-site': 'same-origin' }, true],
  ['a program', { accept: '*/*' }, true],
])(
  'a browser that was sent by %s: the code is given, the cookie only where nobody can be logged in unasked',
  async (_, headers, gets) => {
    const { sessionToken } = await registerMember(server)
    const answer = await authorize(server, { sessionToken }, { headers })
    expect(outcomeOf(answer)).toBe('code')
    expect(cookieOf(answer.setCookies) !== undefined).toBe(gets)
  },
)

test('the cookie of a ticket does not outlive the browser', async () => {
  const { sessionToken } = await registerMember(server)
  const { setCookies } = await authorize(server, { sessionToken })
  expect(setCookies).toHaveLength(1)
  expect(setCookies[0]).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/)
  expect(setCookies[0]).not.toMatch(/Max-Age|Expires|Domain/)
})

test('a login in another browser leaves this one alone', async () => {
  const member = await signedInMember(server)
  const elsewhere = await loginByForm(server, member.email)
  expect(await isLive(member.cookie)).toBe(true)
  expect(await isLive(elsewhere)).toBe(true)
})
