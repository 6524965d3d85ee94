import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { MemberId } from '../../src/domain/ids.ts'
import { administer } from '../support/administer.ts'
import { auditOf, refusalOf, violationOf } from '../support/answers.ts'
import { FailingStorage } from '../support/failing-storage.ts'
import { day, minute } from '../support/manual-clock.ts'
import {
  acceptedOf,
  authorizeWithCookie,
  authorizeWithTicket,
  everythingAccepted,
  exchange,
  loginTicket,
  password,
  registerMember,
  signedInMember,
} from '../support/members.ts'
import { submitLogin } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const storage = new FailingStorage()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ decorateStorage: storage.decorate })
})
afterEach(() => storage.mend())
afterAll(() => server.close())

interface Listed {
  readonly id: string
  readonly device?: string
  readonly clientId?: string
  readonly createdDate: string
  readonly lastUsedDate: string
  readonly expiresDate: string
  readonly clientIds: readonly string[]
}

const list = (memberId: string, query = '') => administer(server, 'GET', `/members/${memberId}/sessions${query}`)
const listed = async (memberId: string) => (await list(memberId)).json<{ sessions: Listed[] }>().sessions
/** Of the member alone: what passed a limit in another test is ended at any moment. */
const recordsOf = async (memberId: string) => (await auditOf(server)).filter((each) => each.memberId === memberId)
const end = (memberId: string, sessionId?: string) =>
  administer(server, 'DELETE', `/members/${memberId}/sessions${sessionId === undefined ? '' : `/${sessionId}`}`)

/** Another device of the same member. */
async function anotherDevice(email: string) {
  const { code, cookie = '' } = await authorizeWithTicket(server, await loginTicket(server, email))
  return { ...(await exchange(server, code)), cookie }
}

/** The ids of the sessions of a member who has some, the newest first. */
async function idsOf(memberId: string): Promise<readonly [string, ...string[]]> {
  const [first, ...others] = (await listed(memberId)).map(({ id }) => id)
  if (first === undefined) throw new Error('The member has no session')
  return [first, ...others]
}

const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile/15 Safari/604.1'

test('a session is listed with the device that it was started on, by the API and by the login page', async () => {
  const { email, memberId } = await registerMember(server)
  const headers = { 'user-agent': 'ShopApp/3.1' }
  await send(`${server.url}/v2/login`, { headers, json: { loginId: { email }, password } })
  const own = { origin: server.url, 'sec-fetch-site': 'same-origin' }
  await submitLogin(server, { email }, { ...own, 'user-agent': firefox })
  await submitLogin(server, { email }, own)
  expect((await listed(memberId)).map(({ device }) => device)).toEqual([
    undefined,
    'Firefox on Windows',
    'ShopApp/3.1',
    undefined,
  ])
})

test('the device of a registration is that of the call', async () => {
  const email = `${randomUUID()}@shop.example`
  const headers = { 'user-agent': safari }
  const answer = await send(`${server.url}/v2/register`, { headers, json: { loginId: { email }, password } })
  const { identity } = answer.json<{ identity: { id: string } }>()
  expect((await listed(identity.id)).map(({ device }) => device)).toEqual(['Safari on iPhone'])
})

test('a session that a browser takes by its ticket is listed with that browser', async () => {
  const { email, memberId, sessionToken } = await registerMember(server)
  await authorizeWithTicket(server, sessionToken, { headers: { 'user-agent': firefox } })
  expect((await listed(memberId)).map(({ device }) => device)).toEqual(['Firefox on Windows'])
  // Sent here by a site that is not the client's: no cookie is set, so that the browser does not hold the session.
  const another = await loginTicket(server, email)
  const elsewhere = { 'user-agent': safari, 'sec-fetch-site': 'cross-site', referer: 'https://evil.example/' }
  const { cookie } = await authorizeWithTicket(server, another, { headers: elsewhere })
  expect(cookie).toBeUndefined()
  expect((await listed(memberId)).map(({ device }) => device)).toEqual([undefined, 'Firefox on Windows'])
})

test('what a device calls itself is cleaned and cut before it is kept', async () => {
  const { email, memberId } = await registerMember(server)
  const headers = { 'user-agent': `<b>\t"x"   ${'y'.repeat(3000)}` }
  await send(`${server.url}/v2/login`, { headers, json: { loginId: { email }, password } })
  const [newest] = await listed(memberId)
  expect(newest?.device).toBe(`<b> "x" ${'y'.repeat(92)}`)
})

test('the sessions of a member are listed newest first, with their times and their clients', async () => {
  const member = await signedInMember(server)
  const startedAt = server.clock.now()
  server.clock.advance(5 * minute)
  await anotherDevice(member.email)
  const other = await server.addClient()
  await exchange(server, await authorizeWithCookie(server, member.cookie, other), other)
  await server.quiet()
  const usedAt = server.clock.now()

  const [second, first, ...more] = await listed(member.memberId)
  expect(more).toEqual([])
  const date = (at: number) => new Date(at).toISOString()
  expect(first).toEqual({
    id: expect.stringMatching(/^[1-9][0-9]*$/),
    createdDate: date(startedAt),
    lastUsedDate: expect.any(String),
    expiresDate: date(Date.parse(first?.lastUsedDate ?? '') + 30 * day),
    clientIds: [server.client.id, other.id],
  })
  expect(second).toMatchObject({ createdDate: date(usedAt), clientIds: [server.client.id] })
  const started = (await recordsOf(member.memberId)).filter(({ event }) => event === 'session.started')
  expect([first?.id, second?.id]).toEqual(started.map(({ sessionId }) => String(sessionId)))
})

test('the list holds nothing that a credential or a token holds', async () => {
  const member = await signedInMember(server)
  const answer = await list(member.memberId)
  const sids = (await server.contents.grants()).map(({ sid }) => sid)
  expect(sids).not.toEqual([])
  for (const secret of [...sids, member.accessToken, member.refreshToken, member.cookie.split('=')[1] ?? '-']) {
    expect(answer.text).not.toContain(secret)
  }
  expect(answer.headers['cache-control']).toBe('no-store')
})

test('a session that has ended, or passed a limit that nobody has noticed yet, is not listed', async () => {
  const { email, memberId, accessToken } = await signedInMember(server)
  await anotherDevice(email)
  await send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } })
  expect(await listed(memberId)).toHaveLength(1)
  await server.quiet()
  server.clock.advance(31 * day)
  expect(await listed(memberId)).toEqual([])
})

test('a member who was never signed in has no sessions', async () => {
  const { memberId, sessionToken } = await registerMember(server)
  await authorizeWithTicket(server, sessionToken)
  await end(memberId)
  const answer = await list(memberId)
  expect([answer.status, answer.json()]).toEqual([200, { sessions: [] }])
})

test('more than a hundred sessions are listed in pages, each of them once', async () => {
  const { memberId } = await registerMember(server)
  const { siteId, storage: port } = server.service
  const at = server.clock.now()
  const session = {
    siteId,
    memberId: memberId as MemberId,
    clientId: null,
    createdAt: at,
    expiresAt: at + day,
    idleMs: day,
  }
  const more = { claimBy: null, persistent: false, secretHash: null, device: null, sessionsMost: 1000, ticket: null }
  const start = { session: { ...session, ...more }, passwordHash: null, replaces: null, at, requestId: 'a request' }
  await Promise.all(Array.from({ length: 229 }, () => port.startSession(start)))

  const seen: string[] = []
  const pages: number[] = []
  for (let query = ''; ; ) {
    const page = (await list(memberId, query)).json<{ sessions: Listed[]; nextCursor?: string }>()
    seen.push(...page.sessions.map(({ id }) => id))
    pages.push(page.sessions.length)
    if (page.nextCursor === undefined) break
    query = `?cursor=${page.nextCursor}`
  }
  expect(pages).toEqual([100, 100, 30])
  expect(seen).toEqual(seen.toSorted((a, b) => Number(b) - Number(a)))
  expect(new Set(seen).size).toBe(230)
  await end(memberId)
})

test.each(['', 'x', '0', '-1', '1.5', '1e3', '01', '9'.repeat(16), '0x1'])(
  'the cursor %j is refused',
  async (cursor) => {
    const { memberId } = await registerMember(server)
    expect(violationOf(await list(memberId, `?cursor=${cursor}`))).toMatch(/^400 cursor (?:FORMAT|TYPE)$/)
  },
)

test('S-09: the end of every session of a member is one call, and the end of all of theirs, and of nobody else’s', async () => {
  const member = await signedInMember(server)
  const other = await anotherDevice(member.email)
  const sessionToken = await loginTicket(server, member.email)
  const bystander = await signedInMember(server)
  const [unused, second, first] = await idsOf(member.memberId)

  const answer = await end(member.memberId)
  expect([answer.status, answer.json()]).toEqual([
    200,
    {
      endedSessions: [
        { id: first, clientIds: [server.client.id] },
        { id: second, clientIds: [server.client.id] },
        { id: unused, clientIds: [] },
      ],
    },
  ])
  for (const held of [member, other]) expect(await acceptedOf(server, held)).toEqual([])
  await expect(authorizeWithTicket(server, sessionToken)).rejects.toThrow('login_required')
  expect(await acceptedOf(server, bystander)).toEqual(everythingAccepted)
  expect(await listed(member.memberId)).toEqual([])
  // It is no block.
  expect(await acceptedOf(server, await anotherDevice(member.email))).toEqual(everythingAccepted)
})

test('the end of one session leaves the others of the member', async () => {
  const member = await signedInMember(server)
  const other = await anotherDevice(member.email)
  const [, first = ''] = await idsOf(member.memberId)
  const answer = await end(member.memberId, first)
  const endedSessions = [{ id: first, clientIds: [server.client.id] }]
  expect([answer.status, answer.json()]).toEqual([200, { endedSessions }])
  expect(await acceptedOf(server, member)).toEqual([])
  expect(await acceptedOf(server, other)).toEqual(everythingAccepted)
})

test('an end by an administrator is on record with the key, the cause and what ended', async () => {
  const member = await signedInMember(server)
  const [id] = await idsOf(member.memberId)
  for (const ending of [() => end(member.memberId, id), () => end(member.memberId)]) {
    await anotherDevice(member.email)
    const answer = await ending()
    expect((await recordsOf(member.memberId)).at(-1)).toMatchObject({
      event: 'session.ended',
      cause: 'admin',
      actor: { kind: 'administrator', id: expect.any(String) },
      memberId: member.memberId,
      requestId: answer.headers['x-wix-request-id'],
      grantsEnded: 1,
      refreshTokensEnded: 1,
    })
  }
})

test('an end that is asked for again is a success in which nothing ended, and leaves one record', async () => {
  const member = await signedInMember(server)
  const [id] = await idsOf(member.memberId)
  await end(member.memberId, id)
  const records = (await recordsOf(member.memberId)).length
  for (const again of [await end(member.memberId, id), await end(member.memberId)]) {
    expect([again.status, again.json()]).toEqual([200, { endedSessions: [] }])
  }
  expect(await recordsOf(member.memberId)).toHaveLength(records)
})

test('a session of another member is not ended, nor is it told from one that nobody has', async () => {
  const member = await signedInMember(server)
  const other = await signedInMember(server)
  const [foreign] = await idsOf(other.memberId)
  const answers = [await end(member.memberId, foreign), await end(member.memberId, '999999999999')]
  for (const answer of answers) expect(refusalOf(answer)).toBe('404 NOT_FOUND')
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  expect(refusalOf(await end(randomUUID(), foreign))).toBe('404 NOT_FOUND')
  for (const held of [member, other]) expect(await acceptedOf(server, held)).toEqual(everythingAccepted)
})

test('a member who is not there has no sessions to list or to end', async () => {
  const nobody = randomUUID()
  for (const answer of [await list(nobody), await end(nobody), await end(nobody, '1')]) {
    expect(refusalOf(answer)).toBe('404 NOT_FOUND')
  }
})

test.each(['x', '0', '-1', '1.5', '01', '%00', '9'.repeat(16)])('the session id %j is refused', async (sessionId) => {
  const member = await signedInMember(server)
  expect(violationOf(await end(member.memberId, sessionId))).toBe('400 sessionId FORMAT')
  expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
})

test.each(['nothing_happened', 'unknown'] as const)(
  'an end that is answered "%s" is told as 503 and never as done, and can be asked for again',
  async (outcome) => {
    const member = await signedInMember(server)
    const [id] = await idsOf(member.memberId)
    storage.reject(outcome, 'endSessions')
    for (const answer of [await end(member.memberId), await end(member.memberId, id)]) {
      expect(refusalOf(answer)).toBe('503 SERVICE_UNAVAILABLE')
      expect(answer.text).toMatch(outcome === 'unknown' ? /not confirmed/ : /nothing was changed/)
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    }
    storage.mend()
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
    expect((await end(member.memberId, id)).json()).toMatchObject({ endedSessions: [{ id }] })
  },
)

test.each(['check', 'listSessions', 'findMember', 'findAdministratorKey'] as const)(
  'without an answer to %s nothing is listed or ended as if it were not there',
  async (call) => {
    const member = await signedInMember(server)
    const [id] = await idsOf(member.memberId)
    storage.reject('nothing_happened', call)
    const answers = [await list(member.memberId), await end(member.memberId, id)]
    for (const answer of answers) expect([200, 503]).toContain(answer.status)
    expect(answers.map(({ status }) => status)).toContain(503)
    storage.mend()
    const ended = answers[1]?.status === 200
    expect(await acceptedOf(server, member)).toEqual(ended ? [] : everythingAccepted)
  },
)
